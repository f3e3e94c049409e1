"""``sipagent owners`` as an operator uses it."""

import json
import re
import stat
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlite_utils
import time_machine
from typer.testing import CliRunner, Result

from sipagent.cli.owners import app
from sipagent.config import LoginSection
from sipagent.errors import ConfigError, DataError, SetupError
from sipagent.infoline.directory import Directory
from sipagent.infoline.login import Login, Verdict
from sipagent.infoline.schema import infoline
from sipagent.store.data import Single
from sipagent.store.database import open_database
from tests.infoline.snapshot import snapshot

pytestmark = pytest.mark.unit

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


class Operator:
    """Types commands in a directory with an agent.toml."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.config = place / "agent.toml"
        self.config.write_text('[paths]\ndatabase = "line.db"\n')

    def types(self, *words: str) -> Result:
        """Run a command; what it raises on purpose comes out."""
        result = CliRunner().invoke(
            app, [*words, "--config", str(self.config)], env={"COLUMNS": "200"}
        )
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def database(self) -> sqlite_utils.Database:
        return open_database(self.place / "line.db", [infoline])


@pytest.fixture
def empty(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


@pytest.fixture
def operator(empty: Operator) -> Operator:
    empty.types("import", str(SAMPLE))
    return empty


def test_import_says_what_it_did(empty: Operator) -> None:
    dry = empty.types("import", str(SAMPLE), "--dry-run").output
    assert "dry run" in dry
    assert snapshot(empty.database()) == [[]] * 8
    told = empty.types("import", str(SAMPLE)).output
    assert "dry run" not in told
    rows = [line.replace("│", " ").split() for line in told.splitlines()]
    assert ["owners", "15", "15", "0"] in rows


def test_a_dry_run_shows_what_would_change(operator: Operator) -> None:
    accounts = operator.place / "a.csv"
    accounts.write_text(
        "login,account,account_name,balance,balance_date\n100001,EKSPL,Eksploatacja,7,2026-09-30\n"
    )
    told = operator.types("import", str(accounts), "--dry-run").output
    assert (
        "changed accounts 100001 / EKSPL: balance '125.40' → '7.00', "
        "balance_date '2026-08-31' → '2026-09-30'"
    ) in told
    assert "removed accounts 100001 / REMONT: account_name 'Fundusz remontowy'" in told
    whole = operator.place / "changes.csv"
    shown = operator.types("import", str(SAMPLE), "--dry-run", "--changes", str(whole))
    assert "more" not in shown.output  # the sample is there already
    accounts.write_text(
        "login,account,account_name,balance,balance_date\n"
        + "".join(f"100001,{n},Konto,{n},2026-09-30\n" for n in range(50))
    )
    shown = operator.types("import", str(accounts), "--changes", str(whole), "--dry-run")
    assert "and 12 more; --changes FILE.csv writes all of them" in shown.output
    assert stat.S_IMODE(whole.stat().st_mode) == 0o600
    assert len(whole.read_text("utf-8-sig").splitlines()) == 1 + 52 * 3
    with pytest.raises(DataError, match="cannot be written"):
        operator.types("import", str(accounts), "--changes", str(operator.config / "x.csv"))


def test_bad_rows_are_left_out_when_asked(operator: Operator) -> None:
    bad = operator.place / "bad.csv"
    bad.write_text("login,premises,premises_name\n100001,M4,Mieszkanie\nx,M5,Mieszkanie\n")
    report = operator.place / "out" / "report.csv"
    told = operator.types("import", str(bad), "--skip-bad", str(report)).output
    assert f"1 row left out: see {report}" in told
    assert "'x' is not a login" in report.read_text("utf-8-sig")
    told = operator.types("import", str(SAMPLE), "--skip-bad", str(report)).output
    assert "no row was left out" in told


def test_the_examples_of_the_manual_work(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files of docs/owners.md, imported by the commands that stand under them."""
    monkeypatch.chdir(operator.place)
    manual = (SAMPLE.parents[1] / "docs" / "owners.md").read_text("utf-8")
    files = re.findall(r"^`([\w.]+)`:\n\n((?:    .*\n|\n)+)", manual, re.MULTILINE)
    assert [name for name, _ in files] == ["columns.toml", "lokatorzy.csv", "salda.csv"]
    for name, block in files:
        text = textwrap.dedent(block.partition("    sipagent ")[0])
        (operator.place / name).write_text(text.rstrip() + "\n", "utf-8")
    commands = re.findall(r"^    sipagent owners (import lokatorzy.*)$", manual, re.MULTILINE)
    before = snapshot(operator.database())
    dry = operator.types(*commands[0].split()).output
    assert "changed owners 100001: phones '+48600100101' → " in dry
    assert snapshot(operator.database()) == before
    assert "2 rows left out: see zle.csv" in operator.types(*commands[1].split()).output
    report = (operator.place / "zle.csv").read_text("utf-8-sig")
    assert "600 100 1O3" in report
    assert "Razem" in report
    directory = Directory(operator.database())
    owner, moved = directory.find("100001"), directory.find("100002")
    assert owner is not None
    assert moved is not None
    assert owner.phones == ("+48221000200", "+48600100101", "+48600100120")
    assert [account.balance_grosze for account in directory.accounts(owner.id)] == [-125000]
    assert (moved.estate.code, moved.phones) == ("FIKCYJNA", ("+48600100102",))


def test_a_bad_file_ends_with_status_4(operator: Operator) -> None:
    before = snapshot(operator.database())
    bad = operator.place / "bad.csv"
    bad.write_text("login,account,account_name,balance,balance_date\n1,,,,\n")
    with pytest.raises(DataError, match="nothing was imported: 5 mistakes") as caught:
        operator.types("import", str(bad), str(SAMPLE))
    assert caught.value.exit_status == 4
    assert snapshot(operator.database()) == before


def test_show_tells_everything(operator: Operator) -> None:
    shown = operator.types("show", "100001").output
    for part in ("Anna Przykładowa", "+48600100101", "-340,15 zł", "125,40 zł", "Garaż numer 2"):
        assert part in shown
    assert "nobody can log in" in operator.types("show", "20000007").output
    assert "owners are shut out" in operator.types("show", "2000001").output


@pytest.mark.parametrize("login", ["999999", "x", "ł", "\udcff"])
def test_an_unknown_login_is_told(operator: Operator, login: str) -> None:
    with pytest.raises(DataError, match="no owner has the login"):
        operator.types("show", login)


def test_an_operator_adds_a_number_to_try_the_line(operator: Operator) -> None:
    """Row 1.10: the steps of docs/owners.md."""
    own = ("600100199", "me@example.org")
    operator.types("edit", "20000007", "--add-phone", own[0], "--add-email", own[1])
    owner = Directory(operator.database()).find("20000007")
    assert owner is not None
    assert owner.phones == ("+48600100199",)
    assert owner.emails == ("olga.beztelefonu@example.org", "me@example.org")
    operator.types("edit", "20000007", "--remove-phone", own[0], "--remove-email", own[1])
    owner = Directory(operator.database()).find("20000007")
    assert owner is not None
    assert (owner.phones, owner.emails) == ((), ("olga.beztelefonu@example.org",))


def test_edit_changes_what_it_is_told(operator: Operator) -> None:
    operator.types("edit", "100001", "--block", "--name", "Anna Nowa", "--no-web-access")
    owner = Directory(operator.database()).find("100001")
    assert owner is not None
    assert (owner.name, owner.blocked, owner.web_access) == ("Anna Nowa", True, False)
    operator.types("edit", "100001", "--unblock", "--web-access", "--add-phone", "600100101")
    owner = Directory(operator.database()).find("100001")
    assert owner is not None
    assert (owner.blocked, owner.web_access, owner.phones) == (False, True, ("+48600100101",))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--add-phone", "6001"), "is not a number that exists"),
        (("--add-email", "me"), "is not an e-mail address"),
        (("--name", " "), "is empty"),
        (("--remove-phone", "600100199"), "is not on the owner's record, which has .48600100101"),
        (("--remove-email", "a@b.pl"), "is not on the owner's record"),
    ],
)
def test_a_wrong_edit_changes_nothing(
    operator: Operator, words: tuple[str, ...], sentence: str
) -> None:
    before = snapshot(operator.database())
    with pytest.raises(DataError, match=sentence):
        operator.types("edit", "100001", "--block", "--add-phone", "600100198", *words)
    assert snapshot(operator.database()) == before


def test_remove_asks_first(operator: Operator) -> None:
    result = CliRunner().invoke(
        app, ["remove", "100001", "--config", str(operator.config)], input="n\n"
    )
    assert result.exit_code == 1
    assert Directory(operator.database()).find("100001")
    operator.types("remove", "100001", "--yes")
    assert Directory(operator.database()).find("100001") is None


@pytest.mark.parametrize("target", ["out", "deep/out.json", "deep/out.xlsx"])
def test_export_can_be_imported_elsewhere(
    operator: Operator, tmp_path_factory: pytest.TempPathFactory, target: str
) -> None:
    told = operator.types("export", str(operator.place / target)).output.split()
    files = [Path(line) for line in told]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    other = Operator(tmp_path_factory.mktemp("other"))
    other.types("import", *map(str, files))
    assert snapshot(other.database()) == snapshot(operator.database())


def test_export_overwrites_only_when_told(operator: Operator) -> None:
    target = str(operator.place / "all.json")
    operator.types("export", target)
    with pytest.raises(DataError, match="--force"):
        operator.types("export", target)
    operator.types("export", target, "--force")


def test_export_of_one_manager(operator: Operator) -> None:
    target = operator.place / "one.json"
    operator.types("export", str(target), "--manager", "BAJKA")
    document = json.loads(target.read_text("utf-8"))
    assert [manager["code"] for manager in document["managers"]] == ["BAJKA"]
    operator.types("export", str(operator.place / "one"), "--manager", "BAJKA")
    logins = (operator.place / "one" / "accounts.csv").read_text("utf-8").splitlines()[1:]
    assert all(line.startswith("2") for line in logins)
    with pytest.raises(DataError, match="no manager has the code 'X'"):
        operator.types("export", str(operator.place / "x"), "--manager", "X")


def test_export_to_an_impossible_place(operator: Operator) -> None:
    (operator.place / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        operator.types("export", str(operator.place / "file" / "out"))


def test_faults_of_the_machine_are_explained(empty: Operator) -> None:
    (empty.place / "line.db").mkdir()
    with pytest.raises(SetupError, match="cannot be opened"):
        empty.types("show", "100001")
    empty.config.unlink()
    with pytest.raises(ConfigError, match="no such file"):
        empty.types("show", "100001")


def test_owners_are_found(operator: Operator) -> None:
    assert "100002" in operator.types("find", "zalegly").output
    assert "100002" not in operator.types("find", "nikt").output


@time_machine.travel(datetime(2026, 9, 1, 12, tzinfo=UTC), tick=False)
def test_a_number_calls_as_an_owner_until_midnight(operator: Operator) -> None:
    told = operator.types("try", "20000007", "600 100 199").output
    assert "+48600100199 may call as Olga Beztelefonu" in told
    db = operator.database()
    login = Login(Single(db), LoginSection())
    now = datetime.now(UTC)
    assert login.check("20000007", "+48600100199", now=now).verdict is Verdict.ACCEPTED
    operator.types("try", "20000007", "600 100 199", "--end")
    assert login.check("20000007", "+48600100199", now=now).verdict is Verdict.REFUSED
    with pytest.raises(DataError):
        operator.types("try", "20000007", "12")
