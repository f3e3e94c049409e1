"""Who is shown to the called, in the fields that a carrier looks at."""

import pytest

from sipagent.sip.presentation import presented
from sipagent.telephony.phones import UNKNOWN, Origin

pytestmark = pytest.mark.unit

PLACE = "sip.example.com"
ANNA = Origin("+48221000201", name="Anna")
URI = "sip:+48221000201@sip.example.com"


@pytest.mark.parametrize(
    ("ways", "caller", "fields"),
    [
        ((), "", []),
        (("pai",), "", [("P-Asserted-Identity", f"<{URI}>")]),
        (("ppi",), "", [("P-Preferred-Identity", f"<{URI}>")]),
        (("rpid",), "", [("Remote-Party-ID", f"<{URI}>;party=calling;privacy=off;screen=yes")]),
        (("from",), f'"Anna" <{URI}>', []),
        (("from", "pai"), f'"Anna" <{URI}>', [("P-Asserted-Identity", f"<{URI}>")]),
    ],
)
def test_each_trunk_has_its_own_ways(
    ways: tuple[str, ...], caller: str, fields: list[tuple[str, str]]
) -> None:
    assert presented(ANNA, PLACE, ways) == (caller, tuple(fields))


@pytest.mark.parametrize(
    ("ways", "field"),
    [
        (("pai",), ("P-Asserted-Identity", f"<{URI}>")),
        (("from", "ppi"), ("P-Preferred-Identity", f"<{URI}>")),
        (("from",), ("P-Asserted-Identity", f"<{URI}>")),
        (("rpid",), ("Remote-Party-ID", f"<{URI}>;party=calling;privacy=full;screen=yes")),
    ],
)
def test_who_is_hidden_is_named_to_the_carrier_alone(
    ways: tuple[str, ...], field: tuple[str, str]
) -> None:
    hidden = Origin("+48221000201", name="Anna", hidden=True)
    assert presented(hidden, PLACE, ways) == (
        '"Anonymous" <sip:anonymous@anonymous.invalid>',
        (field, ("Privacy", "id")),
    )


def test_who_has_no_number_and_is_hidden() -> None:
    assert presented(Origin(hidden=True), PLACE, ("pai",))[1] == (("Privacy", "id"),)


def test_of_nobody_nothing_is_said() -> None:
    assert presented(UNKNOWN, PLACE, ("from", "pai", "ppi", "rpid")) == ("", ())


def test_the_line_that_sends_a_call_on_is_named() -> None:
    sent_on = Origin("+48600700700", "+48221000200")
    _, fields = presented(sent_on, PLACE, ("pai",))
    assert fields == (
        ("P-Asserted-Identity", "<sip:+48600700700@sip.example.com>"),
        ("Diversion", "<sip:+48221000200@sip.example.com>;reason=deflection"),
    )
