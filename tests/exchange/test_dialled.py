"""What is meant by what somebody dials on a phone of the house."""

import pytest

from sipagent.exchange.dialled import meant
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.model import Box, Exchange, Group, LineNumber, Outside, User
from sipagent.exchange.reading import Stored
from sipagent.exchange.values import Kind, Ref

pytestmark = pytest.mark.unit

THERE = Snapshot.of(
    Stored(
        Exchange(
            users=(User(name="Anna Nowak", number="101"),),
            groups=(Group(name="Biuro", number="200", members=("user:Anna Nowak",)),),
            outside=(Outside(name="Serwis", number="+48221000300", code="*022", confirm=False),),
            boxes=(Box(name="Skrzynka", owner="user:Anna Nowak", number="300"),),
            numbers=(LineNumber(number="+48221000200", leads_to="group:Biuro"),),
        )
    )
)


@pytest.mark.parametrize(
    ("dialled", "target"),
    [
        ("101", Ref(Kind.USER, "Anna Nowak")),
        ("200", Ref(Kind.GROUP, "Biuro")),
        ("300", Ref(Kind.BOX, "Skrzynka")),
        ("*022", Ref(Kind.OUTSIDE, "Serwis")),
        ("*022#", Ref(Kind.OUTSIDE, "Serwis")),
        ("221000300", "+48221000300"),
        ("+48600100200", "+48600100200"),
        ("0048600100200", "+48600100200"),
        ("+4930123456", "+4930123456"),
        # A call to a number of one's own stays in the house.
        ("221000200", Ref(Kind.GROUP, "Biuro")),
        ("+48221000200", Ref(Kind.GROUP, "Biuro")),
        ("112", "112"),
        ("999", "999"),
        # Phones that end a number with "#" may send it.
        ("112#", "112"),
        ("101#", Ref(Kind.USER, "Anna Nowak")),
        ("221000300#", "+48221000300"),
        ("101##", None),
        ("105", None),
        ("*023#", None),
        ("12345", None),
        ("", None),
        ("#", None),
    ],
)
def test_what_is_meant(dialled: str, target: Ref | str | None) -> None:
    assert meant(THERE, dialled, "PL") == target
