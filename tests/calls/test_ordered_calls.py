"""Calls that are ordered, on a real line: the person is called first, and then the other side."""

import json
import secrets
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from sipagent.access.pins import HASHER
from sipagent.exchange.model import Authorised, LineNumber
from sipagent.exchange.ordered.orders import Order, Orders
from sipagent.exchange.ordered.schema import ordered
from sipagent.records.history import CallRow
from sipagent.store.database import open_database
from sipagent.texts.webhook import signed
from tests.calls.carrier import Carrier, free_place, number_in, trunk
from tests.calls.daemon import Daemon, until
from tests.calls.firm import at_work
from tests.calls.peer import Message, Peer
from tests.calls.softphone import Softphone, both_talk, strength
from tests.calls.test_calls_out import FIRM, MAIN, MOBILE
from tests.patience import PATIENCE
from tests.texts.gateway import FakeGateway, serving

pytestmark = pytest.mark.line

PLACE, PIN, CHOSEN = free_place("127.0.0.9"), "270318", "+48221000209"
SECRET = "tajne"
TEXTS = """
[texts]
url = "{url}"
[texts.webhook]
enabled = true
port = 0
password_file = "{secret}"
"""
THERE = FIRM.model_copy(
    update={
        "authorised": (
            Authorised(number=MOBILE, user="Jan Kowal", shown=CHOSEN, pin=HASHER.hash(PIN)),
        ),
        "numbers": (LineNumber(number=MAIN, leads_to="scenario:ordering"),),
        "users": tuple(one.model_copy(update={"daily_amount": None}) for one in FIRM.users),
    }
)


@pytest.fixture(scope="module")
def gateway() -> Iterator[FakeGateway]:
    """Where the line's texts go."""
    with serving(FakeGateway()) as there:
        yield there


@pytest.fixture(scope="module")
def firm(
    tmp_path_factory: pytest.TempPathFactory, clips: Path, gateway: FakeGateway
) -> Iterator[Daemon]:
    """A line whose main number takes orders, and texts, for all tests of the module."""
    addresses = f'addresses = ["{PLACE[0]}/32"]'
    folder = tmp_path_factory.mktemp("firm")
    (folder / "secret").write_text(f"{SECRET}\n", "utf-8")
    texts = TEXTS.format(url=gateway.url, secret=folder / "secret")
    extra = f'number = "{MAIN}"\n{trunk("carrier", PLACE, addresses)}\n{texts}'
    with at_work(Daemon(folder, clips, extra=extra), THERE) as line:
        yield line


def last_order(line: Daemon) -> Order:
    """Return the latest order, once it is over."""

    def look() -> list[Order]:
        with closing(open_database(line.database, [ordered])) as db:
            return Orders(db).listed(1)

    return until(look, lambda found: bool(found) and found[0].ended is not None)[0]


def record_of(line: Daemon) -> CallRow:
    """Return the record of the latest ordered call."""
    return next(call for call in line.calls() if call.scenario == "ordered-call")


def both_joined(line: Daemon) -> None:
    """Return once both have taken the call."""

    def joined() -> int:
        return [one.kind for one in line.timeline(record_of(line).id)].count("joined")

    until(joined, lambda found: found == 2)


def test_who_calls_in_is_called_back_and_joined_to_the_other_side(firm: Daemon) -> None:
    with Carrier(firm.port, PLACE) as carrier, Softphone(firm.port, "101-1", 400) as anna:
        with Peer(firm.port, MOBILE, called=MAIN, host=PLACE[0]) as caller:
            assert caller.call().status == 200
            caller.press(f"{PIN}#101#1")
            firm.says(caller.call_id, "order.ordered")
            caller.hang_up()
        invite = carrier.rings()
        assert number_in(invite, "To") == MOBILE
        assert number_in(invite, "P-Asserted-Identity") == MAIN
        carrier.answer_call()
        carrier.hears()
        carrier.strike("1")
        assert '"Jan Kowal" <sip:102@' in anna.rings().header("From")
        anna.answer_call()
        both_joined(firm)
        heard = both_talk(carrier, anna)
        # What the person was told before has waited to be heard.
        assert strength(heard[0][-8000:], 400) > 0.6, "the person hears the other side"
        assert strength(heard[1], 900) > 0.6, "the other side hears the person"
        anna.hang_up()
        carrier.hung_up()
        assert last_order(firm).outcome == "answered"
    record = record_of(firm)
    assert record.labels["user"] == "Jan Kowal"
    parties = [leg.party for leg in firm.legs(record)]
    assert parties[1:] == [f"Jan Kowal <{MOBILE}>", "Anna Nowak <101>"]


def test_an_operator_has_two_called(firm: Daemon) -> None:
    with Carrier(firm.port, PLACE) as carrier, Softphone(firm.port, "101-1") as anna:
        with ThreadPoolExecutor() as beside:  # the phone answers while the command still ends
            ordering = beside.submit(firm.run, "call", "101", MOBILE, "--shown", CHOSEN)
            anna.rings()
            assert ordering.result().startswith("Order ")
        anna.answer_call()
        invite = carrier.rings()
        assert number_in(invite, "P-Asserted-Identity") == CHOSEN
        carrier.answer_call()
        both_joined(firm)
        carrier.hang_up()
        anna.hung_up()
    order = last_order(firm)
    assert order.talked
    assert "they have talked" in firm.run("orders", "show", str(order.id))


def brought(line: Daemon, key: str, body: str) -> int:
    """Bring a text as a gateway does; return the code of the answer."""
    told = json.dumps({"id": key, "from": MOBILE, "to": MAIN, "text": body}).encode()
    at = str(int(time.time()))
    heads = {"X-Timestamp": at, "X-Signature": signed(SECRET.encode(), at, told)}
    port = line.event("texts served")["port"]
    request = urllib.request.Request(f"http://127.0.0.1:{port}/texts", told, heads)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return int(answer.status)


def test_a_text_that_comes_twice_makes_one_call_and_is_answered(
    firm: Daemon, gateway: FakeGateway
) -> None:
    """The same text-message webhook twice makes one call; without the PIN it makes none."""
    with Carrier(firm.port, PLACE) as carrier:
        assert brought(firm, "sms-1", "000000 600700700") == 202
        codes = [brought(firm, "sms-2", f"{PIN} 101") for _ in range(2)]
        assert codes == [202, 200]
        assert number_in(carrier.rings(), "To") == MOBILE
        carrier.decline()
        assert last_order(firm).outcome == "absent"
        words = [json.loads(one.body)["text"] for one in gateway.wait_for(3)[-3:]]
    assert [one.partition(".")[0] for one in words] == [
        "PIN jest nieprawidłowy",
        "Zamówienie przyjęte",
        "Dzwoniliśmy, aby połączyć z numerem Anna Nowak, ale nikt nie odebrał",
    ]


def write(phone: Softphone, to: str, words: str, *proof: str) -> Message:
    """Have a phone send a text; return the answer."""
    phone.dialled, phone.call_id = to, secrets.token_hex(8)
    phone.name = f"<sip:{phone.user}@127.0.0.1>"
    head = phone.request("MESSAGE", *proof, "Content-Type: text/plain", to=to)
    body = words.encode()
    phone.send(head.replace(b"Content-Length: 0", f"Content-Length: {len(body)}".encode()) + body)
    return phone._message(lambda one: one.method == "MESSAGE" and one.status, 10)


def test_phones_write_to_each_other_and_a_trunk_brings_orders(firm: Daemon) -> None:
    with (
        Carrier(firm.port, PLACE) as carrier,
        Softphone(firm.port, "101-1") as anna,
        Softphone(firm.port, "102-1") as jan,
    ):
        asked = write(anna, "102", "Zażółć")
        assert asked.status == 401
        anna.take(asked)
        assert write(anna, "102", "Zażółć", *anna.proof("MESSAGE")).status == 202
        text = jan._message(lambda one: one.text.startswith("MESSAGE "), 10)
        assert text.body == "Zażółć"
        assert '"Anna Nowak" <sip:101@' in text.header("From")
        jan.respond(text, "200 OK")
        with Peer(firm.port, MOBILE, called=MAIN, host=PLACE[0]) as sender:
            sender.send("MESSAGE", f"{PIN} 101", extra=("Content-Type: text/plain",))
            assert sender.response("MESSAGE").status == 202
        assert number_in(carrier.rings(), "To") == MOBILE
        carrier.decline()
        assert last_order(firm).outcome == "absent"
