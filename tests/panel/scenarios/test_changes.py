"""What can be done to a scenario: the text means it, its comments stay, arrows follow names."""

import tomllib

import pytest

from sipagent.errors import DataError
from sipagent.panel.scenarios import changes
from sipagent.panel.scenarios.layout import Place
from sipagent.panel.scenarios.sheet import Sheet
from sipagent.shipped import SCENARIOS

pytestmark = pytest.mark.unit

SHEET = Sheet((SCENARIOS / "infolinia.toml").read_text("utf-8"), {"menu": Place(10, 20)})
COMMENTS = [line for line in SHEET.text.splitlines() if line.startswith("#")]


def steps(sheet: Sheet) -> dict[str, dict[str, object]]:
    """Return the steps of a sheet."""
    found: dict[str, dict[str, object]] = tomllib.loads(sheet.text)["steps"]
    return found


def comments(sheet: Sheet) -> list[str]:
    """Return the lines that are comments."""
    return [line for line in sheet.text.splitlines() if line.startswith("#")]


def test_a_new_scenario_says_something_and_hangs_up() -> None:
    data = tomllib.loads(changes.new("office", ["pl", "en"]).text)
    assert (data["name"], data["start"], data["languages"]) == ("office", "welcome", ["pl", "en"])
    assert data["steps"]["welcome"]["next"] == "goodbye"


def test_a_step_is_added_at_its_place() -> None:
    sheet = changes.add(SHEET, "office", "redirect", Place(30, 40))
    assert steps(sheet)["office"] == {"type": "redirect"}
    assert sheet.places == {"menu": Place(10, 20), "office": Place(30, 40)}
    assert sheet.text.startswith(SHEET.text.rstrip("\n"))


@pytest.mark.parametrize("name", ["", "A", "a b", "-a", "a-", "ą", "a.b", '"', "a" * 41, "menu"])
def test_a_step_has_a_name_of_its_own(name: str) -> None:
    with pytest.raises(DataError, match=r"scenario\.wrong-(name|taken)"):
        changes.add(SHEET, name, "menu", None)
    with pytest.raises(DataError, match=r"scenario\.wrong-(name|taken)"):
        changes.rename(SHEET, "greeting", name)


def test_all_arrows_follow_a_step_that_gets_another_name() -> None:
    sheet = changes.rename(SHEET, "menu", "choices")
    before, after = steps(SHEET), steps(sheet)
    assert after["choices"]["keys"]
    assert after["notices"]["next"] == "choices"
    assert after["choices"]["on"] == {"no-choice": "nothing-chosen", "wrong-choice": "choices"}
    assert after["instead"]["keys"] == {
        "1": {"prompt": "transfer.dictate", "next": "dictation"},
        "2": {"prompt": "transfer.back", "next": "choices"},
    }
    assert str(before).replace("'menu'", "'choices'") == str(after).replace(
        "'type': 'choices'", "'type': 'menu'"
    ).replace("'type': 'menu'", "'type': 'choices'")
    assert sheet.places == {"choices": Place(10, 20)}
    assert comments(sheet) == COMMENTS
    assert tomllib.loads(changes.rename(SHEET, "greeting", "hello").text)["start"] == "hello"


def test_no_arrow_leads_to_a_step_that_is_removed_but_keys_of_menus() -> None:
    sheet = changes.remove(SHEET, "dictation")
    after = steps(sheet)
    assert "dictation" not in after
    assert after["contact"]["on"] == {
        "phone": "transfer", "softphone": "transfer", "none": "menu",
    }  # fmt: skip
    assert after["instead"]["keys"] == steps(SHEET)["instead"]["keys"]
    assert comments(sheet) == COMMENTS
    assert "menu" not in changes.remove(SHEET, "menu").places
    assert tomllib.loads(changes.remove(SHEET, "greeting").text)["start"] == "greeting"


def test_exits_are_joined_where_the_file_has_them() -> None:
    joined = steps(changes.join(SHEET, "menu", "3", "end"))
    assert joined["menu"]["keys"]["3"]["next"] == "end"  # type: ignore[index]
    assert steps(changes.join(SHEET, "menu", "no-choice", "end"))["menu"]["on"] == {
        "no-choice": "end", "wrong-choice": "menu",
    }  # fmt: skip
    assert steps(changes.join(SHEET, "login", "", "end"))["login"]["next"] == "end"
    assert steps(changes.join(SHEET, "login", "locked", "end"))["login"]["on"] == {
        "accepted": "notices", "locked": "end",
    }  # fmt: skip
    assert steps(changes.join(SHEET, "menu", "dialled", "end"))["menu"]["dial"] == "end"
    assert "next" not in steps(changes.join(SHEET, "login", "", ""))["login"]
    assert "on" not in steps(changes.join(SHEET, "login", "accepted", ""))["login"]
    with pytest.raises(DataError, match="wrong-nowhere"):
        changes.join(SHEET, "menu", "3", "")
    with pytest.raises(DataError, match="wrong-step"):
        changes.join(SHEET, "gone", "", "menu")


def test_a_menu_gets_keys_and_loses_them() -> None:
    sheet = changes.add_key(SHEET, "menu", "5", "end")
    assert steps(sheet)["menu"]["keys"]["5"] == {"prompt": "", "next": "end"}  # type: ignore[index]
    assert steps(changes.remove_key(sheet, "menu", "5")) == steps(SHEET)
    for key in ("5", "x", ""):
        with pytest.raises(DataError, match="wrong-key"):
            changes.add_key(sheet, "menu", key, "end")


def test_settings_go_in_and_out() -> None:
    values = {"attempts": 5, "keys/1/short": None, "first": 2.5}
    sheet = changes.settle(SHEET, "login", {"attempts": 5, "first": 2.5})
    assert steps(sheet)["login"]["attempts"] == 5
    assert steps(sheet)["login"]["first"] == 2.5
    assert steps(changes.settle(sheet, "login", dict.fromkeys(values)))["login"] == {
        "type": "owner-login", "on": {"accepted": "notices"}, "next": "goodbye",
    }  # fmt: skip
    short = changes.settle(SHEET, "menu", {"keys/1/short": "x"})
    assert steps(short)["menu"]["keys"]["1"]["short"] == "x"  # type: ignore[index]
    assert comments(short) == COMMENTS


def test_only_elements_that_are_there_have_places() -> None:
    sheet = changes.put_at(SHEET, {"end": Place(0, 0), "nothing": Place(0, 0)})
    assert sheet.places == {"menu": Place(10, 20), "end": Place(0, 0)}
    assert sheet.text == SHEET.text


@pytest.mark.parametrize(
    ("x", "y", "place"),
    [
        ("14", "16.2", Place(10, 20)),
        ("-50", "1e9", Place(0, 20000)),
        ("", "1", None),
        ("nan", "1", None),
        ("inf", "1", Place(20000, 0)),
    ],
)
def test_a_browser_names_a_place(x: str, y: str, place: Place | None) -> None:
    assert changes.place_of(x, y) == place
