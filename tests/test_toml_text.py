"""Changes in the text of a TOML file: they mean what was wanted, and leave all else as it was."""

import difflib
import tomllib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.errors import DataError
from sipagent.shipped import SCENARIOS
from sipagent.toml_text import changed, renamed, with_table, without, written

pytestmark = pytest.mark.unit

TEXT = """\
# The head of the file.
name = "x"  # its name, with a # in it
languages = ["pl", "en"]

# What greeting is for.
[steps.greeting]   # a head ] with a comment
type = "announcement"
prompt = "a # b"# close
next = "menu"

# Above the menu.
[steps.menu]
type = "menu"
# Within the menu.
comfort = [
    "*",  # again
    "0",
]
on = { no-choice = "end", wrong-choice = "menu" }  # after silence

[steps.menu.keys.1]
prompt = "one"
next = "end"
# Above the second key.
[steps.menu.keys."#"]
prompt = "two"
next = "menu"

# Above the switch.
[steps.switch]
type = "transfer"
on.busy = "menu"
on.failed = "end"

# Above the table of outcomes.
[steps.third]
type = "transfer"
[steps.third.on]
busy = "menu"

[steps.end]
type = "hang-up"
# The end of the file.
"""


def difference(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that are gone, and those that are new."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return tuple([line[2:] for line in lines if line.startswith(mark)] for mark in "-+")  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("change", "gone", "new"),
    [
        (
            lambda text: changed(text, ("steps", "greeting", "next"), "end"),
            ['next = "menu"'],
            ['next = "end"'],
        ),
        (
            lambda text: changed(text, ("steps", "greeting", "prompt"), 'c "#" d'),
            ['prompt = "a # b"# close'],
            ['prompt = "c \\"#\\" d"# close'],
        ),
        (
            lambda text: changed(text, ("name",), "y"),
            ['name = "x"  # its name, with a # in it'],
            ['name = "y"  # its name, with a # in it'],
        ),
        (
            lambda text: changed(text, ("steps", "menu", "on", "no-choice"), "menu"),
            ['on = { no-choice = "end", wrong-choice = "menu" }  # after silence'],
            ['on = { no-choice = "menu", wrong-choice = "menu" }  # after silence'],
        ),
        (
            lambda text: changed(text, ("steps", "switch", "on", "no answer"), "end"),
            [],
            ['on."no answer" = "end"'],
        ),
        (
            lambda text: changed(text, ("steps", "third", "on", "failed"), "end"),
            [],
            ['failed = "end"'],
        ),
        (
            lambda text: changed(text, ("steps", "greeting", "on", "done"), "end"),
            [],
            ['on = { done = "end" }'],
        ),
        (
            lambda text: changed(text, ("steps", "menu", "repeat"), 5),
            [],
            ["repeat = 5"],
        ),
        (
            lambda text: changed(text, ("steps", "menu", "keys", "#", "next"), "greeting"),
            ['next = "menu"'],
            ['next = "greeting"'],
        ),
        (
            lambda text: without(text, ("steps", "menu", "on", "no-choice")),
            ['on = { no-choice = "end", wrong-choice = "menu" }  # after silence'],
            ['on = { wrong-choice = "menu" }  # after silence'],
        ),
        (lambda text: without(text, ("steps", "switch", "on", "busy")), ['on.busy = "menu"'], []),
        (
            lambda text: without(text, ("steps", "greeting")),
            [
                "",
                "# What greeting is for.",
                "[steps.greeting]   # a head ] with a comment",
                'type = "announcement"',
                'prompt = "a # b"# close',
                'next = "menu"',
            ],
            [],
        ),
        (
            lambda text: without(text, ("steps", "menu", "keys", "1")),
            ["[steps.menu.keys.1]", 'prompt = "one"', 'next = "end"'],
            [],
        ),
        (
            lambda text: with_table(text, ("steps", "menu", "keys", "5"), {"next": "end"}),
            [],
            ["[steps.menu.keys.5]", 'next = "end"'],
        ),
        (
            lambda text: with_table(text, ("steps", "a b"), {"type": "hang-up"}),
            [],
            ["", '[steps."a b"]', 'type = "hang-up"'],
        ),
        (
            lambda text: renamed(text, ("steps", "greeting"), "hello"),
            ["[steps.greeting]   # a head ] with a comment"],
            ["[steps.hello]   # a head ] with a comment"],
        ),
        (
            lambda text: renamed(text, ("steps", "menu"), "all"),
            ["[steps.menu]", "[steps.menu.keys.1]", '[steps.menu.keys."#"]'],
            ["[steps.all]", "[steps.all.keys.1]", '[steps.all.keys."#"]'],
        ),
    ],
)
def test_a_change_touches_the_lines_that_it_concerns(
    change: Callable[[str], str], gone: list[str], new: list[str]
) -> None:
    assert difference(TEXT, change(TEXT)) == (gone, new)


def test_a_key_of_a_menu_stands_with_the_others() -> None:
    after = with_table(TEXT, ("steps", "menu", "keys", "5"), {"prompt": "p", "next": "end"})
    assert after.index("keys.5") < after.index("# Above the switch")


def test_what_is_the_same_already_changes_nothing() -> None:
    assert changed(TEXT, ("steps", "menu", "comfort"), ["*", "0"]) == TEXT
    assert changed(TEXT, ("steps", "greeting", "next"), "menu") == TEXT
    assert without(TEXT, ("steps", "nothing")) == TEXT
    assert without(TEXT, ("steps", "end", "keys", "1", "short")) == TEXT
    assert without(TEXT, ("name", "x")) == TEXT


@pytest.mark.parametrize(
    "text",
    [
        'steps = { a = { type = "x" } }',
        "[[steps]]\na = 1",
        "[a]\nsteps = 1\n[[b]]\n",
        "steps = [",
        f"steps = {'[' * 5000}{']' * 5000}",
    ],
)
def test_what_cannot_be_changed_by_itself_is_left_to_people(text: str) -> None:
    with pytest.raises(DataError):
        renamed(text, ("steps", "a"), "b")


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(DataError, match=r"steps\.menu is there already"):
        renamed(TEXT, ("steps", "greeting"), "menu")
    with pytest.raises(DataError, match=r"steps\.menu is there already"):
        with_table(TEXT, ("steps", "menu"), {})
    with pytest.raises(DataError, match="languages is no table"):
        changed(TEXT, ("languages", "a"), 1)


VALUES = st.one_of(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.lists(st.text("ab#\"'\\[]{}=ąę\n\t", max_size=6), max_size=3),
)
NAMES = st.one_of(st.sampled_from(["menu", "end", "greeting"]), st.text("ab #.\"'=]ą", min_size=1))


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, tuple[str, ...], object]:
    """Return something to do: what, where, and with which value."""
    step, name, value = draw(NAMES), draw(NAMES), draw(VALUES)
    keys = draw(
        st.sampled_from(
            [
                (name,),
                ("steps", step, name),
                ("steps", step, "on", name),
                ("steps", "menu", "keys", name, "next"),
                ("steps", step),
            ]
        )
    )
    return draw(st.sampled_from(["set", "drop", "add", "rename"])), keys, value


@given(st.lists(edits(), max_size=8))
def test_whatever_is_done_the_text_means_it_and_keeps_its_comments(
    todo: list[tuple[str, tuple[str, ...], object]],
) -> None:
    text = TEXT
    for what, keys, value in todo:
        before = text
        try:
            match what:
                case "set":
                    text = changed(text, keys, value)
                case "drop":
                    text = without(text, keys)
                case "add":
                    text = with_table(text, keys, {"type": value})
                case _:
                    text = renamed(text, keys, str(value))
        except DataError:
            text = before
        tomllib.loads(text)
        if what != "drop":
            said = [line for line in before.splitlines() if line.startswith("#")]
            assert [line for line in text.splitlines() if line.startswith("#")] == said


@given(VALUES)
def test_values_go_into_a_text_and_back(value: object) -> None:
    assert tomllib.loads(f"x = {written(value)}") == {"x": value}
    assert tomllib.loads(changed(TEXT, ("steps", "end", "prompt"), value))["steps"]["end"] == {
        "type": "hang-up",
        "prompt": value,
    }


def test_a_change_and_the_one_back_leave_a_scenario_as_it_was() -> None:
    text = (SCENARIOS / "infolinia.toml").read_text("utf-8")
    for step, table in tomllib.loads(text)["steps"].items():
        for name, target in table.get("on", {}).items():
            keys = ("steps", step, "on", name)
            assert changed(changed(text, keys, "x"), keys, target) == text
        other = renamed(text, ("steps", step), "x y")
        assert other.count("\n") == text.count("\n")
        assert renamed(other, ("steps", "x y"), step) == text
