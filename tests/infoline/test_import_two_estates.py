"""One person with flats in two estates."""

import pytest
import sqlite_utils

from sipagent.errors import DataError
from sipagent.infoline.directory import Directory
from sipagent.infoline.transfer.importing import import_files
from tests.infoline.import_helpers import ACCOUNTS, OWNERS, Write, balances, owner_of

pytestmark = pytest.mark.unit


def test_a_person_with_flats_in_two_estates_has_a_login_in_each(
    sample: sqlite_utils.Database, write: Write
) -> None:
    path = write(
        "o.csv",
        OWNERS
        + "ZLOTY-KLUCZ,WYMYSLONA,700001,Jan Podwójny,600100150,jan@example.org\n"
        + "BAJKA,KRASNALE,700002,Jan Podwójny,600100150,jan@example.org\n",
    )
    import_files(sample, [path])
    first, second = owner_of(sample, "700001"), owner_of(sample, "700002")
    assert (first.estate.code, second.estate.code) == ("WYMYSLONA", "KRASNALE")
    assert first.phones == second.phones == ("+48600100150",)


def test_one_login_may_have_premises_and_accounts_of_two_estates(
    sample: sqlite_utils.Database, write: Write
) -> None:
    premises = write(
        "p.csv",
        "login,premises,premises_name,address\n"
        "100001,W4,Mieszkanie 4 w Wymyślonej,ul. Wymyślona 7 m. 4\n"
        "100001,F9,Mieszkanie 9 w Fikcyjnej,ul. Fikcyjna 12 m. 9\n",
    )
    accounts = write(
        "a.csv",
        ACCOUNTS + "100001,W,Wymyślona,1,2026-09-30\n" + "100001,F,Fikcyjna,-2,2026-09-30\n",
    )
    import_files(sample, [premises, accounts])
    assert balances(sample, "100001") == {"W": 100, "F": -200}
    places = Directory(sample).charges(owner_of(sample, "100001").id)
    assert [place.code for place in places] == ["W4", "F9"]


def test_one_login_in_two_estates_is_refused_with_advice(
    sample: sqlite_utils.Database, write: Write
) -> None:
    path = write(
        "o.csv",
        OWNERS
        + "ZLOTY-KLUCZ,WYMYSLONA,700001,Jan,600100150,\n"
        + "ZLOTY-KLUCZ,FIKCYJNA,700001,Jan,600100150,\n",
    )
    with pytest.raises(DataError, match="a person with flats in two estates has a login in each"):
        import_files(sample, [path])
