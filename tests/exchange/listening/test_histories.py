"""Whatever people do while somebody listens in: nobody hears who is not to, and nothing is left."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.errors import HungUp
from sipagent.exchange.listening.paths import Mode
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from tests.cancelling import at_every_wait
from tests.examples import examples
from tests.exchange.house import ANNAS, EWAS, JANS
from tests.exchange.listening.ears import Firm, from_outside, heard
from tests.exchange.test_put_through import from_phone
from tests.simulated import simulated

pytestmark = pytest.mark.unit

TALKS = Callee(after=1)
EVERYBODY = {ANNAS: TALKS, JANS: TALKS, EWAS: Callee(after=1, code=486)}
#: What Maria presses, and what Jan's telephone does.
KEYS = ["4", "5", "6", "*", "#102#", "#*"]
DOES = ["hold", "resumes", "blind", "busy", "park", "ask", "back", "leaves", "calls", "hangs up"]


class Day:
    """Jan talks with callers, one after the other, while Maria listens in on him."""

    def __init__(self, tones: Path) -> None:
        self.firm = Firm(EVERYBODY)
        self._tones = tones
        self._walks: list[asyncio.Task[object]] = []
        self.callers: list[FakeLeg] = []

    def call(self) -> None:
        """Let another caller call Jan."""
        one = from_outside(f"caller-{len(self.callers) + 1}")
        self.callers.append(one)
        self._walks.append(asyncio.create_task(self.firm.walk(one, self._tones)))

    def do(self, what: str) -> None:
        """Let Jan do something, as far as he can just now."""
        jan = self._jan()
        if what == "calls":
            self.call()
        elif what == "leaves":
            for one in self.callers:
                one.hangs_up()
        elif jan is not None:
            does: dict[str, Callable[[], object]] = {
                "hold": jan.hold,
                "resumes": jan.resumes,
                "blind": lambda: jan.refers_to("101"),
                "busy": lambda: jan.refers_to("103"),
                "park": lambda: jan.refers_to("*70"),
                "ask": lambda: jan.presses("*3101#"),
                "back": lambda: jan.presses("*"),
                "hangs up": jan.hangs_up,
            }
            does[what]()

    def _jan(self) -> FakeLeg | None:
        legs = [one for one in self.firm.phones.legs if one.called == "102" and not one.over]
        return legs[-1] if legs else None

    def look(self) -> None:
        """See that nobody hears Maria who is not to."""
        firm, kept = self.firm, self.firm.kept.open
        assert len(kept) <= 1, "there is one use at a time"
        mode, whom = (kept[0].mode, kept[0].whom) if kept else (None, "")
        everybody = [*self.callers, *firm.phones.legs]
        hear_her = [one for one in everybody if firm.maria.id in heard(one)]
        if mode in (None, Mode.LISTEN):
            assert not hear_her
        elif mode is Mode.WHISPER:
            assert all(f"<{one.called}>" in whom for one in hear_her)
        for one in hear_her:
            assert one.id in {leg.id for leg in self._talking()}
        assert heard(firm.maria) <= {leg.id for leg in self._talking()}

    def _talking(self) -> list[FakeLeg]:
        """Return the legs of whom is listened to, and of who talks with them."""
        calls = [call for call in self.firm.calls if call.listeners]
        legs = [member.leg for call in calls if call.talking for member in call.members]
        return [leg for leg in legs if isinstance(leg, FakeLeg)]

    async def end(self) -> None:
        """Let all go."""
        for one in (*self.callers, *self.firm.phones.left):
            if not one.over:
                one.hangs_up()
        await asyncio.gather(*self._walks)


@examples(40)
@given(st.lists(st.sampled_from([*KEYS, *DOES]), max_size=14))
def test_a_day(tmp_path_factory: pytest.TempPathFactory, happens: list[str]) -> None:
    tones = tmp_path_factory.getbasetemp()

    @simulated
    async def lived() -> None:
        day = Day(tones)
        day.call()
        await asyncio.sleep(3)
        listening = day.firm.listens(tones, "102")
        for what in happens:
            if what in DOES:
                day.do(what)
            else:
                day.firm.maria.presses(what)
            for _ in range(4):
                await asyncio.sleep(1.5)
                day.look()
        day.firm.maria.hangs_up()
        with contextlib.suppress(HungUp):
            await listening
        assert not day.firm.kept.open
        assert not heard(day.firm.maria)
        assert not any(heard(one) for one in (*day.callers, *day.firm.phones.legs))
        await day.end()

    lived()


@simulated
async def test_whenever_the_line_is_closed_nothing_is_left(tmp_path: Path) -> None:
    """Whoever listens is cut off at any moment: no path, no use, and the call goes on."""
    day = Day(tmp_path)
    day.call()
    await asyncio.sleep(3)
    firm = day.firm
    jan = firm.leg("102")

    async def listens() -> None:
        firm.maria.presses("5#")
        await firm.listening(tmp_path).run("102")

    async def settled() -> None:
        assert not firm.kept.open
        assert not heard(firm.maria)
        assert not heard(jan)
        assert day.callers[0].partners == [jan]

    assert await at_every_wait(listens, settled) > 10
    await day.end()


@simulated
async def test_who_has_two_calls_is_heard_in_the_one_that_is_not_held(tmp_path: Path) -> None:
    """Asking somebody first with the second line of the telephone, and then joining the two."""
    day = Day(tmp_path)
    day.call()
    await asyncio.sleep(3)
    firm, caller = day.firm, day.callers[0]
    jan = firm.leg("102")
    listening = firm.listens(tmp_path, "102")
    await asyncio.sleep(1)
    firm.maria.presses("5")
    jan.hold()
    second = from_phone("102", "101")
    second.id = "second"
    asks = asyncio.create_task(firm.walk(second, tmp_path))
    await asyncio.sleep(3)
    anna = firm.leg("101")
    assert heard(firm.maria) == {"second", anna.id}
    assert (heard(second), heard(jan), heard(anna)) == ({"maria"}, set(), set())
    second.hold()
    jan.resumes()
    await asyncio.sleep(1)
    assert heard(firm.maria) == {caller.id, jan.id}, "he is back for a moment"
    assert (heard(second), heard(jan), heard(caller)) == (set(), {"maria"}, set())
    assert jan.refers_to("101", second.sip_id)
    await asyncio.sleep(2)
    assert caller.partners == [anna]
    assert (heard(firm.maria), heard(caller), heard(anna)) == (set(), set(), set())
    firm.maria.hangs_up()
    with pytest.raises(HungUp):
        await listening
    await day.end()
    await asks
