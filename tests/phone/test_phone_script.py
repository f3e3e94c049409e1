"""Scripts of the test phone: both forms make the same actions, mistakes are named."""

from pathlib import Path

import pytest

from sipagent.errors import ConfigError
from sipagent.phone.script import Action, load, parse

pytestmark = pytest.mark.unit

FILE = """\
[[do]]
silence = 0.8
within = 20
note = "the greeting"

[[do]]
press = "100001#"
gap = 0.25

[[do]]
play = "request.wav"

[[do]]
hung-up = true
"""


def test_a_file_is_read_in_order_and_sounds_lie_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "call.toml"
    file.write_text(FILE, "utf-8")
    first, second, third, last = load(file)
    assert (first.silence, first.within, first.note) == (0.8, 20, "the greeting")
    assert (second.press, second.gap) == ("100001#", 0.25)
    assert third.play == tmp_path / "request.wav"
    assert last.name == "hung-up"


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("silence", Action(silence=1.2)),
        ("silence 0.8", Action(silence=0.8)),
        ("silence 0.8 within 20", Action(silence=0.8, within=20)),
        ("silence within 20", Action(silence=1.2, within=20)),
        ("speech within 5", Action(speech=True, within=5)),
        ("press 12*#", Action(press="12*#")),
        ("wait 2.5", Action(wait=2.5)),
        ("say Dzień dobry", Action(say="Dzień dobry")),
        ('say "one; two"', Action(say="one; two")),
        ("hang-up", Action(hang_up=True)),
        ("hung-up within 3", Action(hung_up=True, within=3)),
        ("refused 486", Action(refused=486)),
    ],
)
def test_one_line(line: str, action: Action) -> None:
    assert parse(line) == (action,)


def test_actions_of_a_line_follow_each_other() -> None:
    actions = parse(' silence ; press 1;; say "a; b"; hang-up;')
    assert [action.name for action in actions] == ["silence", "press", "say", "hang-up"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "the script is empty"),
        ("dance", "there is no action 'dance'"),
        ("press 1x", "'1x' are not keys"),
        ("press", "press"),
        ("wait -1", "greater than or equal to 0"),
        ("wait soon", "valid number"),
        ("silence inf", "finite number"),
        ("hang-up now", "'hang-up' takes no value"),
        (
            "press 1 within 5",
            "'within' goes with silence or speech or hung-up or transfer or consult or join, "
            "not 'press'",
        ),
        ("join", "'join' comes after 'consult'"),
        ("consult 103; join; back", "'back' comes after 'consult'"),
        ("consult 103; transfer 104", "'transfer' comes after 'join' or 'back'"),
        ("hold now", "'hold' takes no value"),
        ("press 1; refused 486", "'refused' stands alone"),
        ("hang-up; press 1", "'hang-up' comes last"),
        ("refused 200", "greater than or equal to 300"),
    ],
)
def test_a_mistake_in_a_line_is_named(line: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse(line)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"100001#"', '"12x"', ":7: do.1.press: '12x' are not keys of a telephone"),
        ("gap = 0.25", "gapp = 0.25", ":8: do.1.gapp: unknown key"),
        ("hung-up = true", "hung-up = false", ":14: do.3.hung-up: "),
        ("silence = 0.8", "silence = 0", ":2: do.0.silence: "),
        ("gap = 0.25", "within = 3", ":6: do.1: 'within' goes with"),
        ("hung-up = true", "", ":13: do.3: an action is exactly one of"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, place: str
) -> None:
    file = tmp_path / "call.toml"
    file.write_text(FILE.replace(old, new), "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert str(caught.value).startswith(f"{file}{place}")


def test_a_file_without_actions_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "call.toml"
    file.write_text("", "utf-8")
    with pytest.raises(ConfigError, match="do: is missing"):
        load(file)
