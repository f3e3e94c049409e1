"""Which trunk a call out takes, what its carrier is shown, and who helps whatever happens."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calls.carrier import Carrier, free_place, joined, number_in, trunk
from tests.calls.daemon import Daemon
from tests.calls.firm import at_work
from tests.calls.peer import Message
from tests.calls.softphone import Softphone
from tests.calls.test_calls_out import FIRM, MAIN

pytestmark = pytest.mark.line

FIRST, SECOND = free_place("127.0.0.9"), free_place("127.0.0.10")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line with two trunks, of which the second shows numbers in another way, for one call."""
    second = trunk(
        "second", SECOND, 'shows_number_in = ["from", "ppi", "rpid"]', 'prefers = ["+4860"]'
    )
    extra = f'number = "{MAIN}"\n{trunk("first", FIRST)}{second}'
    codecs = 'codecs = ["PCMA/8000", "PCMU/8000", "G722/16000", "opus/48000"]'
    folder = tmp_path_factory.mktemp("firm")
    with at_work(Daemon(folder, clips, extra=extra, max_calls=2, sip=codecs), FIRM) as line:
        yield line


def told(line: Daemon, call_id: str, kind: str) -> list[dict[str, object]]:
    """Return what the record of a call says of a kind, once it is over."""
    record = line.ended_call(call_id)
    return [event.details for event in line.timeline(record.id) if event.kind == kind]


def test_the_trunk_that_prefers_a_number_shows_it_in_its_own_way(firm: Daemon) -> None:
    with Carrier(firm.port, SECOND) as carrier, Softphone(firm.port, "101-1") as anna:
        anna.call("600900900")
        invite = carrier.rings()
        place = f"127.0.0.10:{SECOND[1]}"
        assert f"<sip:{MAIN}@127.0.0.10>" in invite.header("From")
        assert invite.header("P-Preferred-Identity") == f"<sip:{MAIN}@{place}>"
        assert invite.header("Remote-Party-ID").startswith(f"<sip:{MAIN}@{place}>;party=calling")
        assert not invite.header("P-Asserted-Identity")
        carrier.decline()
        anna.status(486)
    assert [one["trunk"] for one in told(firm, anna.call_id, "second-leg")] == ["second"]


def test_who_wishes_it_is_shown_to_nobody(firm: Daemon) -> None:
    with Carrier(firm.port, FIRST) as carrier, Softphone(firm.port, "101-1") as anna:
        anna.call("*31*221000999")
        invite = carrier.rings()
        assert invite.header("From").startswith('"Anonymous" <sip:anonymous@anonymous.invalid>')
        assert invite.header("Privacy") == "id"
        assert number_in(invite, "P-Asserted-Identity") == MAIN
        carrier.decline()
        anna.status(486)


@pytest.mark.parametrize("answer", ["503 Service Unavailable", "500 Server Internal Error"])
def test_a_carrier_that_fails_is_left_for_the_next(firm: Daemon, answer: str) -> None:
    with (
        Carrier(firm.port, FIRST) as first,
        Carrier(firm.port, SECOND) as second,
        Softphone(firm.port, "101-1") as anna,
    ):
        anna.call("221000999")
        first.refuses(answer)
        second.rings()
        second.answer_call()
        anna.status(200)
        joined(firm, anna.call_id)
        second.hang_up()
        anna.hung_up()
    assert [one["trunk"] for one in told(firm, anna.call_id, "second-leg")] == ["first", "second"]
    assert [one["trunk"] for one in told(firm, anna.call_id, "trunk-failed")] == ["first"]


def test_a_carrier_that_says_nothing_is_left_for_the_next(firm: Daemon) -> None:
    """It times out before ringing; no leg of it is left."""
    with (
        socket.socket(type=socket.SOCK_DGRAM) as silent,
        Carrier(firm.port, SECOND) as second,
        Softphone(firm.port, "101-1") as anna,
    ):
        silent.bind(FIRST)
        anna.call("221000999")
        second.rings()
        second.answer_call()
        anna.status(200)
        joined(firm, anna.call_id)
        second.hang_up()
        anna.hung_up()
    assert [one["trunk"] for one in told(firm, anna.call_id, "trunk-failed")] == ["first"]


def test_help_is_called_over_every_trunk_while_the_line_is_full(firm: Daemon) -> None:
    """An emergency number is never stopped by caps, rights or a full line."""
    with (
        Carrier(firm.port, FIRST) as first,
        Carrier(firm.port, SECOND) as second,
        Softphone(firm.port, "102-1") as jan,
        Softphone(firm.port, "101-1") as anna,
    ):
        jan.call("221000999")
        first.rings()
        first.answer_call()
        jan.status(200)
        anna.call("221000999")
        anna.status(503)
        anna.call("112")
        first.refuses("403 Forbidden")
        invite = second.rings()
        assert invite.text.startswith(f"INVITE sip:112@127.0.0.10:{SECOND[1]}")
        assert f"<sip:{MAIN}@127.0.0.10>" in invite.header("From")
        second.answer_call()
        anna.status(200)
        joined(firm, anna.call_id)
        second.hang_up()
        anna.hung_up()
    assert told(firm, anna.call_id, "reached")[0]["reach"] == "answered"


@pytest.mark.parametrize(
    ("phone", "carrier_takes", "used"),
    [("96 9 8", "9 8", "G722"), ("96 9 8", "96", "OPUS"), ("9 8", "8", "PCMA")],
)
def test_a_wide_codec_is_shared_as_well(
    firm: Daemon, phone: str, carrier_takes: str, used: str
) -> None:
    """A bridged call is not transcoded where both ends share a codec, G.722 and Opus included."""
    with Carrier(firm.port, FIRST) as carrier, Softphone(firm.port, "101-1") as anna:
        for one, codecs in ((anna, phone), (carrier, carrier_takes)):
            one.codecs = codecs
            one.about_codecs = "a=rtpmap:96 opus/48000/2\r\n" * ("96" in codecs)
        anna.call("221000999")
        invite = carrier.rings()
        mine = [one.upper() for one in re.findall(r"a=rtpmap:\d+ (\w+)/", invite.body)]
        assert set(mine) >= {"OPUS", "G722", "PCMA", "PCMU"}
        answer_as(carrier, invite)
        anna.status(200)
        joined(firm, anna.call_id)
        carrier.hang_up()
        anna.hung_up()
    [noted] = told(firm, anna.call_id, "codecs")
    assert (noted["caller"], noted["called"]) == (used, used)


def answer_as(carrier: Carrier, invite: Message) -> None:
    """Take a call with the payload type that the line has given to Opus (RFC 3264, section 6.1)."""
    given = re.search(r"a=rtpmap:(\d+) opus/", invite.body)
    assert given
    carrier.codecs = carrier.codecs.replace("96", given[1])
    carrier.about_codecs = carrier.about_codecs.replace("96", given[1])
    carrier.answer_call()
