"""Phones with an account: who may register and call, and who calls, whatever From says.

Everything that phones begin is decided about here, before anybody serves it. Who calls the line
without an account, from where ``sip.allow`` and the trunks let him, does so as ever.
"""

import ipaddress
from collections import Counter
from collections.abc import Callable, Sequence

from sipagent.config import LoginSection, SipSection
from sipagent.sip import headers
from sipagent.sip.admission import host_of
from sipagent.sip.digest import Digests, Proof
from sipagent.sip.gate import Reason, Refusal
from sipagent.sip.identity import within
from sipagent.sip.notifier import Notifier
from sipagent.sip.registrar import Connections, Keeper, Registrar, target
from sipagent.sip.requests import PASS, SILENCE, Answer, Request
from sipagent.sip.streaks import Streaks
from sipagent.telephony.accounts import Account, Accounts

_BAD, _UNAUTHORIZED, _FORBIDDEN, _LATER = 400, 401, 403, 503
#: Answers that are remembered in case a REGISTER is sent again, because ours was lost.
_ANSWERS = 4096
#: A network of IPv6 is somebody's with so many bits; whoever has one, has all addresses of it.
_HOUSE = 64
_MESSAGE = "MESSAGE"


class Authority:
    """Decides about requests; lives in the PJSIP thread.

    Args:
        settings: who may register.
        login: how often one may err.
        accounts: the phones.
        is_trunk: whether a request that comes from a place for some users is a trunk's.
        keeper: keeps bindings over a restart.
        connections: keeps those of phones open.
        notifier: tells phones of their lamps.
        registered: is told whose phone is registered now.
        texted: says how a MESSAGE is answered of a trunk, or of an account that has proved itself.
    """

    def __init__(
        self,
        settings: SipSection,
        login: LoginSection,
        accounts: Accounts,
        is_trunk: Callable[[str, Sequence[str]], bool],
        keeper: Keeper,
        connections: Connections,
        notifier: Notifier,
        registered: Callable[[str], None],
        texted: Callable[[Request], Answer] = lambda request: Answer(PASS),
    ) -> None:
        self._settings = settings
        self._accounts = accounts
        self._notifier = notifier
        self._registered = registered
        self._texted = texted
        self._is_trunk = is_trunk
        self._digests = Digests(settings.realm, settings.digests)
        self._streaks = Streaks(login)
        self.registrar = Registrar(settings.contacts, keeper, connections)
        #: REGISTERs that were refused, by reason; being asked for a password is no refusal.
        self.refused: Counter[str] = Counter()
        self._refusals: Counter[tuple[str, str, str, Reason]] = Counter()
        self._ports: dict[str, int] = {}
        self._answers: dict[tuple[str, ...], Answer] = {}
        self._proved: tuple[str, Account] | None = None

    def use(self, settings: SipSection, login: LoginSection) -> None:
        """Take other settings, but the realm: that one waits until the line is restarted."""
        self._settings = settings
        self._streaks.use(login)
        self.registrar.most = settings.contacts
        self._digests.names = settings.digests

    def decide(self, request: Request) -> Answer:
        """Return what becomes of a request."""
        self._proved = None
        if request.method == "REGISTER":
            return self._register(request)
        if request.tag:
            return self._go_on(request)
        if self._needs_no_account(request):
            return self._texted(request) if self._is_text_of_trunk(request) else Answer(PASS)
        if request.method == "SUBSCRIBE":
            return self._subscribe(request)
        if request.method == _MESSAGE:
            return self._authenticate(request, lambda account: self._texted(request))
        return self._authenticate(request, lambda account: Answer(PASS))

    def caller(self, text: str) -> Account | None:
        """Return whose phone has sent a request that ``decide`` has let pass just now."""
        return self._proved[1] if self._proved and self._proved[0] == text else None

    def contacts(self, account: str) -> list[str]:
        """Return the URIs at which an account that there still is can be called now."""
        if self._accounts.find(account) is None:
            return []
        return [target(one) for one in self.registrar.bindings(account)]

    def tend(self) -> list[Refusal]:
        """Forget what is over; return who has been turned away since the last time."""
        self.registrar.expire()
        self.registrar.keep(self._is_known)
        self._notifier.expire()
        self._notifier.keep(self._is_known)
        now, self._refusals = self._refusals, Counter()
        ports, self._ports = self._ports, {}
        return [
            Refusal(host, ports[host], transport, method, reason, count)
            for (host, transport, method, reason), count in now.items()
        ]

    def _register(self, request: Request) -> Answer:
        if not self._is_welcome(request.source) and self._settings.registering == "allowed":
            self._turn_away(request, Reason.STRANGER)
            return Answer(SILENCE)
        return self._authenticate(request, lambda account: self._bind(request, account))

    def _bind(self, request: Request, account: Account) -> Answer:
        if request.message.only("To").user != account.name:
            self.refused["third-party"] += 1
            return Answer(_FORBIDDEN)
        answer = self.registrar.register(account.name, request)
        if answer.code >= _BAD:
            self.refused["brief" if answer.code == 423 else "malformed"] += 1
        else:
            self._registered(account.name)
        return answer

    def _subscribe(self, request: Request) -> Answer:
        return self._authenticate(
            request, lambda account: self._notifier.subscribe(account, request)
        )

    def _go_on(self, request: Request) -> Answer:
        """Decide about a SUBSCRIBE of a dialog: those that are not the notifier's are PJSIP's."""
        return self._subscribe(request) if self._notifier.knows(request) else Answer(PASS)

    def _is_text_of_trunk(self, request: Request) -> bool:
        users = headers.called_users(request.message)
        return request.method == _MESSAGE and self._is_trunk(request.source, users)

    def _needs_no_account(self, request: Request) -> bool:
        """Whether a request other than REGISTER passes as those of callers without an account."""
        if self._is_trunk(request.source, headers.called_users(request.message)):
            return True
        if request.method == "OPTIONS" and self.registrar.is_at(request.source):
            return True
        if not (self._is_welcome(request.source) or self._settings.direct):
            # Let in for the sake of other calls, as where a trunk was: refused as ever.
            return self._settings.registering == "allowed"
        if self._given(request) is not None:
            return False
        named = self._accounts.find(request.message.only("From").user)
        return named is None or request.method == "OPTIONS"

    def _authenticate(self, request: Request, go_on: Callable[[Account], Answer]) -> Answer:
        """Ask for the password, or go on with the account that has proved it."""
        given = self._given(request)
        if given is None:
            return self._ask()
        if (answer := self._answers.get(_mark(request, given))) is not None:
            return answer
        name = given.get("username", "")
        if wait := self._wait(request, name):
            return self._lock_out(request, wait)
        account = self._accounts.find(name)
        proof = self._digests.judge(given, request.method, account)
        if proof is Proof.RIGHT and not _is_meant(given["uri"], request):
            proof = Proof.MALFORMED
        if proof is not Proof.RIGHT or account is None:
            return self._refuse(request, name, proof)
        self._streaks.forget(_address(request))
        self._streaks.forget(_account(name))
        self._proved = request.text, account
        return self._remember(_mark(request, given), go_on(account))

    def _lock_out(self, request: Request, wait: float) -> Answer:
        self._turn_away(request, Reason.LOCKED)
        if not self._is_welcome(request.source):
            return Answer(SILENCE)
        return Answer(_LATER, (("Retry-After", str(int(wait) + 1)),))

    def _refuse(self, request: Request, name: str, proof: Proof) -> Answer:
        if request.method == "REGISTER" and proof is not Proof.STALE:
            self.refused[proof.value] += 1
        if proof is Proof.MALFORMED:
            return Answer(_BAD)
        if proof is Proof.WRONG:
            self._turn_away(request, Reason.PASSWORD)
            self._streaks.count(_address(request))
            self._streaks.count(_account(name))
            return self._ask()
        # Whoever knows the password proves it again with a new nonce, without asking anybody.
        return self._ask(stale=True)

    def _ask(self, *, stale: bool = False) -> Answer:
        challenges = self._digests.challenges(stale=stale)
        return Answer(_UNAUTHORIZED, tuple(("WWW-Authenticate", one) for one in challenges))

    def _remember(self, mark: tuple[str, ...], answer: Answer) -> Answer:
        """Keep an answer for a REGISTER that is sent again; other requests have transactions."""
        if answer.code != PASS:
            while len(self._answers) >= _ANSWERS:
                del self._answers[next(iter(self._answers))]
            self._answers[mark] = answer
        return answer

    def _given(self, request: Request) -> dict[str, str] | None:
        """Return the credentials for our realm; None where there are none."""
        realm = self._digests.realm
        mine = (one for one in request.message.credentials if one.get("realm") == realm)
        return next(mine, None)

    def _wait(self, request: Request, name: str) -> float:
        """Return how long somebody has to wait, whose phone is not reached at that address now."""
        host = host_of(request.source)
        if any(host_of(one.source) == host for one in self.registrar.bindings(name)):
            return 0.0
        return max(self._streaks.wait(_address(request)), self._streaks.wait(_account(name)))

    def _is_known(self, account: str) -> bool:
        return self._accounts.find(account) is not None

    def _is_welcome(self, source: str) -> bool:
        return within(source, self._settings.allow)

    def _turn_away(self, request: Request, reason: Reason) -> None:
        if request.method == "REGISTER" and reason is Reason.LOCKED:
            self.refused[reason.value] += 1
        host = host_of(request.source)
        self._ports[host] = int(request.source.rpartition(":")[2])
        self._refusals[host, request.transport, request.method, reason] += 1


def _mark(request: Request, given: dict[str, str]) -> tuple[str, ...]:
    """Return what tells a request that is sent again from any other (RFC 3261, section 17.2.3)."""
    message = request.message
    via = next(iter(message.texts("Via")), "")
    call_id = next(iter(message.texts("Call-ID")), "")
    cseq = next(iter(message.texts("CSeq")), "")
    return (request.source, via, call_id, cseq, given.get("response", ""), given.get("nc", ""))


def _is_meant(uri: str, request: Request) -> bool:
    """Whether credentials are for what is asked for (RFC 7616, section 3.4.6)."""
    meant, asked = headers.address_of(uri), request.message.uri
    return (meant.scheme, meant.user, meant.host.lower(), meant.port) == (
        asked.scheme,
        asked.user,
        asked.host.lower(),
        asked.port,
    )


def _address(request: Request) -> str:
    """Return whose failures are counted by address: of IPv6, those of a whole network."""
    host = ipaddress.ip_address(host_of(request.source))
    if host.version == 6:
        return f"address {ipaddress.ip_network((host, _HOUSE), strict=False)}"
    return f"address {host}"


def _account(name: str) -> str:
    return f"account {name}"
