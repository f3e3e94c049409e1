"""Queues: who waits and what members do, logging them in and out, pauses."""

import contextlib

from pydantic import Field

from sipagent.errors import SetupError
from sipagent.exchange.queues import logins
from sipagent.panel.api.endpoint import Asked, Endpoint, Given, Told
from sipagent.panel.api.scopes import Scope


class WaitingTold(Told):
    """Somebody who waits, or is to be called back."""

    id: int
    place: int
    caller: str
    seconds: int
    priority: int
    callback: bool
    rings: list[str]


class MemberTold(Told):
    """What a member does just now."""

    member: str = Field(examples=["user:Jan Kowal"])
    state: str = Field(examples=["idle", "ring", "talk", "wrap", "pause", "private-call"])
    queue: str = Field(description="For which; empty: for none.")


class QueueTold(Told):
    """A queue as it is now."""

    queue: str
    waiting: list[WaitingTold]
    members: list[MemberTold]


class QueuesTold(Told):
    """All queues."""

    items: list[QueueTold]


class Pause(Given):
    """Why somebody pauses."""

    reason: str = Field("", max_length=100, examples=["lunch"])


class Standing(Told):
    """Who it is, as ``user:NAME``."""

    member: str


class Elsewhere(Given):
    """Where somebody goes on who is taken out."""

    to: str = Field(
        "", max_length=100, description="Empty: where the queue leads those who leave it."
    )


class TakenOut(Told):
    """Who was taken out, and where they go on."""

    id: int
    to: str


def _list_queues(asked: Asked) -> QueuesTold:
    told = asked.house.ask("queues.live", queue="")
    return QueuesTold(items=[QueueTold.model_validate(one) for one in told])


def _show_queue(asked: Asked) -> QueueTold:
    told = asked.house.ask("queues.live", queue=asked.names["queue"])
    return QueueTold.model_validate(told[0])


def _log_in(asked: Asked) -> Standing:
    return _logged(asked, there=True)


def _log_out(asked: Asked) -> Standing:
    return _logged(asked, there=False)


def _logged(asked: Asked, *, there: bool) -> Standing:
    queue, member = asked.names["queue"], asked.names["member"]
    _, who = asked.house.data.write(lambda db: logins.log_in(db, queue, member, there=there))
    return Standing(member=str(who))


def _pause(asked: Asked) -> Standing:
    member, reason = asked.names["member"], asked.body.reason
    return Standing(member=str(asked.house.data.write(lambda db: logins.pause(db, member, reason))))


def _resume(asked: Asked) -> Standing:
    member = asked.names["member"]
    who = str(asked.house.data.write(lambda db: logins.resume(db, member)))
    with contextlib.suppress(SetupError):  # no line runs
        asked.house.ask("queues.ready", member=who)
    return Standing(member=who)


def _take_out(asked: Asked) -> TakenOut:
    who, by = asked.number("waiting"), f"token {asked.token.name}"
    return TakenOut.model_validate(
        asked.house.ask("queues.take-out", id=who, to=asked.body.to, by=by)
    )


_MEMBER = "/queues/{queue}/members/{member}"

ENDPOINTS = (
    Endpoint("GET", "/queues", Scope.QUEUES_READ, _list_queues, "Show all queues.", QueuesTold),
    Endpoint("GET", "/queues/{queue}", Scope.QUEUES_READ, _show_queue, "Show a queue.", QueueTold),
    Endpoint(
        "PUT", _MEMBER, Scope.QUEUES_CONTROL, _log_in,
        "Log a member in: an internal number, a short code, or `user:NAME`.", Standing,
    ),
    Endpoint("DELETE", _MEMBER, Scope.QUEUES_CONTROL, _log_out, "Log a member out.", Standing),
    Endpoint(
        "PUT", "/members/{member}/pause", Scope.QUEUES_CONTROL, _pause,
        "Let a member take no calls of any queue.", Standing, body=Pause,
    ),
    Endpoint(
        "DELETE", "/members/{member}/pause", Scope.QUEUES_CONTROL, _resume,
        "Let a member take calls again.", Standing,
    ),
    Endpoint(
        "POST", "/waiting/{waiting}/take-out", Scope.QUEUES_CONTROL, _take_out,
        "Take somebody out of the queue in which they wait.", TakenOut, body=Elsewhere,
    ),
)  # fmt: skip
