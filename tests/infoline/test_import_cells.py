"""What people write into a cell: remarks, several numbers, nothing."""

import pytest
import sqlite_utils

from sipagent.errors import DataError
from sipagent.infoline.directory import Directory
from sipagent.infoline.transfer import cells
from sipagent.infoline.transfer.importing import import_files
from tests.infoline.import_helpers import OWNERS, Write, owner_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("600100101 (syn)", ["600100101"]),
        ("600 100 101 [praca, po 17]", ["600 100 101"]),
        ("600 100 101 - syn", ["600 100 101"]),
        ("600 100 101 – żona Anna", ["600 100 101"]),
        ("600 100 101 : żona", ["600 100 101"]),
        ("(22) 123 45 67", ["(22) 123 45 67"]),
        ("600 100 101 / 600 100 102", ["600 100 101", "600 100 102"]),
        ("600100101, 600100102;600100103\n600100104", [f"60010010{n}" for n in "1234"]),
        ("600 100 101/600 100 102", ["600 100 101", "600 100 102"]),
        ("22 100 02 00/01", ["22 100 02 00/01"]),
        ("(syn) 600100101, [praca] 221000200", ["600100101", "221000200"]),
        ("600 100 (stary) 101", ["600 100 (stary) 101"]),
        ("600100101 lub 600100102 (syn)", ["600100101", "600100102"]),
        ("600 100 syn", ["600 100 syn"]),
        ("600 100 101 - 2 syn", ["600 100 101 - 2 syn"]),
        ("22 123-45-67", ["22 123-45-67"]),
        ("brak", []),
        ("-", []),
        (" — ", []),
        ("Brak; 600100101; -", ["600100101"]),
        ("", []),
    ],
)
def test_members_of_a_cell(text: str, found: list[str]) -> None:
    assert cells.members(text) == found


def test_a_remark_that_nothing_parts_from_the_number_is_refused(
    sample: sqlite_utils.Database, write: Write
) -> None:
    path = write("o.csv", OWNERS + "BAJKA,KRASNALE,2000002,Jan,600 100 syn,\n")
    with pytest.raises(DataError, match="column phones: '600 100 syn'"):
        import_files(sample, [path])


def test_nothing_is_nothing_in_columns_that_may_be_empty(
    sample: sqlite_utils.Database, write: Write
) -> None:
    head = OWNERS.replace("\n", ",blocked\n")
    owners = write("o.csv", head + "BAJKA,KRASNALE,2000002,Jan,brak,-,-\n")
    premises = write("p.csv", "login,premises,premises_name,address\n2000002,K1,Lokal,-\n")
    charges = write("c.csv", "login,premises,charge,amount,valid_from\n2000002,K1,Gaz,5,brak\n")
    import_files(sample, [owners, premises, charges])
    owner = owner_of(sample, "2000002")
    (flat,) = Directory(sample).charges(owner.id)
    assert (owner.phones, owner.emails, owner.blocked) == ((), (), False)
    assert (flat.address, flat.items[0].valid_from) == ("", None)
