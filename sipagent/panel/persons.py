"""All that the house keeps of persons: the one list of it; and people of the panel among them."""

from collections.abc import Iterable

import sqlite_utils

from sipagent.billing.persons import BILLS
from sipagent.config import Config
from sipagent.domains import composed
from sipagent.messages.persons import letters
from sipagent.panel.permissions import Role
from sipagent.persons.holding import Holding, Table
from sipagent.persons.person import Person
from sipagent.records.persons import CALLS


def holdings(config: Config) -> list[Holding]:
    """Return what every room keeps, in the order in which it is erased.

    Records come last: rooms find by them what belongs to a call.
    """
    return [*composed().holdings(config), PEOPLE, letters(config.paths), BILLS, CALLS]


def _knows(db: sqlite_utils.Database, person: Person) -> Person:
    rows = db.conn.execute(
        "SELECT panel_people.name, lower(email) FROM panel_people "
        "LEFT JOIN parties ON parties.id = coalesce(user_id, self_id) "
        "WHERE parties.name IN (SELECT value FROM json_each(:users)) "
        "OR lower(email) IN (SELECT value FROM json_each(:emails))",
        person.values,
    ).fetchall()
    return Person.of(people=[name for name, _ in rows], emails=[email for _, email in rows])


def _hinders(db: sqlite_utils.Database, person: Person) -> Iterable[str]:
    """Yield who is the last administrator: nobody could let anybody in any more."""
    rows = db.execute("SELECT name FROM panel_people WHERE role = ?", [Role.ADMINISTRATOR])
    there = {name for (name,) in rows.fetchall()}
    if there and there <= person.people:
        names = ", ".join(sorted(there))
        yield f"{names}: no administrator of the panel would be left; add another one first"


_SECRETS = frozenset({"password", "totp", "totp_used"})

PEOPLE = Holding(
    "panel",
    {"pl": "Osoba w panelu", "en": "Person of the panel"},
    [
        Table(
            "panel_sessions",
            "person_id IN (SELECT id FROM panel_people WHERE name IN {people})",
            hides=frozenset({"id"}),
        ),
        Table("panel_people", "name IN {people}", hides=_SECRETS),
        Table(
            "owner_sessions",
            "owner_id IN (SELECT id FROM owners WHERE login IN {logins})",
            hides=frozenset({"id"}),
        ),
        Table("panel_deeds", "person IN {people}", {"person": "'(erased)'", "address": "''"}),
        Table("panel_deeds", "about IN {logins}", {"about": "''"}),
        Table("panel_phone_links", "by IN {people}", {"by": "'(erased)'"}),
        Table("exchange_changes", "by IN {people}", {"by": "'(erased)'"}),
        Table("scenario_versions", "person IN {people}", {"person": "'(erased)'"}),
        Table("recording_uses", "who IN {people}", {"who": "'(erased)'"}),
    ],
    knows=_knows,
    hinders=_hinders,
)
