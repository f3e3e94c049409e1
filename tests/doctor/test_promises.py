"""What settings promise and the machine does not have, as sipagent check tells it."""

import re
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sipagent import config_sources
from sipagent.cli.main import app
from sipagent.config import Config
from sipagent.doctor.finding import Level, Patient
from sipagent.doctor.promises import broken, check_of, missed
from sipagent.domains import composed
from sipagent.infoline.managing import edit_contract
from sipagent.infoline.schema import infoline
from sipagent.store.database import open_database

pytestmark = pytest.mark.unit

DOMAINS = composed()
ROOT = Path(__file__).parents[2]
TRUNK = '[[trunk]]\nname = "carrier"\nregistrar = "sip:sip.example.com"\nuser = "1"\n'
PATHS = f"""
[paths]
voices = "{ROOT}/voices"
scenarios = "{ROOT}/data/scenarios"
prompts = "{ROOT}/data/prompts"
database = "line.db"
"""


def settings(folder: Path, text: str = "") -> Config:
    path = folder / "agent.toml"
    path.write_text(text + PATHS, "utf-8")
    return config_sources.load(path, {})


def test_good_settings_break_no_promise(tmp_path: Path) -> None:
    assert list(broken(settings(tmp_path, TRUNK), DOMAINS)) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (TRUNK + 'password_file = "gone"\n', r"agent\.toml:5: trunk\.0\.password_file: .*gone"),
        ('[mail]\npassword_file = "gone"\n', r"agent\.toml:2: mail\.password_file: .*gone"),
        (
            '[sip]\ntransports = ["udp", "tls"]\n',
            r"agent\.toml:2: sip\.transports: tls needs ",
        ),
        ('[sip]\nauthorities = "a.pem"\n', r"agent\.toml:2: sip\.authorities: .*a\.pem: no such"),
        ('[voices]\npl = "pl_PL-nobody"\n', r"agent\.toml:2: voices\.pl: .*pl_PL-nobody"),
    ],
)
def test_a_broken_promise_names_its_key(tmp_path: Path, text: str, problem: str) -> None:
    (found,) = broken(settings(tmp_path, text), DOMAINS)
    assert re.search(problem, found), found


def test_a_credential_is_the_services_business(tmp_path: Path) -> None:
    assert list(broken(settings(tmp_path, TRUNK + 'password_credential = "x"\n'), DOMAINS)) == []


def test_a_model_that_is_not_there_is_only_missed(tmp_path: Path) -> None:
    (found,) = missed(settings(tmp_path, '[transcription]\nmodel = "huge"\n'), DOMAINS)
    assert found.startswith(f"{tmp_path / 'agent.toml'}:2: transcription.model: there is no model")
    assert list(missed(settings(tmp_path, "[transcription]\nenabled = false\n"), DOMAINS)) == []


def test_a_tariff_for_nobody_is_a_mistake(tmp_path: Path) -> None:
    """A slip in a code would bill the manager by the usual tariff."""
    found = settings(tmp_path, "[billing.managers.M]\nper_call = 1\n")
    assert list(broken(found, DOMAINS)) == [], "managers may be imported later"
    with closing(open_database(found.paths.database, [infoline])) as db:
        db.execute("INSERT INTO managers (id, code, name) VALUES (1, 'N', 'Zarządca')")
        db.conn.commit()
        assert list(broken(found, DOMAINS)) == [
            f"{tmp_path / 'agent.toml'}:1: billing.managers.M: no manager has this code"
        ]
        db.execute("UPDATE managers SET code = 'M'")
        db.conn.commit()
    assert list(broken(found, DOMAINS)) == []


def test_numbers_that_key_9_must_not_call(tmp_path: Path) -> None:
    text = '[transfer]\nhosts = ["192.0.2.7"]\n[transcription]\nenabled = false\n'
    found = settings(tmp_path, TRUNK + text)
    with closing(open_database(found.paths.database, [infoline])) as db:
        db.execute("INSERT INTO managers (id, code, name) VALUES (1, 'M', 'Zarządca')")
        db.execute("INSERT INTO estates (manager_id, code, name) VALUES (1, 'E', 'Wspólnota')")
        edit_contract(db, "M", {"phone": "+48221112233", "softphone": "sip:biuro@192.0.2.7"})
        assert list(missed(found, DOMAINS)) == []
        edit_contract(db, "M", {"softphone": "sip:biuro@192.0.2.8"})
        edit_contract(db, "M", {"phone": "+442079460123"}, estate="E")
    assert list(broken(found, DOMAINS)) == []
    problems = [
        "manager M: softphone: 192.0.2.8 is not among transfer.hosts",
        "estate E of M: phone: +442079460123 does not begin as transfer.allow says",
    ]
    assert [one.partition("; ")[0] for one in missed(found, DOMAINS)] == problems
    told = list(check_of(DOMAINS)(Patient(found, tmp_path / "agent.toml")))
    assert [one.text.partition("; ")[0] for one in told] == problems
    assert {one.level for one in told} == {Level.WARNING}


def test_the_doctor_finds_domains_well(tmp_path: Path) -> None:
    patient = Patient(settings(tmp_path), tmp_path / "agent.toml")
    assert [one.level for one in check_of(DOMAINS)(patient)] == [Level.OK]


def test_the_sample_is_good(tmp_path: Path) -> None:
    """Who follows README imports it before ``sipagent check``; it has offices to call."""
    where = ["--config", str(tmp_path / "agent.toml")]
    settings(tmp_path)
    done = CliRunner().invoke(app, ["owners", "import", str(ROOT / "data/sample"), *where])
    assert done.exit_code == 0, done.output
    done = CliRunner().invoke(app, ["check", *where])
    assert done.exit_code == 0, done.output
    assert "note: manager BAJKA: phone: numbers need a [[trunk]]" in done.output


def test_check_tells_them(tmp_path: Path) -> None:
    settings(tmp_path, TRUNK + 'password_file = "gone"\n')
    done = CliRunner().invoke(app, ["check", "--config", str(tmp_path / "agent.toml")])
    assert done.exception
    assert "password_file" in done.output
