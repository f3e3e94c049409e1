"""What key 9 does inside and outside of office hours."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from sipagent.infoline.contact import Contact, ContactPlan, plan_of
from sipagent.infoline.model import Contract, Owner
from tests.infoline.owner_talk import OWNER

pytestmark = pytest.mark.unit

WARSAW = ZoneInfo("Europe/Warsaw")
OFFICE = "mon-fri 08:00-12:00,13:00-16:00; sat 09:00-12:00"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


OPEN, CLOSED = at("2026-11-23T10:00"), at("2026-11-23T20:00")


def plan(
    moment: datetime, manager: dict[str, str], estate: dict[str, str] | None = None
) -> ContactPlan:
    owner: Owner = replace(
        OWNER,
        manager=replace(OWNER.manager, contract=Contract(**manager)),
        estate=replace(OWNER.estate, contract=Contract(**(estate or {}))),
    )
    return plan_of(owner, moment, WARSAW)


PHONE = {"contact": "phone", "phone": "+48221000200", "hours": OFFICE, "email": "a@example.org"}


def test_inside_and_outside_the_hours() -> None:
    assert plan(OPEN, PHONE) == ContactPlan(Contact.PHONE, "+48221000200", "a@example.org", True)
    assert plan(CLOSED, PHONE) == ContactPlan(Contact.TRANSCRIPTION, "", "a@example.org", False)
    nobody = PHONE | {"outside_hours": "none"}
    assert plan(CLOSED, nobody).option is Contact.NONE
    soft = PHONE | {"outside_hours": "softphone", "softphone": "sip:a@192.0.2.7"}
    assert plan(CLOSED, soft).target == "sip:a@192.0.2.7"


def test_no_contract_is_no_contact_at_any_hour() -> None:
    assert plan(OPEN, {}).option is Contact.NONE
    assert plan(CLOSED, {"hours": OFFICE, "outside_hours": "transcription"}).option is Contact.NONE


@pytest.mark.parametrize("lacking", ["phone", "softphone"])
def test_an_option_without_its_target_gives_way_to_dictation(lacking: str) -> None:
    assert plan(OPEN, {"contact": lacking}).option is Contact.TRANSCRIPTION


def test_an_estate_may_differ() -> None:
    assert plan(OPEN, PHONE, {"contact": "none"}).option is Contact.NONE
    assert plan(OPEN, PHONE, {"phone": "+48221000300"}).target == "+48221000300"
    assert plan(CLOSED, PHONE, {"hours": "mon 19:00-21:00"}).option is Contact.PHONE
    assert plan(OPEN, PHONE, {"email": "dom@example.org"}).email == "dom@example.org"
