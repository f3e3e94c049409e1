"""What is one's own wins over what is shipped, and an update of that one disturbs none of it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sipagent import config_sources
from sipagent.cli.main import app
from sipagent.errors import ConfigError
from sipagent.scenario import loader
from sipagent.speech.catalogue import Catalogue

pytestmark = pytest.mark.unit

SHIPPED = """
[sip]
port = 5070
max_calls = 20
[voices]
pl = "pl_PL-natan-low"
[[trunk]]
name = "shipped"
registrar = "sip:a.example"
user = "1"
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "agent.toml"
    path.write_text(SHIPPED, "utf-8")
    (tmp_path / "local").mkdir()
    return path


def own(settings: Path, text: str, name: str = "agent.toml") -> Path:
    path = settings.parent / "local" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


# Settings


def test_own_settings_win_key_by_key(settings: Path) -> None:
    own(settings, '[sip]\nport = 5080\n[voices]\nen = "x"\n')
    found = config_sources.load(settings, {})
    assert (found.sip.port, found.sip.max_calls) == (5080, 20)
    assert found.voices == {"pl": "pl_PL-natan-low", "en": "x"}


def test_own_trunks_take_the_place_of_all_others(settings: Path) -> None:
    own(settings, '[[trunk]]\nname = "mine"\nregistrar = "sip:b.example"\nuser = "2"\n')
    assert [trunk.name for trunk in config_sources.load(settings, {}).trunk] == ["mine"]


def test_the_environment_wins_over_both(settings: Path) -> None:
    own(settings, "[sip]\nport = 5080\n")
    assert config_sources.load(settings, {"SIPAGENT_SIP__PORT": "5090"}).sip.port == 5090


def test_paths_stay_relative_to_the_shipped_file(settings: Path) -> None:
    own(settings, '[paths]\ndatabase = "own.db"\n')
    assert config_sources.load(settings, {}).paths.database == settings.parent / "own.db"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[sip]\nport = 'x'\n", r"local/agent\.toml:2: sip\.port"),
        ("[sip]\n\nprt = 1\n", r"local/agent\.toml:3: sip\.prt: unknown key"),
        ("[sip]\nport = 1\n[http]\nport = -1\n", r"local/agent\.toml:4: http\.port"),
    ],
)
def test_a_mistake_names_the_file_that_has_it(settings: Path, text: str, place: str) -> None:
    own(settings, text)
    with pytest.raises(ConfigError, match=place):
        config_sources.load(settings, {})


def test_a_mistake_in_the_shipped_file_is_told_there(settings: Path) -> None:
    settings.write_text(SHIPPED.replace("max_calls = 20", "max_calls = 0"), "utf-8")
    own(settings, "[sip]\nport = 5080\n")
    with pytest.raises(ConfigError, match=r"/agent\.toml:4: sip\.max_calls"):
        config_sources.load(settings, {})


# Prompts and scenarios


def prompts(settings: Path, shipped: str, mine: str) -> Catalogue:
    folder = settings.parent / "prompts"
    folder.mkdir()
    (folder / "pl.toml").write_text(shipped, "utf-8")
    own(settings, mine, "prompts/pl.toml")
    return Catalogue.load(folder, settings.parent / "local/prompts")


def test_own_prompts_win_key_by_key(settings: Path) -> None:
    found = prompts(settings, 'a = "Jeden."\nb = "Dwa."\n', 'b = "Inne."\nc = "Nowe."\n')
    assert [found.text(key, "pl") for key in "abc"] == ["Jeden.", "Inne.", "Nowe."]


def test_a_mistake_in_an_own_prompt_names_its_file(settings: Path) -> None:
    with pytest.raises(ConfigError, match=r"local/prompts/pl\.toml:1: b: "):
        prompts(settings, 'a = "Jeden."\n', 'b = "{"\n')


def test_without_own_prompts_the_shipped_ones_count(tmp_path: Path) -> None:
    (tmp_path / "pl.toml").write_text('a = "Jeden."\n', "utf-8")
    assert Catalogue.load(tmp_path, tmp_path / "nothing").text("a", "pl") == "Jeden."


def test_an_own_scenario_wins_over_one_of_the_same_name(settings: Path) -> None:
    shipped = settings.parent / "scenarios"
    shipped.mkdir()
    for name in ("a", "b"):
        (shipped / f"{name}.toml").touch()
    mine = own(settings, "", "scenarios/b.toml")
    folders = (shipped, mine.parent)
    assert loader.find(folders, "a") == shipped / "a.toml"
    assert loader.find(folders, "b") == mine
    with pytest.raises(ConfigError, match="no scenario 'c'; there are: a, b"):
        loader.find(folders, "c")


def test_the_difference_is_shown(settings: Path) -> None:
    text = '[paths]\nprompts = "prompts"\n'
    settings.write_text(text, "utf-8")
    prompts(settings, 'a = "Jeden."\nb = "Dwa."\n', 'a = "Jeden."\nb = "Inne."\nc = "Nowe."\n')
    shown = CliRunner().invoke(app, ["prompts", "diff", "--config", str(settings)])
    assert shown.output.splitlines() == [
        "= pl  a: the same as shipped; it may go",
        "~ pl  b",
        "    - Dwa.",
        "    + Inne.",
        "+ pl  c",
        "    + Nowe.",
    ]


def test_a_misspelt_prompt_of_ones_own_is_told(settings: Path) -> None:
    data = Path(__file__).parents[1] / "data"
    settings.write_text(
        f'[paths]\nprompts = "{data}/prompts"\nscenarios = "{data}/scenarios"\n'
        f'voices = "{data.parent}/voices"\n',
        "utf-8",
    )
    own(settings, 'greting = "Dzień dobry."\ngreeting = "Witam."\n', "prompts/pl.toml")
    done = CliRunner().invoke(app, ["check", "--config", str(settings)])
    assert done.exit_code == 0, done.output
    assert "local/prompts/pl.toml:1: greting: no scenario says this prompt" in done.output
    assert ": greeting: " not in done.output
