"""An import tells field by field what it would change."""

import csv
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.infoline.transfer.changes import Change, write_changes
from sipagent.infoline.transfer.importing import import_files
from tests.infoline.import_helpers import ACCOUNTS, OWNERS, Write
from tests.infoline.snapshot import snapshot

pytestmark = pytest.mark.unit


def test_changes_are_told_field_by_field(
    sample: sqlite_utils.Database, write: Write, tmp_path: Path
) -> None:
    owners = write("o.csv", OWNERS + "ZLOTY-KLUCZ,FIKCYJNA,100001,Anna Nowa,600100101;600100199,\n")
    accounts = write("a.csv", ACCOUNTS + "100001,EKSPL,Eksploatacja,-12,2026-09-30\n")
    before = snapshot(sample)
    done = import_files(sample, [owners, accounts], dry_run=True, with_changes=True)
    assert snapshot(sample) == before
    assert done.changes == [
        Change(
            "changed",
            "owners",
            "100001",
            {
                "estate": ("WYMYSLONA", "FIKCYJNA"),
                "owner_name": ("Anna Przykładowa", "Anna Nowa"),
                "phones": ("+48600100101", "+48600100101;+48600100199"),
                "emails": ("anna.przykladowa@example.org", ""),
            },
        ),
        Change(
            "changed",
            "accounts",
            "100001 / EKSPL",
            {"balance": ("125.40", "-12.00"), "balance_date": ("2026-08-31", "2026-09-30")},
        ),
        Change(
            "removed",
            "accounts",
            "100001 / REMONT",
            {
                "account_name": ("Fundusz remontowy", ""),
                "balance": ("-340.15", ""),
                "balance_date": ("2026-08-31", ""),
            },
        ),
    ]
    write_changes(tmp_path / "changes.csv", done.changes)
    with (tmp_path / "changes.csv").open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream, delimiter=";"))
    assert lines[0] == ["change", "kind", "row", "field", "before", "after"]
    assert ["changed", "accounts", "100001 / EKSPL", "balance", "125.40", "-12.00"] in lines


def test_charges_of_one_name_are_told_apart(sample: sqlite_utils.Database, write: Write) -> None:
    rows = "100007,M7,Korekta,1\n100007,M7,Korekta,1\n100007,M7,Korekta,2\n"
    head = "login,premises,charge,amount\n"
    import_files(sample, [write("c.csv", head + rows)])
    fewer = write("c.csv", head + rows.replace("100007,M7,Korekta,1\n", "", 1))
    done = import_files(sample, [fewer], with_changes=True)
    assert [(one.what, one.row, one.fields["amount"]) for one in done.changes] == [
        ("removed", "100007 / M7 / Korekta", ("1.00", ""))
    ]
