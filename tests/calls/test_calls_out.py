"""Phones call out over a trunk: what the carrier sees, what it costs, and who is cut off."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sipagent.exchange.model import Exchange, Phone, Tariff, User
from sipagent.exchange.softphone import hashes
from tests.calls.carrier import Carrier, free_place, number_in, trunk
from tests.calls.daemon import Daemon
from tests.calls.firm import at_work
from tests.calls.softphone import Softphone

pytestmark = pytest.mark.line

PASSWORD, MAIN, OWN, MOBILE = "tajne", "+48221000200", "+48221000201", "+48600900900"
#: 6 zlotys a minute: 10 grosze a second.
DEAR = Tariff(prefix="+4860", name="Poland, mobile", per_minute=600, connection=10)
PEOPLE = {
    "101-1": User(name="Anna Nowak", number="101"),
    "102-1": User(name="Jan Kowal", number="102", shown=OWN, daily_amount=80),
}
FIRM = Exchange(
    users=tuple(PEOPLE.values()),
    phones=tuple(
        Phone(account=account, user=user.name, **hashes(account, PASSWORD, "sipagent"))
        for account, user in PEOPLE.items()
    ),
    tariffs=(DEAR,),
)
PLACE = free_place("127.0.0.9")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line with the firm on it, and a trunk, for all tests of the module."""
    extra = f'number = "{MAIN}"\n{trunk("carrier", PLACE)}'
    daemon = Daemon(tmp_path_factory.mktemp("firm"), clips, extra=extra)
    with at_work(daemon, FIRM):
        yield daemon


def test_the_carrier_sees_what_was_dialled_and_the_main_number(firm: Daemon) -> None:
    with Carrier(firm.port, PLACE) as carrier, Softphone(firm.port, "101-1") as anna:
        anna.call("600900900")
        invite = carrier.rings()
        assert invite.text.startswith(f"INVITE sip:{MOBILE}@127.0.0.9:{PLACE[1]} SIP/2.0")
        assert number_in(invite, "To") == MOBILE
        assert number_in(invite, "From") == "48221000200"
        assert number_in(invite, "P-Asserted-Identity") == MAIN
        anna.status(180)
        carrier.answer_call()
        anna.status(200)
        began = time.monotonic()
        time.sleep(1.2)
        carrier.hang_up()
        talked = time.monotonic() - began
        anna.hung_up()
        record = firm.ended_call(anna.call_id)
    leg = firm.legs(record)[1]
    assert (leg.party, leg.vat) == (MOBILE, 23)
    assert leg.cost is not None
    assert 10 + 600 / 60 <= leg.cost <= 10 + 10 * (talked + 2)
    assert record.cost == leg.cost


def test_a_call_that_reaches_a_limit_is_cut_off_and_the_next_one_hears_why(firm: Daemon) -> None:
    """A call that reaches the cap gets a spoken warning, and ends; the next one is refused."""
    with Carrier(firm.port, PLACE) as carrier, Softphone(firm.port, "102-1") as jan:
        jan.call("600900900")
        assert number_in(carrier.rings(), "P-Asserted-Identity") == OWN
        carrier.answer_call()
        jan.status(200)
        firm.says(jan.call_id, "limit.soon")
        carrier.hung_up(30)
        jan.hung_up()
        record = firm.ended_call(jan.call_id)
        assert record.cost is not None
        assert 70 <= record.cost <= 100, "ten for the connection, and about seven seconds"
        assert [e for e in firm.timeline(record.id) if e.kind == "limit"]
        jan.call("600900900")
        jan.status(200, 30)
        firm.says(jan.call_id, "limit.amount")
        jan.hung_up(30)
        carrier.quiet(0.5)
        refused = firm.ended_call(jan.call_id)
    assert [leg.party for leg in firm.legs(refused)][1:] == []
