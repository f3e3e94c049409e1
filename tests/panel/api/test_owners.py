"""Owners: the import all or nothing and once, reading, changing; and whose owners they are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sipagent.panel.api.scopes import Scope
from tests.panel.api.asking import Program, deeds
from tests.panel.browsing import opened

pytestmark = pytest.mark.unit

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOTH = (Scope.OWNERS_READ, Scope.OWNERS_WRITE)


def document(balance: str = "-5,02", manager: str = "BAJKA", login: str = "2000002") -> Any:
    """Return an owner of a manager with a balance and a charge, as the import takes it."""
    charge = {"name": "Zaliczka", "amount": "210.00", "valid_from": "2026-07-01"}
    owner = {
        "login": login, "name": "Jan Dwutelefonowy", "phones": ["600100110", "600100111"],
        "emails": ["jan@example.org"], "blocked": False, "web_access": True,
        "accounts": [
            {"code": "EKSPL", "name": "Eksploatacja", "balance": balance,
             "balance_date": "2026-08-31"}
        ],
        "premises": [{"code": "K1", "name": "Mieszkanie 1", "address": "", "charges": [charge]}],
    }  # fmt: skip
    estate = {"code": "KRASNALE", "name": "Osiedle", "owner_access": True, "owners": [owner]}
    return {"managers": [{"code": manager, "name": manager, "estates": [estate]}]}


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """A program that holds the data."""
    with opened(tmp_path) as panel:
        yield Program(panel, *BOTH, name="bookkeeping")


def test_an_import_is_taken_and_repeating_it_changes_nothing(program: Program) -> None:
    first = program("POST", "/imports", json=document())
    assert first.status_code == 200, first.text
    told = {one["kind"]: one["written"] for one in first.json()["counts"]}
    assert told["owners"] == told["accounts"] == told["charges"] == 1
    again = program("POST", "/imports", json=document()).json()
    assert not any(one["written"] or one["removed"] for one in again["counts"])
    owner = program.get("/owners/2000002")
    assert owner["accounts"][0]["balance"] == "-5.02"
    assert owner["phones"] == ["+48600100110", "+48600100111"]
    assert ("token bookkeeping", "api POST", "/imports") in deeds(program.panel)


def test_all_mistakes_are_told_and_nothing_is_taken(program: Program) -> None:
    wrong = document(balance="pięć")
    wrong["managers"][0]["estates"][0]["owners"][0]["phones"] = ["6001OO110"]
    answer = program("POST", "/imports", json=wrong)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["detail"] == "nothing was imported: 2 mistakes"
    assert len(problem["mistakes"]) == 2
    assert problem["mistakes"][0].startswith("import.json:1: managers[0].estates[0].owners[0].")
    assert program.get("/owners")["items"] == []


def test_a_dry_run_tells_what_would_change_and_changes_nothing(program: Program) -> None:
    program("POST", "/imports", json=document())
    answer = program(
        "POST", "/imports", json=document("7.00"), params={"dry_run": True, "changes": True}
    ).json()
    assert answer["changes"] == [
        {"what": "changed", "kind": "accounts", "row": "2000002 / EKSPL",
         "fields": {"balance": ["-5.02", "7.00"]}}
    ]  # fmt: skip
    assert program.get("/owners/2000002")["accounts"][0]["balance"] == "-5.02"


def test_balances_alone_come_as_a_table_and_wrong_rows_are_left_out(program: Program) -> None:
    program("POST", "/imports", json=document())
    rows = (
        "login,account,account_name,balance,balance_date\n"
        '2000002,EKSPL,Eksploatacja,"12,50",2026-09-30\n'
        "2000003,EKSPL,Eksploatacja,1,2026-09-30\n"
    )
    headers = {"content-type": "text/csv"}
    whole = program("POST", "/imports", content=rows.encode(), headers=headers)
    assert whole.status_code == 422
    assert whole.json()["mistakes"] == [
        "import.csv:3: column login: no owner has the login '2000003'"
    ]
    some = program(
        "POST", "/imports", content=rows.encode(), headers=headers, params={"skip_bad": True}
    ).json()
    assert some["left_out"][0]["place"] == "3"
    assert program.get("/owners/2000002")["accounts"][0]["balance"] == "12.50"


def test_a_request_under_a_key_is_served_once(program: Program) -> None:
    headers = {"idempotency-key": "night-1"}
    change = {"add_phones": ["600100199"]}
    program("POST", "/imports", json=document())

    def changed(key: str, **fields: Any) -> Any:
        return program("PATCH", "/owners/2000002", json=fields, headers={"idempotency-key": key})

    first = changed("a", **change)
    program("PATCH", "/owners/2000002", json={"remove_phones": ["600100199"]})
    again = changed("a", **change)
    assert again.json() == first.json()
    assert "+48600100199" not in program.get("/owners/2000002")["phones"]
    assert changed("a", name="Ktoś").json()["code"] == "key-used"
    refused = changed("b", remove_phones=["600100199"])
    assert refused.status_code == 422
    changed("c", **change)
    assert changed("b", remove_phones=["600100199"]).status_code == 200  # it was not done before
    assert program("POST", "/imports", json=document(), headers=headers).status_code == 200


def test_what_a_stopped_panel_has_begun_is_known_to_be_unknown(program: Program) -> None:
    program("POST", "/imports", json=document())
    program("PATCH", "/owners/2000002", json={"name": "Nowe"}, headers={"idempotency-key": "a"})
    program.panel.store.blocking.write(
        lambda db: db.execute("UPDATE api_answers SET status = NULL, process = 'before'")
    )
    answer = program(
        "PATCH", "/owners/2000002", json={"name": "Nowe"}, headers={"idempotency-key": "a"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "unknown")


def test_the_export_is_what_the_import_takes(program: Program) -> None:
    program("POST", "/imports", json=document())
    exported = program("GET", "/export").json()
    again = program("POST", "/imports", json=exported).json()
    assert not any(one["written"] or one["removed"] for one in again["counts"])


def test_owners_come_page_by_page(program: Program) -> None:
    for number in range(5):
        program("POST", "/imports", json=document(login=f"200000{number}"))
    seen, after = [], ""
    while after is not None:
        page = program.get("/owners", limit=2, after=after)
        seen += [one["login"] for one in page["items"]]
        after = page["next"]
    assert seen == [f"200000{number}" for number in range(5)]


def test_a_token_for_one_manager_sees_and_changes_no_other_ones_owners(program: Program) -> None:
    program("POST", "/imports", json=document())
    program("POST", "/imports", json=document(manager="INNY", login="3000003"))
    other = Program(program.panel, *BOTH, name="other", manager="INNY")
    assert [one["login"] for one in other.get("/owners")["items"]] == ["3000003"]
    assert [one["code"] for one in other.get("/export")["managers"]] == ["INNY"]
    for method, more in (("GET", {}), ("PATCH", {"json": {"blocked": True}})):
        assert other(method, "/owners/2000002", **more).status_code == 404
    theirs = other("POST", "/imports", json=document())
    assert theirs.status_code == 422
    assert "is not the one whose owners may be imported here" in theirs.json()["mistakes"][0]
    rows = (
        "login,account,account_name,balance,balance_date\n"
        "2000002,EKSPL,Eksploatacja,99,2026-09-30\n"
    )
    table = other("POST", "/imports", content=rows, headers={"content-type": "text/csv"})
    assert "belongs to an owner of another manager" in table.json()["mistakes"][0]
    assert program.get("/owners/2000002")["accounts"][0]["balance"] == "-5.02"
    assert other("POST", "/imports", json=document(manager="INNY", login="3000003")).is_success


@pytest.mark.parametrize(
    ("body", "type", "status"),
    [
        (b"{", "application/json", 422),
        (b"login\n", "text/plain", 415),
        (b"PK\x03\x04 no workbook", XLSX, 422),
        (b"\xff\xfe\x00", "text/csv", 422),
        (b"", "application/json", 422),
    ],
)  # fmt: skip
def test_a_body_that_lies_is_refused(program: Program, body: bytes, type: str, status: int) -> None:
    answer = program("POST", "/imports", content=body, headers={"content-type": type})
    assert answer.status_code == status, answer.text
    assert str(program.panel.config.paths.database.parent) not in answer.text
