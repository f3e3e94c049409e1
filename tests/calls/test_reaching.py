"""Forwarding, do-not-disturb, picking up and dead phones, with phones on a real line."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sipagent.exchange.model import Exchange, Group, Phone, User
from sipagent.exchange.reaching.schema import reaching
from sipagent.exchange.reaching.silence import silent
from sipagent.exchange.schema import exchange
from sipagent.exchange.softphone import hashes
from sipagent.store.database import open_database
from tests.calls.daemon import Daemon, until
from tests.calls.firm import at_work
from tests.calls.softphone import Softphone, both_talk, strength

pytestmark = pytest.mark.line

PASSWORD = "tajne"
PEOPLE = {"101-1": "Anna Nowak", "102-1": "Jan Kowal", "103-1": "Ewa Lis", "104-1": "Ola Maj"}
FIRM = Exchange(
    users=tuple(
        User(name=name, number=account[:3], role="administrator", language="pl")
        for account, name in sorted(PEOPLE.items(), key=lambda one: one[1])
    ),
    phones=tuple(
        Phone(account=account, user=name, **hashes(account, PASSWORD, "sipagent"))
        for account, name in sorted(PEOPLE.items())
    ),
    groups=(
        Group(
            name="Biuro",
            number="200",
            order="in-turn",
            seconds=20,
            members=("user:Anna Nowak", "user:Jan Kowal"),
        ),
        Group(
            name="Wszyscy", number="201", members=tuple(f"user:{one}" for one in PEOPLE.values())
        ),
    ),
)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line with the firm on it, for all tests of the module."""
    daemon = Daemon(tmp_path_factory.mktemp("firm"), clips)
    with at_work(daemon, FIRM):
        yield daemon


def dials(phone: Softphone, code: str) -> str:
    """Dial a code, hear it out, and return the Call-ID."""
    phone.call(code.replace("#", "%23"))
    phone.status(200)
    phone.hung_up()
    return phone.call_id


def words(line: Daemon, call_id: str) -> list[str]:
    """Return the keys of what was said in a call that is over."""
    events = line.timeline(line.ended_call(call_id, 60).id)
    return [str(event.details["key"]) for event in events if event.kind == "prompt"]


def test_a_forward_by_code_is_told_counts_and_survives_a_restart(firm: Daemon) -> None:
    with Softphone(firm.port, "101-1") as anna:
        code = dials(anna, "*21*102#")
        firm.says(code, "reaching.always-on")
    with Softphone(firm.port, "102-1") as jan, Softphone(firm.port, "103-1") as ewa:
        ewa.call("101")
        assert '"Ewa Lis" <sip:103@' in jan.rings().header("From"), "the called sees the caller"
        jan.decline()
        ewa.status(486)
    firm.stop()
    firm.start()
    with Softphone(firm.port, "101-1") as anna, Softphone(firm.port, "102-1") as jan:
        firm.says(dials(anna, "*#21#"), "reaching.always-on")
        dials(anna, "#21#")
        jan.call("101")
        anna.rings()
        anna.decline()
        jan.status(486)


def test_do_not_disturb_by_code_and_by_command(firm: Daemon) -> None:
    with Softphone(firm.port, "101-1") as anna, Softphone(firm.port, "102-1") as jan:
        firm.says(dials(anna, "*26#"), "reaching.dnd-on")
        jan.call("101")
        jan.status(486)
        assert "do not disturb: off" in firm.run("reaching", "dnd", "101", "--off")
        assert words(firm, dials(anna, "*#26#")) == ["reaching.dnd-off"]


def test_a_colleague_picks_the_call_up_and_the_two_hear_each_other(firm: Daemon) -> None:
    with (
        Softphone(firm.port, "101-1", 400) as anna,
        Softphone(firm.port, "102-1") as jan,
        Softphone(firm.port, "103-1", 900) as ewa,
    ):
        anna.call("102")
        jan.rings()
        ewa.call("*8")
        ewa.status(200)
        cancel = jan.cancelled()
        assert cancel.header("Reason") == 'SIP;cause=200;text="Call completed elsewhere"'
        anna.status(200)
        heard = both_talk(anna, ewa)
        assert strength(heard[0], 900) > 0.6, "Anna hears Ewa"
        assert strength(heard[1], 400) > 0.6, "Ewa hears Anna"
        anna.leave()
        ewa.hung_up()
        record = firm.ended_call(anna.call_id, 60)
    assert [leg.party for leg in firm.legs(record)][1:] == ["Jan Kowal <102>", "Ewa Lis <103>"]
    kinds = {event.kind: event.details for event in firm.timeline(record.id)}
    assert kinds["handed-over"]["how"] == "pick-up"


def test_two_pick_up_one_call(firm: Daemon) -> None:
    """Two pick up one call: one gets it, the other a sentence."""
    with (
        Softphone(firm.port, "101-1") as anna,
        Softphone(firm.port, "102-1") as jan,
        Softphone(firm.port, "103-1") as ewa,
        Softphone(firm.port, "104-1") as ola,
    ):
        anna.call("102")
        jan.rings()
        ewa.call("*8102")
        ola.call("*8102")
        for phone in (ewa, ola):
            phone.status(200)
        anna.status(200)
        calls = {phone: firm.call_of(phone.call_id) for phone in (ewa, ola)}

        def winners() -> list[Softphone]:
            found = {phone: firm.timeline(call.id) for phone, call in calls.items()}
            return [phone for phone in found if any(e.kind == "picked-up" for e in found[phone])]

        (winner,) = until(winners, bool)
        late = ola if winner is ewa else ewa
        late.hung_up()
        assert winners() == [winner]
        said = [str(e.details["key"]) for e in firm.timeline(calls[late].id) if e.kind == "prompt"]
        assert said[0] in {"exchange.taken", "reaching.nothing-rings"}
        anna.leave()


def test_a_dead_phone_costs_two_seconds(firm: Daemon) -> None:
    """A dead phone costs 2 s, not 32; three misses pause it and tell somebody."""
    with (
        Softphone(firm.port, "101-1") as dead,
        Softphone(firm.port, "102-1") as jan,
        Softphone(firm.port, "103-1") as ewa,
    ):
        rung = []
        for _ in range(4):
            ewa.call("200")
            jan.rings()  # a member of the group has 20 s
            jan.decline()
            ewa.status(486)
            events = firm.timeline(firm.ended_call(ewa.call_id).id)
            rung.append(sum(event.kind == "second-leg" for event in events))
        assert rung == [2, 2, 2, 1], "then it is not rung any more"
        firm.event("a phone is registered and does not answer", account=dead.user)
        with closing(open_database(firm.database, [exchange, reaching])) as db:
            told = until(lambda: silent(db), bool)
        assert [(account, name) for account, name, _ in told] == [("101-1", "Anna Nowak")]
