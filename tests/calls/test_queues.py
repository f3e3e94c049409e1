"""Queues on a real line: callers wait with music, members are rung, and log in by code."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sipagent.exchange.model import Exchange, LineNumber, Phone, User
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.queues.schema import queues
from sipagent.exchange.softphone import hashes
from sipagent.store.database import open_database
from tests.calls.daemon import Daemon, until
from tests.calls.firm import at_work
from tests.calls.softphone import Softphone, both_talk, strength

pytestmark = pytest.mark.line

PEOPLE = {"101-1": "Anna Nowak", "102-1": "Jan Kowal", "103-1": "Ewa Lis"}
FIRM = Exchange(
    users=tuple(User(name=name, number=account[:3]) for account, name in sorted(PEOPLE.items())),
    phones=tuple(
        Phone(account=account, user=name, **hashes(account, "tajne", "sipagent"))
        for account, name in sorted(PEOPLE.items())
    ),
    queues=(
        Queue(
            name="Serwis",
            number="1000",
            strategy="all",
            members=("user:Anna Nowak", "user:Ewa Lis"),
            announce=2,
            wrap_up=1,
        ),
    ),
    numbers=(LineNumber(number="+48221000200", leads_to="queue:Serwis"),),
)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line with the firm on it, for all tests of the module."""
    with at_work(Daemon(tmp_path_factory.mktemp("firm"), clips), FIRM) as daemon:
        yield daemon


def rows(line: Daemon, sql: str) -> list[tuple[Any, ...]]:
    """Return what the journal says."""
    with closing(open_database(line.database, [queues])) as db:
        return db.execute(sql).fetchall()


def test_a_caller_waits_with_music_and_is_joined_with_who_answers(firm: Daemon) -> None:
    with (
        Softphone(firm.port, "101-1", 400) as anna,
        Softphone(firm.port, "102-1", 900) as jan,
        Softphone(firm.port, "103-1") as ewa,
    ):
        jan.call("1000")
        jan.status(200)
        anna.rings()
        invite = ewa.rings()
        assert '"Jan Kowal" <sip:102@' in invite.header("From")
        firm.says(jan.call_id, "tone.music")
        firm.says(jan.call_id, "queue.place")
        anna.answer_call()
        cancel = ewa.cancelled()
        assert cancel.header("Reason") == 'SIP;cause=200;text="Call completed elsewhere"'
        record = firm.call_of(jan.call_id)
        firm.event("timeline", kind="joined", call_id=record.id)
        jan.talk(0.5)  # what has come of the music
        heard = both_talk(anna, jan)
        assert strength(heard[0], 900) > 0.6, "Anna hears Jan"
        assert strength(heard[1], 400) > 0.6, "Jan hears Anna"
        anna.hang_up()
        jan.hung_up()
        firm.ended_call(jan.call_id)
    journal = "SELECT outcome, member, number FROM queue_calls WHERE wrapped IS NOT NULL"
    (call,) = until(lambda: rows(firm, journal), bool)
    assert call == ("answered", "user:Anna Nowak", "102")
    offers = "SELECT member, outcome FROM queue_offers ORDER BY member"
    expected = [("user:Anna Nowak", "answered"), ("user:Ewa Lis", "elsewhere")]
    until(lambda: rows(firm, offers), expected.__eq__)
    states = "SELECT group_concat(state) FROM queue_states WHERE member = 'user:Anna Nowak'"
    until(lambda: rows(firm, states), [("in,ring,talk,wrap,ready",)].__eq__)


def test_members_log_out_by_code_and_nobody_waits_for_nobody(firm: Daemon) -> None:
    with (
        Softphone(firm.port, "101-1") as anna,
        Softphone(firm.port, "102-1") as jan,
        Softphone(firm.port, "103-1") as ewa,
    ):
        for phone in (anna, ewa):
            dialled(firm, phone, "1000*2", "queue.logged-out")
        jan.call("1000")
        jan.status(480)
        dialled(firm, ewa, "1000*1", "queue.logged-in")
        jan.call("1000")
        jan.status(200)
        ewa.rings()
        jan.leave()
        ewa.cancelled()
    journal = "SELECT outcome FROM queue_calls WHERE outcome IN ('abandoned', 'nobody') ORDER BY id"
    until(lambda: rows(firm, journal), lambda found: found == [("nobody",), ("abandoned",)])


def dialled(line: Daemon, phone: Softphone, code: str, words: str) -> None:
    """Dial a code, and hear what comes of it."""
    phone.call(code)
    phone.status(200)
    line.says(phone.call_id, words)
    phone.hung_up()
