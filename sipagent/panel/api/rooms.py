"""Rooms: who is there, leading a meeting, calling people in."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from sipagent.exchange.rooms import planning
from sipagent.exchange.rooms.invitations import Invitation, Invitations
from sipagent.panel.api.endpoint import Asked, Endpoint, Failed, Given, Told
from sipagent.panel.api.scopes import Scope


class GuestTold(Told):
    """Somebody who is in a room."""

    guest: int
    call: str
    shown: str
    since: datetime
    place: str
    moderator: bool
    muted: bool
    speaks: bool


class RoomTold(Told):
    """A room in which somebody is."""

    room: str
    locked: bool
    muted: bool
    recorded: bool
    guests: list[GuestTold]


class RoomsTold(Told):
    """All rooms in which somebody is."""

    items: list[RoomTold]


class RoomChanges(Given):
    """What is to be different; what is not given stays."""

    locked: bool | None = None
    muted: bool | None = Field(None, description="All but moderators.")
    recorded: bool | None = None


class GuestChanges(Given):
    """What is to be different of somebody."""

    muted: bool


class NewInvitation(Given):
    """Whom to call into a room, and when."""

    target: str = Field(
        max_length=100,
        description="Internal number, short code, `user:NAME`, `outside:NAME`, or a number.",
    )
    at: str | None = Field(
        None, max_length=40, description="By the clocks of the zone; null: now.",
        examples=["2026-11-26 15:00"],
    )  # fmt: skip
    zone: str | None = Field(None, max_length=60, examples=["Europe/London"])
    by: str | None = Field(
        None, max_length=100, description="Whose rights and limits count, for numbers outside."
    )


class InvitationTold(Told):
    """Somebody who is to be called into a room, or was."""

    id: int
    room: str
    target: str
    at: datetime
    state: Literal["planned", "begun", "over"]
    outcome: str = Field(description="Empty: it is not over.")


class InvitationsTold(Told):
    """All invitations to come."""

    items: list[InvitationTold]


#: What leads a meeting, by what is to be different.
_SWITCHES = {
    "locked": ("rooms.unlock", "rooms.lock"),
    "muted": ("rooms.unmute", "rooms.mute"),
    "recorded": ("rooms.record-end", "rooms.record"),
}


def _list_rooms(asked: Asked) -> RoomsTold:
    told = asked.house.ask("rooms.live")
    return RoomsTold(items=[RoomTold.model_validate(one) for one in told])


def _change_room(asked: Asked) -> RoomTold:
    wanted = asked.body.model_dump(exclude_none=True)
    if not wanted:
        raise Failed(422, "value", "body: say what is to be different")
    told = None
    for name, on in wanted.items():
        told = asked.house.ask(_SWITCHES[name][on], room=asked.names["room"])
    return RoomTold.model_validate(told)


def _change_guest(asked: Asked) -> RoomTold:
    do = _SWITCHES["muted"][asked.body.muted]
    return _led(asked, do, guest=asked.number("guest"))


def _drop_guest(asked: Asked) -> RoomTold:
    return _led(asked, "rooms.drop", guest=asked.number("guest"))


def _end_meeting(asked: Asked) -> RoomTold:
    return _led(asked, "rooms.end")


def _invite(asked: Asked) -> InvitationTold:
    wanted, config, room = asked.body, asked.house.config, asked.names["room"]
    one = asked.house.data.write(
        lambda db: planning.planned(
            db, config, room, wanted.target, at=wanted.at, zone=wanted.zone, by=wanted.by
        )
    )
    return _invitation(one)


def _list_invitations(asked: Asked) -> InvitationsTold:
    found = asked.house.data.read(lambda db: Invitations(db).listed())
    return InvitationsTold(items=[_invitation(one) for one in found])


def _cancel(asked: Asked) -> InvitationTold:
    number = asked.number("invitation")
    one = asked.house.data.write(lambda db: Invitations(db).cancel(number, asked.now))
    return _invitation(one)


def _led(asked: Asked, do: str, **wanted: object) -> RoomTold:
    return RoomTold.model_validate(asked.house.ask(do, room=asked.names["room"], **wanted))


def _invitation(one: Invitation) -> InvitationTold:
    return InvitationTold(
        id=one.id,
        room=one.room,
        target=one.target,
        at=datetime.fromisoformat(one.at),
        state=one.state.value,
        outcome=one.outcome,
    )


_ONE = "/rooms/{room}"
_GUEST = f"{_ONE}/guests/{{guest}}"

ENDPOINTS = (
    Endpoint(
        "GET", "/rooms", Scope.ROOMS_READ, _list_rooms, "Show the rooms in which somebody is.",
        RoomsTold,
    ),
    Endpoint(
        "PATCH", _ONE, Scope.ROOMS_CONTROL, _change_room, "Lock, mute or record a meeting.",
        RoomTold, body=RoomChanges,
    ),
    Endpoint("POST", f"{_ONE}/end", Scope.ROOMS_CONTROL, _end_meeting, "End a meeting.", RoomTold),
    Endpoint(
        "PATCH", _GUEST, Scope.ROOMS_CONTROL, _change_guest, "Mute somebody, or not.", RoomTold,
        body=GuestChanges,
    ),
    Endpoint("DELETE", _GUEST, Scope.ROOMS_CONTROL, _drop_guest, "Take somebody out.", RoomTold),
    Endpoint(
        "POST", f"{_ONE}/invitations", Scope.ROOMS_CONTROL, _invite,
        "Call somebody into a room, now or later.", InvitationTold, body=NewInvitation, status=201,
    ),
    Endpoint(
        "GET", "/invitations", Scope.ROOMS_READ, _list_invitations,
        "Show who is to be called into rooms.", InvitationsTold,
    ),
    Endpoint(
        "DELETE", "/invitations/{invitation}", Scope.ROOMS_CONTROL, _cancel,
        "Take an invitation back.", InvitationTold,
    ),
)  # fmt: skip
