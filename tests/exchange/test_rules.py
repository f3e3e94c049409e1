"""Whether entries fit together; most rules are shown where they refuse something (test_editing)."""

import pytest

from sipagent.exchange.model import Announcement, Box, Exchange, LineNumber, Outside, Phone, User
from sipagent.exchange.rules import Mistake, mistakes, users_of
from tests.exchange.exchanges import firm

pytestmark = pytest.mark.unit


def told(**entries: tuple[object, ...]) -> list[Mistake]:
    return list(mistakes(firm().model_copy(update=entries)))


def test_a_firm_fits() -> None:
    assert told() == []


def test_a_name_of_one_letter_is_there_once() -> None:
    wrong = told(
        users=(*firm().users, User(name="A", number="1001"), User(name="A", number="1002"))
    )
    (one,) = wrong
    assert (one.keys, one.sentence) == (("users", 3, "name"), "there is a user A already")


def test_an_account_is_there_once_however_its_letters_are_written() -> None:
    wrong = told(announcements=(announcement("Zamknięte"), announcement("ZAMKNIĘTE")))
    assert wrong[0].keys == ("announcements", 1, "name")


def test_a_short_code_and_an_internal_number_are_of_one_namespace() -> None:
    boxes = (Box(name="B", owner="group:Biuro", number="101"),)
    outside = tuple(
        Outside.model_validate({"name": name, "number": "600100102", "code": "*022"})
        for name in "XY"
    )
    assert [one.sentence for one in told(boxes=boxes, outside=outside)] == [
        "101 is the number of both user Anna Nowak and box B",
        "*022 is the number of both outside number X and outside number Y",
    ]


def test_half_a_password_is_none() -> None:
    phones = (Phone(account="x-1", user="Anna Nowak", md5="0" * 32),)
    assert "belong together" in told(phones=phones)[0].sentence


def test_an_account_name_belongs_to_one_phone() -> None:
    phone = firm().phones[0]
    assert told(phones=(phone, phone))[0].keys == ("phones", 1, "account")


def test_a_number_of_the_exchange_is_not_outside() -> None:
    numbers = (LineNumber(number="+48600100101", leads_to="group:Biuro"),)
    assert [one.keys for one in told(numbers=numbers)] == [("users", 1, "mobile")]


def test_who_is_named_by_whom() -> None:
    boxes = (Box(name="B", owner="group:Biuro", greetings={"busy": "Zajęte", "closed": "Zajęte"}),)
    there = firm().model_copy(update={"boxes": boxes, "announcements": (announcement("Zajęte"),)})
    assert users_of(there, "users", "Anna Nowak") == [("groups", "Biuro")], "phones do not count"
    assert users_of(there, "groups", "Biuro") == [("boxes", "B"), ("numbers", "+48221000200")]
    assert users_of(there, "announcements", "Zajęte") == [("boxes", "B")]
    assert users_of(Exchange(), "users", "Anna Nowak") == []


def announcement(name: str) -> Announcement:
    return Announcement(name=name, text={"pl": "Słowa."})
