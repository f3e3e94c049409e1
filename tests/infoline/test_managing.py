"""Contracts of managers and estates: edited by staff, imported and exported."""

from pathlib import Path

import pytest
import sqlite_utils
from PIL import Image
from typer.testing import CliRunner

from sipagent.cli.main import app
from sipagent.errors import DataError
from sipagent.infoline.contract import readers
from sipagent.infoline.directory import CONTRACT, Directory
from sipagent.infoline.managing import edit_contract, office, offices
from sipagent.infoline.transfer.export import export_files
from sipagent.infoline.transfer.importing import import_files

pytestmark = pytest.mark.unit


def test_what_is_edited_counts_from_the_next_look_up(sample: sqlite_utils.Database) -> None:
    edit_contract(
        sample, "ZLOTY-KLUCZ", {"contact": "phone", "phone": "22 100 02 00", "email": "a@b.example"}
    )
    owner = Directory(sample).find("100001")
    assert owner is not None
    assert owner.manager.contract.phone == "+48221000200"
    assert owner.manager.contract.contact == "phone"
    assert owner.estate.contract.contact is None


def test_an_estate_is_edited_and_goes_back_to_its_manager(sample: sqlite_utils.Database) -> None:
    edit_contract(sample, "ZLOTY-KLUCZ", {"contact": "none"}, estate="WYMYSLONA")
    owner = Directory(sample).find("100001")
    assert owner is not None
    assert owner.estate.contract.contact == "none"
    edit_contract(sample, "ZLOTY-KLUCZ", {"contact": ""}, estate="WYMYSLONA")
    assert office(sample, "ZLOTY-KLUCZ").estates[1].contract.contact is None


@pytest.mark.parametrize(
    ("code", "estate", "changes", "wrong"),
    [
        (
            "ZLOTY",
            None,
            {"contact": "none"},
            "no manager has the code 'ZLOTY'; there is ZLOTY-KLUCZ",
        ),
        ("BAJKA", "SMOK", {"contact": "none"}, "no estate has the code 'SMOK'; there is SMOCZA"),
        ("BAJKA", None, {"contact": "fax"}, "contact: 'fax' is no contact option"),
        ("BAJKA", None, {"hours": "pon 8-16"}, "hours: 'pon' in 'pon 8-16' is no day"),
        ("BAJKA", None, {"phone": "1"}, "phone: "),
        ("BAJKA", None, {"phone": "22 100 XX XX"}, "phone: '22 100 XX XX' has letters"),
        ("BAJKA", None, {"softphone": "biuro@x"}, "softphone: 'biuro@x' is neither a SIP address"),
        ("BAJKA", None, {"email": "biuro"}, "email: 'biuro' is not an e-mail address"),
        ("BAJKA", None, {"bank_account": "1" * 26}, "bank_account: .* check digits do not fit"),
        ("BAJKA", None, {"payment_day": "32"}, "payment_day: '32' is no day of a month"),
    ],
)
def test_mistakes_change_nothing(
    sample: sqlite_utils.Database,
    code: str,
    estate: str | None,
    changes: dict[str, str],
    wrong: str,
) -> None:
    before = offices(sample)
    with pytest.raises(DataError, match=wrong):
        edit_contract(sample, code, {"outside_hours": "none", **changes}, estate=estate)
    assert offices(sample) == before


def test_every_setting_of_a_contract_has_its_reader() -> None:
    assert tuple(readers("PL")) == CONTRACT


def test_contracts_go_out_and_come_back(sample: sqlite_utils.Database, tmp_path: Path) -> None:
    logo = _picture(tmp_path / "logo.png")
    edit_contract(sample, "BAJKA", {"logo": str(logo), "hours": "mon 08:00-09:00"})
    before = offices(sample)
    for target in (tmp_path / "csv", tmp_path / "all.json"):
        files = export_files(sample, target)
        sample.execute("UPDATE managers SET contact = NULL, logo = NULL, hours = NULL")
        sample.execute("UPDATE estates SET softphone = NULL")
        sample.conn.commit()
        assert offices(sample) != before
        import_files(sample, files)
        assert offices(sample) == before


def test_a_logo_is_found_from_any_directory(
    sample: sqlite_utils.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logo = _picture(tmp_path / "logo.png")
    monkeypatch.chdir(tmp_path)
    assert edit_contract(sample, "BAJKA", {"logo": "logo.png"}).manager.logo == str(logo)
    assert edit_contract(sample, "BAJKA", {"logo": ""}).manager.logo is None


@pytest.mark.parametrize("name", ["gone.png", "words.png", "."])
def test_a_logo_has_to_be_a_picture(
    sample: sqlite_utils.Database, tmp_path: Path, name: str
) -> None:
    (tmp_path / "words.png").write_text("words", "utf-8")
    with pytest.raises(DataError, match=r"logo: .* is no PNG or JPEG file that can be read"):
        edit_contract(sample, "BAJKA", {"logo": str(tmp_path / name)})


def _picture(path: Path) -> Path:
    Image.new("RGB", (30, 10), "red").save(path)
    return path


def test_a_file_without_the_columns_keeps_what_is_stored(
    sample: sqlite_utils.Database, tmp_path: Path
) -> None:
    before = offices(sample)
    file = tmp_path / "managers.csv"
    file.write_text("manager,manager_name\nBAJKA,Administracja Domów Bajka\n", "utf-8")
    import_files(sample, [file])
    assert offices(sample) == before


def test_a_wrong_cell_is_named_with_its_place(db: sqlite_utils.Database, tmp_path: Path) -> None:
    file = tmp_path / "managers.csv"
    file.write_text("manager,manager_name,contact\nA,Firma,fax\n", "utf-8")
    with pytest.raises(
        DataError, match=r"managers\.csv:2: column contact: 'fax' is no contact option"
    ):
        import_files(db, [file])


def test_the_commands(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    config.write_text('[paths]\ndatabase = "line.db"\n', "utf-8")
    sample = Path(__file__).parents[2] / "data" / "sample"
    run = CliRunner()

    def ask(*words: str) -> str:
        done = run.invoke(app, [*words, "--config", str(config)])
        assert done.exit_code == 0, done.exception
        return done.output

    ask("owners", "import", str(sample))
    assert "BAJKA" in ask("managers", "list")
    assert '"contact": "phone"' in ask("managers", "list", "--json")
    shown = ask("managers", "edit", "BAJKA", "--contact", "none", "--estate", "KRASNALE")
    assert "key 9 now: none" in shown
    assert ask("managers", "show", "BAJKA") == shown
    empty = tmp_path / "managers.csv"
    empty.write_text("manager,manager_name,contact,phone\nNEW,Firma,phone,221000200\n", "utf-8")
    ask("owners", "import", str(empty))
    assert "key 9 now: phone +48221000200" in ask("managers", "show", "NEW")
    with pytest.raises(DataError, match="nothing to change"):
        run.invoke(
            app, ["managers", "edit", "BAJKA", "--config", str(config)], catch_exceptions=False
        )
