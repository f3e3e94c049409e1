"""Putting a caller through on legs without a network: which way, how it ends, what is noted."""

import asyncio

import pytest

from sipagent.config import TransferSection
from sipagent.errors import HungUp
from sipagent.switching.transfer import Transferred, Transfers
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee, FakePhones
from sipagent.telephony.outcome import Reached, Status
from sipagent.telephony.party import Caller
from sipagent.telephony.phones import Origin
from sipagent.telephony.script import Leave
from tests.cancelling import at_every_wait
from tests.simulated import simulated
from tests.switching.test_ringing import Sound, nobody_is_left

pytestmark = pytest.mark.unit

OFFICE = "+48221000200"
RINGBACK = Sound("ringback")
BRIDGE, REFER = TransferSection(), TransferSection(method="refer")


def phones(**callee: object) -> FakePhones:
    return FakePhones({OFFICE: Callee(**callee)})  # type: ignore[arg-type]


async def put_through(
    phones: FakePhones, caller: FakeLeg, settings: TransferSection = BRIDGE
) -> Transferred:
    result = await Transfers(phones, settings).transfer(caller, OFFICE, RINGBACK)
    nobody_is_left(phones, caller)
    return result


def noted(caller: FakeLeg) -> list[str]:
    kinds = {
        "transfer",
        "second-leg",
        "joined",
        "second-leg-audio",
        "parted",
        "transferred",
        "refer",
    }
    return [event.kind for event in caller.timeline if event.kind in kinds]


@pytest.mark.parametrize(
    ("callee", "result"),
    [
        (Callee(after=5, talks=60), Transferred(Reached.ANSWERED, "bridge", 200)),
        (
            Callee(after=5, talks=1),
            Transferred(Reached.FAILED, "bridge", 200, "the target hung up at once"),
        ),
        (Callee(code=486, reason="Busy"), Transferred(Reached.BUSY, "bridge", 486, "Busy")),
        (Callee(code=480, reason="Away"), Transferred(Reached.NO_ANSWER, "bridge", 480, "Away")),
        (Callee(code=404, reason="None"), Transferred(Reached.FAILED, "bridge", 404, "None")),
        (
            Callee(after=None),
            Transferred(Reached.NO_ANSWER, "bridge", 0, "nobody answered in time"),
        ),
    ],
)
@simulated
async def test_how_it_ends(callee: Callee, result: Transferred) -> None:
    caller = FakeLeg()
    assert await put_through(FakePhones({OFFICE: callee}), caller) == result
    assert not caller.over
    assert caller.timeline[-1].details == {
        "reached": result.reached.value,
        "way": "bridge",
        "code": result.code,
        "reason": result.reason,
    }


@simulated
async def test_what_the_timeline_says() -> None:
    caller = FakeLeg()
    await put_through(phones(after=5, talks=60), caller)
    assert noted(caller) == ["transfer", "second-leg", "joined", "parted", "transferred"]
    details = {event.kind: event.details for event in caller.timeline}
    assert details["transfer"] == {
        "target": OFFICE,
        "uri": f"sip:{OFFICE}@fake.invalid",
        "trunk": "",
    }
    assert details["second-leg"] == {"sip_id": "fake-1-sip", "party": OFFICE, "trunk": ""}
    assert details["joined"] == {"sip_id": "fake-1-sip"}
    assert details["parted"] == {"sip_id": "fake-1-sip", "seconds": 60}


@simulated
async def test_who_may_not_be_called_is_not_tried() -> None:
    caller, nobody = FakeLeg(), FakePhones(refused=[OFFICE])
    assert await put_through(nobody, caller) == Transferred(Reached.FAILED, reason="target-refused")
    assert noted(caller) == ["transferred"]
    for target in ("112", "", "sip:a@b\r\nX: y@evil.example"):
        result = await Transfers(nobody, BRIDGE).transfer(caller, target, RINGBACK)
        assert result.reached is Reached.FAILED
    assert not nobody.legs


@simulated
async def test_the_caller_leaves_the_conversation() -> None:
    caller = FakeLeg([Leave()])
    with pytest.raises(HungUp):
        await put_through(phones(after=5), caller)
    assert "transferred" not in noted(caller)


@pytest.mark.parametrize(
    ("settings", "origin"),
    [
        (BRIDGE, Origin("+48600100100", "infolinia", "infolinia")),
        (TransferSection(show="line"), Origin(None, "infolinia", "infolinia")),
        (
            TransferSection(number="+48221234567"),
            Origin("+48600100100", "+48221234567", "infolinia"),
        ),
    ],
)
@simulated
async def test_whom_the_target_sees(settings: TransferSection, origin: Origin) -> None:
    office = phones(code=486)
    await put_through(office, FakeLeg(caller=Caller("+48600100100")), settings)
    assert office.origins == [origin]


# ----------------------------------------------------------------------------------- REFER

TAKEN = (1.0, Status(100, "Accepted"))


def told(*statuses: tuple[float, Status], **more: object) -> FakeLeg:
    return FakeLeg(refers=True, statuses=statuses, **more)  # type: ignore[arg-type]


@simulated
async def test_the_peer_puts_through() -> None:
    caller, office = told(TAKEN, (5.0, Status(200, "OK"))), phones()
    result = await put_through(office, caller, REFER)
    assert result == Transferred(Reached.ANSWERED, "refer", 200, "OK")
    assert caller.referred == [f"sip:{OFFICE}@fake.invalid"]
    assert not office.legs
    assert noted(caller) == ["transfer", "refer", "refer", "transferred"]


@simulated
async def test_where_the_peer_does_not_the_line_does() -> None:
    caller = told((1.0, Status(405, "Method Not Allowed")))
    result = await put_through(phones(after=5, talks=60), caller, REFER)
    assert (result.way, result.reached) == ("bridge", Reached.ANSWERED)
    caller = told()  # and where it says nothing at all
    result = await put_through(phones(code=486), caller, REFER)
    assert (result.way, result.reached) == ("bridge", Reached.BUSY)


@pytest.mark.parametrize(
    ("methods", "way"),
    [({}, "bridge"), ({"carrier": "refer"}, "refer"), ({"other": "refer"}, "bridge")],
)
@simulated
async def test_each_trunk_may_have_its_way(methods: dict[str, str], way: str) -> None:
    caller = told(TAKEN, (5.0, Status(200, "OK")), trunk="carrier")
    transfers = Transfers(phones(code=486), BRIDGE, methods)  # type: ignore[arg-type]
    assert (await transfers.transfer(caller, OFFICE, RINGBACK)).way == way


@simulated
async def test_who_does_not_know_refer_is_not_asked() -> None:
    caller = FakeLeg()
    await put_through(phones(code=486), caller, REFER)
    assert caller.referred == []


@simulated
async def test_a_caller_whom_the_peer_gives_back_goes_on() -> None:
    caller = told(TAKEN, (5.0, Status(486, "Busy Here")))
    result = await put_through(phones(), caller, REFER)
    assert result == Transferred(Reached.BUSY, "refer", 486, "Busy Here")
    assert not caller.over


@simulated
async def test_a_caller_whom_the_peer_has_taken_away_is_let_go() -> None:
    caller = told(TAKEN, (5.0, Status(486, "Busy Here")), alive=False)
    with pytest.raises(HungUp):
        await put_through(phones(), caller, REFER)
    assert caller.ended == ("agent", "taken-away")
    assert "transferred" in noted(caller)


@pytest.mark.parametrize("settings", [BRIDGE, REFER])
@simulated
async def test_whoever_is_cancelled_leaves_nobody(settings: TransferSection) -> None:
    office, caller = phones(), FakeLeg()

    async def transfer() -> None:
        nonlocal office, caller
        office = phones(after=5, early=1, talks=60)
        caller = told((2.0, Status(405, "Method Not Allowed")), sleep=asyncio.sleep)
        await Transfers(office, settings).transfer(caller, OFFICE, RINGBACK)

    async def settled() -> None:
        nobody_is_left(office, caller)

    assert await at_every_wait(transfer, settled) > 5
