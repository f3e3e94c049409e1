"""Who may register and call, without a network: challenges, lock-outs, and whose account it is."""

import pytest

from sipagent.config import LoginSection, SipSection
from sipagent.sip.authority import Authority
from sipagent.sip.digest import response
from sipagent.sip.gate import Reason
from sipagent.sip.headers import Message
from sipagent.sip.notifications import Notifications
from sipagent.sip.notifier import Notifier
from sipagent.sip.registrations import Dark
from sipagent.sip.requests import PASS, SILENCE, Answer, Request
from sipagent.telephony.accounts import Account, Binding
from sipagent.telephony.lamps import Watch

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("pjsip")]

ANNA = Account.of("101-1", "tajne", realm="sipagent", extension="101", shown="Anna Nowak")
NOBODY = Account.of("999-9", "tajne", realm="sipagent", extension="999")
OFFICE, INTERNET, TRUNK = "10.0.0.7:5060", "203.0.113.9:5060", "198.51.100.1:5060"


class World:
    """Everything around an authority; it keeps nothing."""

    def find(self, account: str) -> Account | None:
        return ANNA if account == ANNA.name else None

    def put(self, binding: Binding) -> None:
        """Keep nothing."""

    def drop(self, account: str, contact: str) -> None:
        """Keep nothing."""

    def hold(self, connection: int) -> None:
        """Keep nothing."""

    def release(self, connection: int) -> None:
        """Keep nothing."""


class Kept:
    """Subscriptions that are not kept."""

    def put(self, watch: Watch) -> None:
        """Keep nothing."""

    def drop(self, tag: str) -> None:
        """Keep nothing."""


def notifier(world: World) -> Notifier:
    """Return one that is never asked for anything."""
    return Notifier(
        Dark(), Kept(), Notifications(), world, lambda work: None, lambda source, transport: ""
    )


class Side:
    """An authority, and who asks it."""

    def __init__(self, **settings: object) -> None:
        world = World()
        #: Which accounts have registered.
        self.registered: list[str] = []
        self.authority = Authority(
            SipSection.model_validate(settings),
            LoginSection(failures=3),
            world,
            lambda source, users: source == TRUNK,
            world,
            world,
            notifier(world),
            self.registered.append,
            self._texted,
        )
        self.sent = 0
        #: The texts that were let in.
        self.texts: list[Request] = []

    def _texted(self, request: Request) -> Answer:
        self.texts.append(request)
        return Answer(202)

    def ask(
        self,
        method: str,
        *fields: str,
        source: str = OFFICE,
        user: str = "101-1",
        to: str = "",
        again: bool = False,
    ) -> Answer:
        """Send a request; ``again``: the last one once more."""
        self.sent += not again
        head = [
            f"{method} sip:sipagent SIP/2.0",
            f"Via: SIP/2.0/UDP {source};branch=z9hG4bK{self.sent}",
            f"From: <sip:{user}@sipagent>;tag=a",
            f"To: <sip:{to or user}@sipagent>",
            "Call-ID: one",
            f"CSeq: {self.sent} {method}",
            *fields,
        ]
        text = "\r\n".join(head) + "\r\n\r\n"
        self.text = text
        return self.authority.decide(Request(text, Message(text), method, source, "udp"))

    def proof(self, answer: Answer, method: str, account: Account = ANNA, **changed: str) -> str:
        """Return the Authorization for a challenge."""
        nonce = str(dict(answer.fields)["WWW-Authenticate"]).partition('nonce="')[2][:56]
        given = {
            "username": account.name,
            "realm": "sipagent",
            "nonce": nonce,
            "uri": "sip:sipagent",
            "qop": "auth",
            "nc": "00000001",
            "cnonce": "c",
        } | changed
        given = {"response": response(account, "md5", method, given)} | given
        quoted = [f'{name}="{value}"' for name, value in given.items() if name not in ("qop", "nc")]
        return f"Authorization: Digest {', '.join(quoted)}, qop={given['qop']}, nc={given['nc']}"

    def proved(self, method: str, *fields: str, source: str = OFFICE, **words: str) -> Answer:
        """Ask with the right password."""
        proof = self.proof(self.ask("REGISTER", source=source), method)
        return self.ask(method, *fields, proof, source=source, **words)  # type: ignore[arg-type]

    def fail(self, account: Account = ANNA, source: str = OFFICE) -> Answer:
        """Ask with a wrong password, unless no challenge comes at all."""
        challenged = self.ask("REGISTER", source=source)
        if challenged.code != 401:
            return challenged
        return self.ask(
            "REGISTER",
            self.proof(challenged, "REGISTER", account, response="0" * 32),
            source=source,
        )


def shape(answer: Answer) -> object:
    """Return what can be told from an answer, besides its nonce."""
    return answer.code, [(name, value.count("stale")) for name, value in answer.fields]


def test_it_asks_for_the_password_and_takes_it() -> None:
    side = Side()
    assert side.ask("REGISTER").code == 401
    assert side.proved("REGISTER", "Contact: <sip:a@h>").code == 200
    assert [one.contact for one in side.authority.registrar.bindings("101-1")] == ["sip:a@h"]


def test_nobody_learns_which_accounts_there_are() -> None:
    """Unknown user and wrong password look alike, to the lock-out and beyond."""
    known, unknown = Side(), Side()
    for _ in range(5):
        assert shape(known.fail()) == shape(unknown.fail(NOBODY))


def test_an_account_is_registered_by_its_own_phone_only() -> None:
    side = Side()
    assert side.proved("REGISTER", "Contact: <sip:a@h>", to="102-1").code == 403
    assert side.authority.refused == {"third-party": 1}


def test_a_request_that_was_sent_again_has_the_same_answer() -> None:
    side = Side()
    proof = side.proof(side.ask("REGISTER"), "REGISTER")
    first = side.ask("REGISTER", proof, "Contact: <sip:a@h>")
    assert side.ask("REGISTER", proof, "Contact: <sip:a@h>", again=True) == first
    elsewhere = side.ask("REGISTER", proof, "Contact: <sip:b@h>", source="10.0.0.8:5060")
    assert shape(elsewhere) == (401, [("WWW-Authenticate", 1)] * 2)
    assert [one.contact for one in side.authority.registrar.bindings("101-1")] == ["sip:a@h"]
    assert side.authority.refused == {"replay": 1}


@pytest.mark.parametrize(
    "changed", [{"qop": ""}, {"cnonce": ""}, {"nc": ""}, {"uri": "sip:other"}, {"uri": "x"}]
)
def test_what_is_incomplete_or_meant_for_others_is_refused(changed: dict[str, str]) -> None:
    side = Side()
    proof = side.proof(side.ask("REGISTER"), "REGISTER", ANNA, **changed)
    assert side.ask("REGISTER", proof, "Contact: <sip:a@h>").code == 400
    assert side.authority.refused == {"malformed": 1}


def test_credentials_of_others_are_none() -> None:
    side = Side()
    proof = side.proof(side.ask("REGISTER"), "REGISTER", realm="carrier.example")
    assert side.ask("REGISTER", proof).code == 401
    assert side.authority.tend() == []


def test_too_many_wrong_passwords_lock_out_and_are_told() -> None:
    side = Side()
    answers = [side.fail().code for _ in range(4)]
    assert answers == [401, 401, 401, 503]
    assert side.proved("REGISTER").code == 503, "with the right one as well"
    told = {(one.address, one.method, one.reason): one.count for one in side.authority.tend()}
    assert told == {
        ("10.0.0.7", "REGISTER", Reason.PASSWORD): 3,
        ("10.0.0.7", "REGISTER", Reason.LOCKED): 2,
    }
    assert side.authority.refused == {"password": 3, "locked": 2}
    assert side.ask("INVITE", user="48600100200").code == PASS, "who needs no account"


def test_an_old_nonce_is_no_attack() -> None:
    """Right digest on an expired nonce: 401 with ``stale=true``, not counted as an attack."""
    side = Side()
    for number in range(5):
        proof = side.proof(side.ask("REGISTER"), "REGISTER", ANNA, nonce=f"{number:056x}")
        answer = side.ask("REGISTER", proof, "Contact: <sip:a@h>")
        assert shape(answer) == (401, [("WWW-Authenticate", 1)] * 2)
    assert (side.authority.tend(), side.authority.refused) == ([], {})
    assert side.proved("REGISTER", "Contact: <sip:a@h>").code == 200


def test_an_account_is_locked_for_all_but_where_its_phone_is() -> None:
    side = Side()
    side.proved("REGISTER", "Contact: <sip:a@h>")
    for number in range(3):
        side.fail(source=f"10.0.1.{number}:5060")
    assert side.fail(source="10.0.1.9:5060").code == 503
    assert side.proved("REGISTER", "Contact: <sip:a@h>").code == 200


def test_a_stranger_who_is_locked_out_hears_nothing() -> None:
    side = Side(register="anywhere")
    for _ in range(3):
        side.fail(source=INTERNET)
    assert side.fail(source=INTERNET).code == SILENCE


def test_a_stranger_may_not_register_unless_that_is_open() -> None:
    side = Side()
    assert side.ask("REGISTER", source=INTERNET).code == SILENCE
    assert [one.reason for one in side.authority.tend()] == [Reason.STRANGER]
    assert Side(register="anywhere").ask("REGISTER", source=INTERNET).code == 401


@pytest.mark.parametrize("user", ["48600100200", "101-1"])
def test_who_may_not_register_is_refused_elsewhere_as_ever(user: str) -> None:
    assert Side().ask("INVITE", source=INTERNET, user=user).code == PASS


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE", "SUBSCRIBE", "OPTIONS", "REFER"])
def test_a_stranger_begins_nothing_without_a_password(method: str) -> None:
    side = Side(register="anywhere")
    assert side.ask(method, source=INTERNET, user="48600100200").code == 401
    taken = {"SUBSCRIBE": 489, "MESSAGE": 202}.get(method, PASS)
    assert side.proved(method, source=INTERNET).code == taken


def test_texts_are_taken_of_trunks_and_of_who_has_proved_an_account() -> None:
    side = Side()
    assert side.ask("MESSAGE", source=TRUNK, user="48600100200").code == 202
    assert side.ask("MESSAGE", source=OFFICE, user="48600100200").code == PASS
    assert side.ask("MESSAGE", source=OFFICE).code == 401
    assert len(side.texts) == 1
    proof = side.proof(side.ask("REGISTER"), "MESSAGE")
    assert side.ask("MESSAGE", proof).code == 202
    assert side.ask("MESSAGE", proof, again=True).code == 202, "the answer that was lost"
    assert len(side.texts) == 2, "one that is sent again is taken once"


@pytest.mark.parametrize(
    ("user", "source", "code"),
    [
        ("48600100200", OFFICE, PASS),
        ("999-9", OFFICE, PASS),
        ("101-1", OFFICE, 401),
        ("101-1", TRUNK, PASS),
    ],
)
def test_who_calls_as_an_account_proves_it(user: str, source: str, code: int) -> None:
    side = Side()
    assert side.ask("INVITE", user=user, source=source).code == code
    assert side.authority.caller(side.text) is None


def test_who_has_proved_an_account_is_it_for_that_request_only() -> None:
    side = Side()
    assert side.proved("INVITE", user="48600100200").code == PASS
    assert side.authority.caller(side.text) == ANNA
    assert side.authority.caller(side.text + " ") is None
    side.ask("INVITE", user="48600100200")
    assert side.authority.caller(side.text) is None


def test_options_of_a_neighbour_are_answered() -> None:
    assert Side().ask("OPTIONS").code == PASS
