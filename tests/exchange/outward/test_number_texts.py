"""The caller's number as a text to an outside number, once that has taken the call."""

from pathlib import Path

import pytest

from sipagent.errors import SetupError
from sipagent.exchange.model import LineNumber
from sipagent.exchange.outward.number_texts import TEXTS, NumberTexts
from sipagent.messages.templates import Templates
from sipagent.telephony.fake_phones import Callee
from sipagent.texts.outgoing import Text
from tests.exchange.house import FIRM, MAIN, House
from tests.exchange.test_calls import STRANGER, from_outside, from_phone
from tests.simulated import simulated

pytestmark = pytest.mark.unit

SERVICE = "+48221000300"
OUTSIDE = FIRM.outside[0].model_copy(update={"text_number": True, "keys": "", "text": ""})
THERE = FIRM.model_copy(
    update={
        "outside": (OUTSIDE,),
        "numbers": (LineNumber(number=MAIN, leads_to="outside:Serwis"),),
    }
)


class Sent:
    """Remembers texts, or has no room for them."""

    def __init__(self, *, full: bool = False) -> None:
        self.texts: list[Text] = []
        self._full = full

    async def send(self, *texts: Text) -> None:
        if self._full:
            raise SetupError("the disk is full")
        self.texts += texts


def house(sent: Sent, callee: Callee) -> House:
    found = House({SERVICE: callee}, exchange=THERE)
    found.services = {NumberTexts: NumberTexts(sent, Templates((TEXTS,)))}
    return found


@simulated
async def test_who_takes_the_call_gets_the_number(tmp_path: Path) -> None:
    sent = Sent()
    await house(sent, Callee(talks=9)).take(from_outside(), tmp_path)
    (text,) = sent.texts
    assert (text.to, text.body) == (SERVICE, f"Dzwoni {STRANGER}.")


@simulated
async def test_of_a_colleague_it_gets_the_internal_number(tmp_path: Path) -> None:
    sent = Sent()
    await house(sent, Callee(talks=9)).take(from_phone("101", "*022"), tmp_path)
    assert [text.body for text in sent.texts] == ["Dzwoni 101."]


@simulated
async def test_who_does_not_take_the_call_gets_none(tmp_path: Path) -> None:
    sent = Sent()
    await house(sent, Callee(code=486)).take(from_outside(), tmp_path)
    assert not sent.texts


@simulated
async def test_a_text_that_cannot_be_kept_keeps_nobody_from_talking(tmp_path: Path) -> None:
    call = from_outside()
    await house(Sent(full=True), Callee(talks=9)).take(call, tmp_path)
    assert "joined" in [event.kind for event in call.timeline]
