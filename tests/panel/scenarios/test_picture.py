"""A scenario as elements and arrows: exits, places, findings, the way of a caller."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.domains import composed
from sipagent.panel.scenarios.exits import Exit, exits
from sipagent.panel.scenarios.layout import Place, arranged
from sipagent.panel.scenarios.picture import Picture, picture
from sipagent.panel.scenarios.sheet import parsed_places, written_places
from sipagent.panel.scenarios.way import Way, way_of
from sipagent.records.history import EventRow
from sipagent.scenario import loader
from sipagent.shipped import PROMPTS, SCENARIOS
from sipagent.speech.catalogue import Catalogue

pytestmark = pytest.mark.unit

CATALOGUE, VOCABULARY = Catalogue.load(PROMPTS), composed().vocabulary
SHIPPED = (SCENARIOS / "infolinia.toml").read_text("utf-8")


def drawn(text: str, places: dict[str, Place] | None = None, way: Way | None = None) -> Picture:
    """Return the drawing of a scenario."""
    found = loader.examine(tomllib.loads(text), Path("x.toml"), CATALOGUE, VOCABULARY)
    return picture(found, found.mistakes, places or {}, way or Way())


def test_an_exit_stands_where_its_arrow_is_written() -> None:
    found = loader.examine(tomllib.loads(SHIPPED), Path("x.toml"), CATALOGUE, VOCABULARY)
    menu = {one.name: one for one in exits(found.drafts["menu"])}
    assert menu["1"] == Exit("1", ("1",), "balance", ("keys", "1", "next"))
    assert menu["wrong-choice"] == Exit(
        "wrong-choice", ("wrong-choice",), "menu", ("on", "wrong-choice")
    )
    accepted, others = exits(found.drafts["login"])
    assert (accepted.name, accepted.target) == ("accepted", "notices")
    assert (others.name, others.keys, others.target) == ("", ("next",), "goodbye")
    assert "locked" in others.outcomes
    assert "accepted" not in others.outcomes
    assert exits(found.drafts["goodbye"]) == []


def test_an_outcome_that_leads_nowhere_is_an_open_exit() -> None:
    text = SHIPPED.replace(', failed = "not-reached" }', " }").replace("busy = ", "busi = ")
    by_name = {one.name: one for one in drawn(text).elements}
    transfer = by_name["transfer"]
    assert {one.name: one.target for one in transfer.exits} == {
        "answered": "end", "busi": "busy", "no-answer": "no-answer", "busy": "", "failed": "",
    }  # fmt: skip
    assert [one.keys for one in transfer.mistakes] == [
        ("steps", "transfer", "on", one) for one in ("busi", "busy", "failed")
    ]


def test_each_joined_exit_has_one_arrow_that_begins_and_ends_at_its_elements() -> None:
    shown = drawn(SHIPPED)
    places = {one.name: one for one in shown.elements}
    joined = [(one, leaving) for one in shown.elements for leaving in one.exits if leaving.target]
    assert len(shown.arrows) == len(joined)
    for arrow in shown.arrows:
        source, target = places[arrow.source], places[arrow.target]
        assert source.place.y < arrow.points[0].y < source.place.y + source.height
        assert arrow.points[0].x == source.place.x + 200
        assert arrow.points[3].x == target.place.x
    assert max(one.place.x for one in shown.elements) + 200 < shown.width


def test_what_is_wrong_stands_at_its_element_and_the_rest_above() -> None:
    wrong = SHIPPED.replace('prompt = "greeting"', 'prompt = "greting"').replace(
        'start = "greeting"', 'start = "x"'
    )
    shown = drawn(wrong)
    by_name = {one.name: one for one in shown.elements}
    assert "the prompt 'greting' is missing" in str(by_name["greeting"].mistakes[0])
    assert "there is no step 'x'" in str(shown.mistakes[0])
    assert shown.count == len(shown.mistakes) + sum(len(one.mistakes) for one in shown.elements)


def test_a_step_that_cannot_be_understood_is_drawn_with_what_is_wrong() -> None:
    shown = drawn(SHIPPED.replace('type = "contact"', 'type = "kontakt"'))
    (step,) = (one for one in shown.elements if one.name == "contact")
    assert step.type == "kontakt"
    assert {one.name for one in step.exits} == {"transcription", "phone", "softphone", "none"}
    assert "no step is a 'kontakt'" in str(step.mistakes[0])


WAY = way_of(
    [
        EventRow(0, "step", {"step": "greeting", "type": "announcement"}),
        EventRow(5, "prompt", {"prompt": "greeting", "text": "x"}),
        EventRow(9, "outcome", {"step": "greeting", "outcome": "done", "next": "login"}),
        EventRow(9, "step", {"step": "login", "type": "owner-login"}),
        EventRow(20, "outcome", {"step": "login", "outcome": "locked", "next": "goodbye"}),
        EventRow(20, "step", {"step": "goodbye", "type": "hang-up"}),
    ]
)


def test_the_way_of_a_caller_is_shown() -> None:
    shown = drawn(SHIPPED, way=WAY)
    visits = {one.name: one.visits for one in shown.elements if one.visits}
    assert visits == {"greeting": (1,), "login": (2,), "goodbye": (3,)}
    taken = {(one.source, one.exit, one.target) for one in shown.arrows if one.taken}
    assert taken == {("greeting", "", "login"), ("login", "", "goodbye")}
    assert WAY.unknown(["greeting", "login"]) == ("goodbye",)


STEPS = st.dictionaries(
    st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefghx"), max_size=4), min_size=1
)


@given(STEPS, st.sampled_from("abcdefghx"), st.sets(st.sampled_from("abcdefghx")))
def test_elements_never_cover_each_other(
    ways: dict[str, list[str]], start: str, chosen: set[str]
) -> None:
    heights = {name: 50 + 26 * len(targets) for name, targets in ways.items()}
    known = {name: Place(300 * at, 500) for at, name in enumerate(sorted(chosen))}
    places = arranged(ways, start, heights, known)
    assert places.keys() == ways.keys()
    assert all(places[name] == at for name, at in known.items() if name in ways)
    boxes = [(at.x, at.y, at.x + 200, at.y + heights[name]) for name, at in places.items()]
    for number, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[:number]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart


def test_places_go_into_a_file_and_back() -> None:
    places = {"b": Place(10, 20), 'a "x"': Place(0, 5000)}
    assert parsed_places(written_places(places)) == places
    assert written_places(places).count("\n") == 4
    assert parsed_places(written_places({})) == {}


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a": [1]}', '{"a": ["1", 2]}', '{"a": null}', '{"a": [true, 1]}']
)
def test_places_that_make_no_sense_are_left_out(text: str) -> None:
    assert parsed_places(text) == {}
