"""What becomes of SUBSCRIBE, and which NOTIFYs follow, without a network (RFC 6665)."""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from sipagent.errors import CallError
from sipagent.sip.event_packages import Package
from sipagent.sip.headers import Message
from sipagent.sip.notifications import Fields, Notify
from sipagent.sip.notifier import MOST, Notifier
from sipagent.sip.requests import Answer, Request
from sipagent.sip.subscription import Watched
from sipagent.telephony.accounts import Account
from sipagent.telephony.lamps import Lamp, Messages, Watch

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("pjsip")]

ANNA = Account.of("101-1", "tajne", realm="sipagent", extension="101")
JAN = Account.of("102-1", "tajne", realm="sipagent", extension="102")
PLACE = "10.0.0.7:5060"
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


class World:
    """The lamps, the wire and the clock around a notifier."""

    def __init__(self) -> None:
        self.lamps: dict[str, Lamp] = {"102": Lamp.IDLE, "*70": Lamp.IDLE}
        self.counts = {"101-1": Messages(2, 5)}
        self.sent: dict[int, Notify] = {}
        self.broken = False
        self.held: list[int] = []
        self.work: list[Callable[[], None]] = []
        self.seconds = 0.0
        self.kept: dict[str, Watch] = {}
        self.notifier = self.run()

    def run(self) -> Notifier:
        """Return the notifier of a run."""
        return Notifier(
            self,
            self,
            self,
            self,
            self.work.append,
            lambda source, transport: "10.0.0.1:5060",
            lambda: NOON + timedelta(seconds=self.seconds),
        )

    # The keeper

    def put(self, watch: Watch) -> None:
        self.kept[watch.tag] = watch

    def drop(self, tag: str) -> None:
        self.kept.pop(tag, None)

    # Lamps

    def lamp(self, dialled: str) -> Lamp | None:
        return self.lamps.get(dialled)

    def messages(self, account: str) -> Messages:
        return self.counts.get(account, Messages())

    def follow(self, lamp: Callable[[str], None], messages: Callable[[str], None]) -> None:
        """Nobody follows."""

    # The wire

    def dialog(self, request: str, tag: str) -> Fields:
        found = re.search(r"(?m)^Call-ID: (.*)\r$", request)
        assert found
        hops = re.findall(r"(?m)^Record-(Route): (.*)\r$", request)
        return (("From", f"<sip:us>;tag={tag}"), ("Call-ID", found[1]), *hops)

    def send(self, number: int, notify: Notify) -> None:
        if self.broken:
            raise CallError("the wire is broken")
        self.sent[number] = notify

    # Connections

    def hold(self, connection: int) -> None:
        assert connection not in self.held
        self.held.append(connection)

    def release(self, connection: int) -> None:
        self.held.remove(connection)

    # What happens

    def switch(self, number: str, lamp: Lamp) -> None:
        self.lamps[number] = lamp
        self.notifier.changed(Watched(Package.DIALOG, number))

    def turns(self) -> None:
        """Let PJSIP's thread do what waits for it."""
        while self.work:
            self.work.pop(0)()

    def told(self) -> list[Notify]:
        """Return the NOTIFYs that wait for an answer."""
        self.turns()
        return list(self.sent.values())

    def answer(self, code: int = 200) -> list[Notify]:
        """Answer those; return what follows."""
        self.turns()
        sent, self.sent = self.sent, {}
        for number in sent:
            self.notifier.answered(number, code)
        return self.told()


@dataclass
class Dialog:
    """One subscription of a phone."""

    world: World
    whom: str = "102"
    event: str = "dialog"
    account: Account = ANNA
    source: str = PLACE
    connection: int = 0
    tag: str = ""
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    name: int = field(default_factory=itertools.count(1).__next__)

    def subscribe(self, *fields: str, contact: str = "<sip:a@h>", expires: str = "600") -> Answer:
        """Begin, or go on with it."""
        head = [
            f"SUBSCRIBE sip:{self.whom}@firma.test SIP/2.0",
            f"Via: SIP/2.0/UDP {self.source};branch=z9hG4bK1",
            "From: <sip:101-1@firma.test>;tag=a",
            f"To: <sip:{self.whom}@firma.test>",
            f"Call-ID: {self.name}",
            f"CSeq: {next(self.numbers)} SUBSCRIBE",
            f"Event: {self.event}",
            *([f"Contact: {contact}"] if contact else []),
            *([f"Expires: {expires}"] if expires else []),
            *fields,
        ]
        text = "\r\n".join(head) + "\r\n\r\n"
        over = "tcp" if self.connection else "udp"
        request = Request(
            text, Message(text), "SUBSCRIBE", self.source, over, self.connection, self.tag
        )
        answer = self.world.notifier.subscribe(self.account, request)
        self.tag = answer.tag or self.tag
        return answer


@pytest.fixture
def world() -> World:
    return World()


def state(notify: Notify) -> str:
    found = re.search(r"<state>(\w+)</state>", notify.body)
    assert found
    return found[1]


def fields(notify: Notify) -> dict[str, str]:
    return dict(notify.fields)


def test_a_subscription_is_taken_and_told_of_at_once(world: World) -> None:
    answer = Dialog(world, event="dialog;id=7").subscribe()
    assert answer.code == 200
    assert dict(answer.fields) == {"Expires": "600", "Contact": "<sip:102@10.0.0.1:5060>"}
    assert not world.sent, "the answer goes first"
    (notify,) = world.told()
    assert notify.target == "sip:a@10.0.0.7:5060;transport=udp"
    assert fields(notify)["Event"] == "dialog;id=7"
    assert fields(notify)["Subscription-State"] == "active;expires=600"
    assert notify.content == "application/dialog-info+xml"
    assert 'entity="sip:102@firma.test"' in notify.body
    assert state(notify) == "terminated"


def test_one_notify_is_under_way_and_the_newest_state_wins(world: World) -> None:
    Dialog(world).subscribe()
    (first,) = world.told()
    for lamp in (Lamp.RINGING, Lamp.TALKING, Lamp.RINGING):
        world.switch("102", lamp)
        assert world.told() == [first], "it waits for the answer"
    (second,) = world.answer()
    assert state(second) == "early"
    assert 'direction="recipient"' in second.body
    assert second.cseq > first.cseq
    assert world.answer() == []


def test_each_watcher_is_told_and_none_twice(world: World) -> None:
    for _ in range(60):
        Dialog(world, source=f"10.0.0.8:{5060 + _}").subscribe()
    assert len(world.told()) == 60
    world.answer()
    world.switch("102", Lamp.RINGING)
    world.switch("102", Lamp.TALKING)
    assert [state(one) for one in world.told()] == ["confirmed"] * 60


def test_many_are_told_in_slices_so_that_calls_have_their_turn(world: World) -> None:
    for number in range(60):
        Dialog(world, source=f"10.0.0.8:{5060 + number}").subscribe()
    assert len(world.work) == 1
    world.work.pop(0)()
    assert 0 < len(world.sent) < 60
    assert len(world.work) == 1


@pytest.mark.parametrize("code", [481, 408, 503, 404, 489, 302, 401])
def test_who_does_not_want_it_or_is_gone_is_told_nothing_more(world: World, code: int) -> None:
    Dialog(world, connection=9).subscribe()
    assert world.held == [9]
    assert world.answer(code) == []
    assert len(world.notifier) == 0
    assert world.held == []
    world.switch("102", Lamp.RINGING)
    assert world.told() == []


def test_a_notify_that_cannot_be_sent_ends_the_subscription(world: World) -> None:
    Dialog(world).subscribe()
    world.broken = True
    world.turns()
    assert len(world.notifier) == 0


def test_a_refresh_goes_on_with_it_from_another_place(world: World) -> None:
    phone = Dialog(world)
    phone.subscribe()
    world.answer()
    world.seconds, phone.source = 500, "10.0.0.9:7000"
    answer = phone.subscribe()
    assert (answer.code, dict(answer.fields)["Expires"]) == (200, "600")
    (notify,) = world.told()
    assert notify.target == "sip:a@10.0.0.9:7000;transport=udp"
    world.answer()
    world.seconds = 1000
    world.notifier.expire()
    assert world.told() == []
    assert len(world.notifier) == 1


@pytest.mark.parametrize("again", [True, False])
def test_who_unsubscribes_is_told_once_more_and_then_nothing(world: World, again: bool) -> None:
    phone = Dialog(world)
    phone.subscribe()
    world.turns()
    if again:
        world.answer()
    answer = phone.subscribe(expires="0")
    assert (answer.code, dict(answer.fields)["Expires"]) == (200, "0")
    (last,) = world.told() if again else world.answer()
    assert fields(last)["Subscription-State"] == "terminated;reason=timeout"
    world.switch("102", Lamp.RINGING)
    assert world.answer() == []
    assert len(world.notifier) == 0


def test_one_whose_time_is_over_is_ended(world: World) -> None:
    phone = Dialog(world)
    phone.subscribe(expires="60")
    world.answer()
    world.seconds = 60
    world.notifier.expire()
    (last,) = world.told()
    assert fields(last)["Subscription-State"] == "terminated;reason=timeout"
    assert phone.subscribe().code == 481
    world.answer()
    assert len(world.notifier) == 0


def test_a_fetch_is_told_once(world: World) -> None:
    """RFC 6665, section 4.4.3."""
    world.lamps["102"] = Lamp.TALKING
    assert Dialog(world).subscribe(expires="0").code == 200
    (notify,) = world.told()
    assert state(notify) == "confirmed"
    assert fields(notify)["Subscription-State"] == "terminated;reason=timeout"
    world.answer()
    assert len(world.notifier) == 0


@pytest.mark.parametrize(
    ("expires", "code", "seconds"),
    [
        ("", 200, "3600"),
        ("7200", 200, "3600"),
        ("60", 200, "60"),
        ("59", 423, ""),
        ("-1", 200, "3600"),
    ],
)
def test_how_long_it_lasts(world: World, expires: str, code: int, seconds: str) -> None:
    answer = Dialog(world).subscribe(expires=expires)
    assert answer.code == code
    assert dict(answer.fields).get("Expires", "") == seconds
    assert dict(answer.fields).get("Min-Expires", "") == ("60" if code == 423 else "")


@pytest.mark.parametrize("event", ["presence", "refer", "", "dialog.winfo", "Dialog"])
def test_another_package_is_refused_with_those_that_there_are(world: World, event: str) -> None:
    answer = Dialog(world, event=event).subscribe()
    assert (answer.code, answer.fields) == (489, (("Allow-Events", "dialog, message-summary"),))


@pytest.mark.parametrize(
    ("accept", "code"),
    [
        ("application/dialog-info+xml", 200),
        ("text/plain, application/*;q=0.5", 200),
        ("*/*", 200),
        ("application/pidf+xml", 406),
    ],
)
def test_what_the_phone_does_not_read_is_not_told(world: World, accept: str, code: int) -> None:
    assert Dialog(world).subscribe(f"Accept: {accept}").code == code


@pytest.mark.parametrize(
    ("fields", "contact"),
    [
        ((), ""),
        ((), "<sip:a@h>, <sip:b@h>"),
        ((), "*"),
        ((), "<tel:+48221000200>"),
        (("Record-Route: <sip:192.0.2.99;lr>",), "<sip:a@h>"),
        (("Record-Route: <sip:10.0.0.7;lr;maddr=192.0.2.99>",), "<sip:a@h>"),
        (("Record-Route: " + ", ".join(["<sip:10.0.0.7;lr>"] * 9),), "<sip:a@h>"),
    ],
)
def test_nothing_is_sent_to_where_nothing_has_come_from(
    world: World, fields: tuple[str, ...], contact: str
) -> None:
    assert Dialog(world).subscribe(*fields, contact=contact).code == 400
    assert world.told() == []


def test_over_a_proxy_notify_goes_the_way_back(world: World) -> None:
    phone = Dialog(world)
    answer = phone.subscribe("Record-Route: <sip:10.0.0.7;lr>", contact="<sip:a@h;x=1>")
    assert answer.code == 200
    assert world.told()[0].target == "sip:a@h;x=1"
    world.answer()
    assert phone.subscribe(contact="<sip:b@h>").code == 200, "the way was found once, and stays"
    assert world.told()[0].target == "sip:b@h"


@pytest.mark.parametrize("whom", ["105", "200", "%2A70", "*79", "infolinia", ""])
def test_only_what_has_a_lamp_can_be_watched(world: World, whom: str) -> None:
    assert Dialog(world, whom).subscribe().code == (200 if whom == "%2A70" else 404)


@pytest.mark.parametrize(("whom", "code"), [("101-1", 200), ("101", 200), ("102-1", 404)])
def test_nobody_is_told_of_the_messages_of_others(world: World, whom: str, code: int) -> None:
    phone = Dialog(world, whom, event="message-summary")
    assert phone.subscribe().code == code
    if code == 200:
        (notify,) = world.told()
        assert notify.content == "application/simple-message-summary"
        assert notify.body.splitlines() == [
            "Messages-Waiting: yes",
            f"Message-Account: sip:{whom}@firma.test",
            "Voice-Message: 2/5 (0/0)",
        ]
        world.answer()
        world.counts["101-1"] = Messages(0, 7)
        world.notifier.changed(Watched(Package.MESSAGES, "101-1"))
        assert world.told()[0].body.startswith("Messages-Waiting: no\r\n")


def test_a_request_of_before_changes_nothing(world: World) -> None:
    phone = Dialog(world)
    phone.subscribe()
    phone.numbers = itertools.count(1)
    assert phone.subscribe().code == 500


def test_two_keys_of_a_phone_may_show_the_same(world: World) -> None:
    Dialog(world).subscribe()
    Dialog(world).subscribe()
    assert len(world.told()) == 2


def test_an_account_has_a_limit(world: World) -> None:
    codes = [Dialog(world, source=f"10.0.0.8:{port}").subscribe().code for port in range(MOST + 5)]
    assert codes == [200] * MOST + [403] * 5
    assert Dialog(world, account=JAN).subscribe().code == 200
    assert Dialog(world, source="10.0.0.8:7").subscribe().code == 200, "it was switched off and on"
    assert len(world.notifier) == MOST + 1


def test_a_connection_that_closes_ends_what_came_over_it(world: World) -> None:
    Dialog(world, connection=9).subscribe()
    Dialog(world, "*70", connection=9).subscribe()
    Dialog(world, source="10.0.0.8:5060").subscribe()
    assert world.held == [9]
    world.notifier.disconnected(9)
    assert world.held == []
    assert len(world.notifier) == 1


def test_a_phone_that_was_removed_and_a_number_of_nobody_are_ended(world: World) -> None:
    Dialog(world).subscribe()
    Dialog(world, account=JAN).subscribe()
    world.answer()
    world.notifier.keep(lambda account: account == "101-1")
    (removed,) = world.told()
    assert fields(removed)["Subscription-State"] == "terminated;reason=rejected"
    world.answer()
    del world.lamps["102"]
    world.notifier.changed(Watched(Package.DIALOG, "102"))
    (nobody,) = world.told()
    assert fields(nobody)["Subscription-State"] == "terminated;reason=noresource"
    world.answer()
    assert len(world.notifier) == 0


def test_another_cannot_go_on_with_it(world: World) -> None:
    phone = Dialog(world)
    phone.subscribe()
    world.answer()
    text = "SUBSCRIBE sip:102@h SIP/2.0\r\nCall-ID: other\r\n\r\n"
    request = Request(text, Message(text), "SUBSCRIBE", PLACE, "udp", tag=phone.tag)
    assert not world.notifier.knows(request)
    phone.account = JAN
    assert phone.subscribe(expires="0").code == 403
    assert world.told() == []


def test_after_a_restart_lamps_go_on_and_are_right(world: World) -> None:
    """The message lamp, and any other, is right after the daemon was restarted."""
    Dialog(world).subscribe()
    Dialog(world, event="message-summary", whom="101").subscribe()
    Dialog(world, "*70", connection=9).subscribe()
    Dialog(world, "*70").subscribe(expires="60")
    before = max(one.cseq for one in world.told())
    world.sent.clear()
    world.lamps["102"], world.seconds = Lamp.TALKING, 90
    world.notifier = world.run()
    world.notifier.restore(list(world.kept.values()))
    lamp, messages = world.told()
    assert (state(lamp), messages.body.splitlines()[0]) == ("confirmed", "Messages-Waiting: yes")
    assert min(lamp.cseq, messages.cseq) >= before
    assert len(world.kept) == 2, "who came over a connection, and whose time is over, is forgotten"


def test_who_is_ended_is_not_kept(world: World) -> None:
    phone = Dialog(world)
    phone.subscribe()
    world.answer()
    assert len(world.kept) == 1
    phone.subscribe(expires="0")
    world.answer()
    assert world.kept == {}
    Dialog(world).subscribe(expires="0")
    assert world.kept == {}
