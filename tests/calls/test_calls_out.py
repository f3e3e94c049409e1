"""Phones call out over a trunk: what the carrier sees, what it costs, and who is cut off."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from sipagent.exchange.model import Exchange, Phone, Tariff, User
from sipagent.exchange.softphone import hashes
from tests.calls.carrier import Carrier, free_place, joined, number_in, trunk
from tests.calls.daemon import Daemon
from tests.calls.firm import at_work
from tests.calls.peer import Message
from tests.calls.softphone import Softphone
from tests.phone_tones import coded, decoded

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
        carrier.hung_up()
        jan.hung_up()
        record = firm.ended_call(jan.call_id)
        assert record.cost is not None
        assert 70 <= record.cost <= 100, "ten for the connection, and about seven seconds"
        assert [e for e in firm.timeline(record.id) if e.kind == "limit"]
        jan.call("600900900")
        jan.status(200)
        firm.says(jan.call_id, "limit.amount")
        jan.hung_up()
        carrier.quiet(0.5)
        refused = firm.ended_call(jan.call_id)
    assert [leg.party for leg in firm.legs(refused)][1:] == []


@pytest.mark.parametrize(
    ("phone", "carrier_takes", "used"),
    [("8 0", "0 8", "PCMU"), ("0 8", "0 8", "PCMU"), ("8 0", "0", "PCMU"), ("0 8", "8", "PCMA")],
)
def test_both_legs_have_the_codec_that_both_share(
    firm: Daemon, phone: str, carrier_takes: str, used: str
) -> None:
    """A bridged call is not transcoded where both ends share a codec."""
    with Carrier(firm.port, PLACE) as carrier, Softphone(firm.port, "101-1") as anna:
        anna.codecs, carrier.codecs = phone, carrier_takes
        anna.call("221000999")
        invite = carrier.rings()
        assert types_of(invite)[:2] == phone.split(), "the phone's own come first"
        carrier.answer_call()
        answer = anna.status(200)
        [kind] = [one for one in types_of(answer) if one in ("0", "8")]
        assert kind == {"PCMA": "8", "PCMU": "0"}[used]
        joined(firm, anna.call_id)
        carrier.hang_up()
        anna.hung_up()
        record = firm.ended_call(anna.call_id)
    [codecs] = [e.details for e in firm.timeline(record.id) if e.kind == "codecs"]
    assert (codecs["caller"], codecs["called"], codecs["transcoded"]) == (used, used, False)


def test_a_call_is_transcoded_where_they_share_none(firm: Daemon) -> None:
    with Carrier(firm.port, PLACE) as carrier, Softphone(firm.port, "101-1") as anna:
        anna.codecs, carrier.codecs = "8", "0"
        anna.call("221000999")
        carrier.rings()
        carrier.answer_call()
        anna.status(200)
        joined(firm, anna.call_id)
        carrier.hang_up()
        anna.hung_up()
        record = firm.ended_call(anna.call_id)
    [codecs] = [e.details for e in firm.timeline(record.id) if e.kind == "codecs"]
    assert (codecs["caller"], codecs["called"], codecs["transcoded"]) == ("PCMA", "PCMU", True)


def types_of(message: Message) -> list[str]:
    """Return the payload types of the audio in a message."""
    found = re.search(r"^m=audio \d+ \S+ (.*?)\r$", message.body, re.MULTILINE)
    assert found, message.text
    return found[1].split()


def test_audio_of_a_shared_codec_arrives_as_it_was_sent(firm: Daemon) -> None:
    """A bridged call is not transcoded where both ends share a codec: sample by sample."""
    noise = np.random.default_rng(7).normal(0, 3000, 3 * 8000)
    with Carrier(firm.port, PLACE) as carrier, Softphone(firm.port, "101-1") as anna:
        anna.call("221000999")
        carrier.rings()
        carrier.answer_call()
        anna.status(200)
        with ThreadPoolExecutor() as both:
            sending = both.submit(anna.play, noise)
            heard = both.submit(carrier.play, np.zeros(4 * 8000)).result()
            sending.result()
        carrier.hang_up()
        anna.hung_up()
    sent, came = decoded(coded(noise), "A"), heard.tobytes()
    # Whatever a busy machine loses, it is not a piece of each tenth of a second.
    pieces = [sent[at : at + 800].tobytes() for at in range(4000, len(sent), 800)]
    assert any(piece in came for piece in pieces)


def test_what_was_used_is_known_after_a_crash(tmp_path: Path, clips: Path) -> None:
    """Caps are counted over restarts."""
    place = free_place("127.0.0.11")
    extra = f'number = "{MAIN}"\n{trunk("carrier", place)}'
    with at_work(Daemon(tmp_path, clips, extra=extra), FIRM) as line:
        with Carrier(line.port, place) as carrier, Softphone(line.port, "102-1") as jan:
            jan.call("600900900")
            carrier.rings()
            carrier.answer_call()
            jan.status(200)
            carrier.hung_up()
            jan.hung_up()
            line.ended_call(jan.call_id)
        line.kill()
        line.start()
        with Carrier(line.port, place) as carrier, Softphone(line.port, "102-1") as jan:
            jan.call("600900900")
            jan.status(200)
            line.says(jan.call_id, "limit.amount")
            carrier.quiet(0.5)
