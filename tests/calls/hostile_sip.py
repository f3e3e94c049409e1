"""Malformed SIP: valid messages, seeded and reproducible, with something wrong about them.

Categories after RFC 4475 (torture tests) and RFC 3261, section 7: start lines, header fields,
lengths, numbers, encodings, bodies, and requests aimed into dialogs that live.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.calls.hostile_sdp import offer

#: What stands in a message for what is known only when it is sent: ports, a number that is greater
#: than all before, and the last such number once more.
LINE_PORT, MY_PORT, NUMBER, SAME_NUMBER = "@LINE@", "@MINE@", "@N@", "@SAME@"

METHODS = (
    "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "SUBSCRIBE", "NOTIFY", "INFO", "REFER",
    "UPDATE", "PRACK", "MESSAGE", "PUBLISH",
)  # fmt: skip
#: Numbers at the edges of what a field, or a C type behind it, holds.
NUMBERS = (
    "0", "-1", "+1", "1.5", "00000000000000000001", "255", "256", "32767", "65535", "65536",
    "2147483647", "2147483648", "4294967295", "4294967296", "4294967301", "9223372036854775807",
    "18446744073709551616", "0x10", "1e9", "²", "NaN",
)  # fmt: skip
_STRANGE = (
    "\0", "\x01", "\t", "\x7f", "%00", "%", "%%%", "%zz", "\\", '"', '\\"', "<", ">", "<<>>", ",",
    ";", ";;;;", "=", "@", "@@", "?", "&", "[", "]", "[::", "::1]", "\r", "\n", "\r\n ", "\r\n\t",
    "\xc5\x82", "\xff\xfe", "\xc0\xaf", "\u00e9", "%s%n%x", "' OR 1=1", "../../", "a" * 300,
    "(" * 60, "(((comment)", "[" * 200,
)  # fmt: skip
#: As of a phone that answers a challenge of somebody else.
_CREDENTIALS = (
    'Authorization: Digest username="101-1", realm="sipagent", nonce="0", uri="sip:127.0.0.1", '
    'response="0", algorithm=SHA-256, cnonce="0", qop=auth, nc=00000001'
)
_NAMES = (
    "Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Contact", "Content-Type",
    "Content-Length", "Route", "Record-Route", "Require", "Proxy-Require", "Supported", "Allow",
    "Accept", "Expires", "Min-Expires", "Event", "Subscription-State", "Refer-To", "Referred-By",
    "Replaces", "RAck", "RSeq", "Session-Expires", "Min-SE", "Authorization", "Timestamp",
    "Proxy-Authorization", "WWW-Authenticate", "P-Asserted-Identity", "Privacy", "Date", "Subject",
    "P-Called-Party-ID", "User-Agent", "Warning", "Retry-After", "Content-Encoding",
    "Content-Disposition",
    "MIME-Version", "Reason", "Diversion", "Target-Dialog", "Join", "Path", "Service-Route",
    "Unsupported", "In-Reply-To", "i", "f", "t", "m", "v", "c", "l", "s", "k", "o", "r", "x", "u",
    "a", "b", "d",
)  # fmt: skip
_VALUES = (
    "", " ", "*", ",", ";", "<sip:a@b>", "sip:", "sip:@", "<sip:>", "tel:+48600100101", "sips:a@b",
    "<sip:a@127.0.0.1:99999>", "<sip:a@127.0.0.1;lr;lr;lr>", '"\\"" <sip:a@b>', "100rel", "timer",
    "replaces", "SIP/2.0/UDP x", "SIP/2.0/UDP 127.0.0.1;branch=", "SIP/2.0/TCP 127.0.0.1;received",
    "SIP/2.0/UDP [::1]:5060;branch=z9hG4bK;rport=;maddr=255.255.255.255;ttl=256", "1 INVITE",
    "INVITE 1", "refer", "presence", "active;expires=x", "90;refresher=uac", "1;refresher=none",
    "application/sdp", "multipart/mixed;boundary=", "multipart/mixed;boundary=x", "text/plain",
    "application/dtmf-relay", "application/dtmf", "message/sipfrag", "message/external-body", "/",
    "gzip", 'Digest username="a", nonce="\\', "Digest " + "a=b," * 300, "Basic QTpC", "id;critical",
    "<sip:600100101;cpc=x;phone-context=+48@b;user=phone>", '"x, <sip:a@b>, y" <tel:+48600100101>',
    "<sip:+48600100101%0d%0aX:%20y%00@b>", "60&P-Asserted-Identity: <sip:+48600100101@b>",
    "Fri, 99 Foo 9999 99:99:99 GMT", "call;to-tag=a;from-tag=b", ";" * 500, "a, " * 400,
)  # fmt: skip


@dataclass
class Draft:
    """A message before it is put on the wire; text is Latin-1, one character a byte."""

    start: str
    fields: list[str]
    body: str = ""
    #: Whether Content-Length is counted at the end.
    counted: bool = True
    end: str = "\r\n"

    def __bytes__(self) -> bytes:
        fields = list(self.fields)
        if self.counted:
            fields.append(f"Content-Length: {len(self.body)}")
        text = self.end.join([self.start, *fields]) + self.end * 2 + self.body
        return text.encode("latin-1", "ignore")


Mutation = Callable[[random.Random, Draft], None]


def _at(rng: random.Random, draft: Draft) -> int:
    return rng.randrange(len(draft.fields)) if draft.fields else 0


def drop_field(rng: random.Random, draft: Draft) -> None:
    """A header that is missing (RFC 4475, section 3.3.1)."""
    if draft.fields:
        del draft.fields[_at(rng, draft)]


def double_field(rng: random.Random, draft: Draft) -> None:
    """A header that may stand once stands twice, with another value now and then."""
    if draft.fields:
        line = rng.choice(draft.fields)
        name = line.partition(":")[0]
        value = rng.choice(_VALUES) if rng.random() < 0.5 else line.partition(":")[2]
        draft.fields.insert(_at(rng, draft), f"{name}:{value}")


def many_fields(rng: random.Random, draft: Draft) -> None:
    """As many headers as a datagram holds."""
    name, count = rng.choice(_NAMES), rng.choice((5, 40, 200, 600))
    draft.fields += [f"{name}: {rng.choice(_VALUES)[:40]}" for _ in range(count)]


def new_field(rng: random.Random, draft: Draft) -> None:
    """A header that nobody expected here, at any place."""
    draft.fields.insert(_at(rng, draft), f"{rng.choice(_NAMES)}: {rng.choice(_VALUES)}")


def new_value(rng: random.Random, draft: Draft) -> None:
    """A header with the value of another one."""
    if draft.fields:
        at = _at(rng, draft)
        draft.fields[at] = draft.fields[at].partition(":")[0] + ": " + rng.choice(_VALUES)


def strange_text(rng: random.Random, draft: Draft) -> None:
    """Bytes where they do not belong: NUL, quotes, UTF-8, escapes, folding."""
    if draft.fields:
        at = _at(rng, draft)
        line = draft.fields[at]
        cut = rng.randrange(len(line) + 1)
        draft.fields[at] = line[:cut] + rng.choice(_STRANGE) * rng.choice((1, 1, 2)) + line[cut:]


def strange_number(rng: random.Random, draft: Draft) -> None:
    """A number that no 32 bits hold, or that is none (RFC 4475, section 3.1.2.4)."""
    places = [at for at, line in enumerate(draft.fields) if re.search(r"\d", line)]
    if places:
        at = rng.choice(places)
        found = rng.choice(list(re.finditer(r"\d+", draft.fields[at])))
        line = draft.fields[at]
        draft.fields[at] = line[: found.start()] + rng.choice(NUMBERS) + line[found.end() :]


def long_value(rng: random.Random, draft: Draft) -> None:
    """A value that is very long, or nested very deep."""
    if draft.fields:
        at = _at(rng, draft)
        fill = rng.choice((";p=v", ",<sip:a@b>", "a", "%41", '"', "(", " ", "\r\n "))
        draft.fields[at] += fill * (rng.choice((50, 800, 3000)) // len(fill))


def shuffled(rng: random.Random, draft: Draft) -> None:
    """Headers in any order, in any case, folded, with blanks before the colon."""
    rng.shuffle(draft.fields)
    change: Callable[[str], str] = rng.choice(
        (
            str.swapcase,
            lambda line: line.replace(": ", " \t : \r\n\t", 1),
            lambda line: line.replace(" ", "\r\n  "),
            lambda line: line.replace(":", "", 1),
        )
    )
    draft.fields = [change(line) if rng.random() < 0.5 else line for line in draft.fields]


def start_line(rng: random.Random, draft: Draft) -> None:
    """Another method, URI, version, code; too many blanks, or none."""
    uri = rng.choice(
        (
            "sip:", "sip:@", "sip:a", "sips:a@127.0.0.1", "tel:+48600100101", "http://x/", "*", "",
            "sip:" + "a" * 3000 + "@127.0.0.1", "sip:%00@127.0.0.1", "sip:a@[::1]", "sip:a@[::1",
            "sip:a@127.0.0.1:99999", "<sip:a@127.0.0.1>", "sip:a@127.0.0.1;lr;" + "x=y;" * 200,
            "sip:a:b:c@127.0.0.1?Replaces=x&body=" + "%0d%0a" * 100, "nobodyKnowsThisScheme:opaque",
            "sip:a@127.0.0.1;maddr=255.255.255.255;transport=x;ttl=999", "sip:łódź@127.0.0.1",
        )
    )  # fmt: skip
    method = rng.choice((*METHODS, "invite", "X", "A" * 200, "!%*_+`'~", "SIP/2.0", "\0", ""))
    version = rng.choice(("SIP/2.0", "SIP/7.0", "sip/2.0", "SIP/2.", "HTTP/1.1", "", "SIP/2.0 x"))
    code = rng.choice(("", "99", "100", "200", "302", "401", "407", "491", "699", "700", *NUMBERS))
    draft.start = rng.choice(
        (
            f"{method} {uri} {version}",
            f"{method}  {uri}\t{version} ",
            f"{draft.start.split(' ')[0]} {uri} {version}",
            f"{version} {code} {rng.choice(('', 'OK', 'x' * 2000, '☎'))}",
        )
    )


def wrong_length(rng: random.Random, draft: Draft) -> None:
    """Content-Length that is not the body's (RFC 4475, sections 3.1.2.2 and 3.1.2.3)."""
    draft.counted = rng.random() < 0.2
    length = rng.choice((*NUMBERS, str(len(draft.body) + rng.randint(-50, 50))))
    draft.fields.append(f"{rng.choice(('Content-Length', 'l', 'CONTENT-LENGTH'))}: {length}")


def wrong_body(rng: random.Random, draft: Draft) -> None:
    """A body of another kind than Content-Type says, or none, or one in parts."""
    sdp = offer(rng)
    draft.body = rng.choice(
        (
            "", sdp, "\0" * 200, sdp * 5, "Signal=5\r\nDuration=160\r\n", "Signal=" + "9" * 500,
            f"--x\r\nContent-Type: application/sdp\r\n\r\n{sdp}\r\n--x--\r\n",
            "--x\r\n" * 300, "--x\r\nContent-Type: multipart/mixed;boundary=x\r\n\r\n--x--" * 9,
            "SIP/2.0 200 OK\r\n", "SIP/2.0 " + "9" * 500, "<xml>" * 500,
        )
    )  # fmt: skip
    kind = rng.choice([value for value in _VALUES if "/" in value] or ["x"])
    draft.fields = [line for line in draft.fields if not line.startswith("Content-Type")]
    if rng.random() < 0.9:
        draft.fields.append(f"Content-Type: {kind}")


def line_ends(rng: random.Random, draft: Draft) -> None:
    """Lines that end in LF, CR, or nothing."""
    draft.end = rng.choice(("\n", "\r", "\r\r\n", "\n\r", "\0"))


MUTATIONS: tuple[Mutation, ...] = (
    drop_field,
    double_field,
    many_fields,
    new_field,
    new_value,
    strange_text,
    strange_number,
    long_value,
    shuffled,
    start_line,
    wrong_length,
    wrong_body,
    line_ends,
)
#: Ports for the marks that mutations leave where a peer would put its own.
_PORTS = ((b"@LINE@", b"5060"), (b"@MINE@", b"5061"), (b"@N@", b"9"), (b"@SAME@", b"9"))


def mutated(rng: random.Random, request: bytes) -> bytes:
    """Return a request without a body in which something is wrong, or nothing now and then."""
    start, *lines = request.decode().partition("\r\n\r\n")[0].split("\r\n")
    draft = Draft(start, lines, "")
    for change in rng.choices(MUTATIONS, k=rng.choice((0, 1, 1, 2))):
        change(rng, draft)
    data = bytes(draft)
    for mark, port in _PORTS:
        data = data.replace(mark, port)
    return data[:65000]


#: What a peer asks for within a call, BYE apart, which is the end of it.
_WITHIN = ("INVITE", "UPDATE", "INFO", "REFER", "NOTIFY", "MESSAGE", "SUBSCRIBE") * 4
_KEYS = (
    "Signal=5\r\nDuration=160\r\n", "Signal=1", "5", "Signal=\r\nDuration=\r\n", "Signal=99999",
    "Duration=160\r\nSignal=7\r\n", "Signal=#\r\nDuration=-1\r\n", "\0", "x" * 3000, "",
)  # fmt: skip
_KEY_TYPES = (
    "application/dtmf-relay", "application/dtmf", "application/media_control+xml", "text/plain",
    "application/trickle-ice-sdpfrag", "application/sdp", "message/sipfrag;version=2.0",
)  # fmt: skip
#: Those after which a request into a live dialog is sure to be no valid one.
_HARMLESS = (new_field, strange_text, double_field, wrong_body, shuffled, strange_number)


@dataclass
class SipFuzz:
    """Makes malformed messages; ``live`` is how many dialogs they may be aimed into."""

    rng: random.Random
    live: int = 0
    #: Dialogs that everything may happen to, ``@VICTIM-ID3@`` and so on.
    victims: int = 0

    def message(self) -> bytes:
        """Return the next one; live dialogs are named by ``@ID3@``, ``@FROM3@``, ``@TO3@``."""
        rng = self.rng
        if self.victims and rng.random() < 0.25:
            return bytes(self._of_a_dialog(f"VICTIM-{{}}{rng.randrange(self.victims)}"))
        if self.live + self.victims and rng.random() < 0.1:
            return bytes(self._instead_of_a_dialog())
        if self.live and rng.random() < 0.35:
            return bytes(self._into_a_dialog(rng.randrange(self.live)))
        draft = self._response() if rng.random() < 0.2 else self._request(rng.choice(METHODS))
        for change in rng.choices(MUTATIONS, k=rng.choice((1, 1, 1, 2, 3))):
            change(rng, draft)
        return self._bytes_wrong(bytes(draft))

    def _request(self, method: str) -> Draft:
        rng = self.rng
        body = offer(rng) if method in {"INVITE", "UPDATE", "ACK"} and rng.random() < 0.8 else ""
        name = f"{rng.getrandbits(48):x}"
        return Draft(
            f"{method} sip:infolinia@127.0.0.1:{LINE_PORT} SIP/2.0",
            [
                f"Via: SIP/2.0/UDP 127.0.0.1:{MY_PORT};branch=z9hG4bK{name};rport",
                "Max-Forwards: 70",
                f"From: <sip:fuzz@127.0.0.1>;tag={name}",
                f"To: <sip:infolinia@127.0.0.1:{LINE_PORT}>",
                f"Call-ID: {name}@fuzz",
                f"CSeq: {rng.randint(1, 99)} {method}",
                f"Contact: <sip:fuzz@127.0.0.1:{MY_PORT}>",
                *self._usual(method),
                *(["Content-Type: application/sdp"] if body else []),
            ],
            body,
        )

    def _usual(self, method: str) -> list[str]:
        return {
            "REFER": ["Refer-To: <sip:x@127.0.0.1>"],
            "SUBSCRIBE": ["Event: refer", "Expires: 60"],
            "NOTIFY": ["Event: refer", "Subscription-State: active"],
            "PUBLISH": ["Event: presence"],
            "PRACK": ["RAck: 1 1 INVITE"],
            "REGISTER": ["Expires: 3600", "Path: <sip:127.0.0.1;lr>", _CREDENTIALS],
        }.get(method, [])

    def _response(self) -> Draft:
        rng = self.rng
        draft = self._request(rng.choice(METHODS))
        draft.start = f"SIP/2.0 {rng.choice((100, 180, 200, 302, 401, 404, 481, 503, 699))} Fine"
        return draft

    def _into_a_dialog(self, call: int) -> Draft:
        """Return a request that names a live call, and is not what its caller may send.

        Either it does not belong (another tag, an old CSeq), or a peer that keeps to the rules
        refuses it; an intruder who knows all and sends a valid BYE is beyond any guard but TLS.
        """
        rng = self.rng
        method = rng.choice([each for each in METHODS if each not in {"REGISTER", "PUBLISH"}])
        wrong = rng.choice(("from", "to", "cseq", "both", "none"))
        if wrong == "none" and method in {"BYE", "CANCEL", "INVITE", "UPDATE", "ACK", "INFO"}:
            wrong = "to"
        draft = self._request(method)
        from_tag = f"@FROM{call}@" if wrong not in {"from", "both"} else f"{rng.getrandbits(32):x}"
        to_tag = f"@TO{call}@" if wrong not in {"to", "both"} else f"{rng.getrandbits(32):x}"
        number = {"cseq": rng.choice(("0", "1")), "none": NUMBER}.get(wrong, rng.choice(NUMBERS))
        places = {
            "From": f"From: <sip:+48600100101@127.0.0.1>;tag={from_tag}",
            "To": f"To: <sip:infolinia@127.0.0.1:{LINE_PORT}>;tag={to_tag}",
            "Call-ID": f"Call-ID: @ID{call}@",
            "CSeq": f"CSeq: {number} {method}",
        }
        draft.fields = [places.get(line.partition(":")[0], line) for line in draft.fields]
        if wrong != "none" and rng.random() < 0.5:
            return draft
        known = [line for line in draft.fields if line.partition(":")[0] in places]
        rest = Draft(draft.start, [x for x in draft.fields if x not in known], draft.body)
        rng.choice(_HARMLESS)(rng, rest)
        rest.fields = known + rest.fields
        return rest

    def _of_a_dialog(self, name: str) -> Draft:
        """Return a request within a dialog, with the right tags and a number that is due.

        Args:
            name: of the dialog, with a place for what of it.
        """
        rng = self.rng
        if rng.random() < 0.2:
            return self._named(self._request("ACK"), "ACK", name, SAME_NUMBER)
        method = rng.choice((*_WITHIN, *METHODS))
        draft = self._request(method)
        if method == "INFO":
            draft.body = rng.choice(_KEYS)
            draft.fields.append(f"Content-Type: {rng.choice(_KEY_TYPES)}")
        if rng.random() < 0.5:
            for change in rng.choices(MUTATIONS, k=rng.choice((1, 1, 2))):
                change(rng, draft)
        return self._named(draft, method, name, NUMBER if rng.random() < 0.95 else "1")

    def _instead_of_a_dialog(self) -> Draft:
        """Return an INVITE that wants to take a call over (RFC 3891), one that lives or lived."""
        rng = self.rng
        number = rng.randrange(self.live + self.victims)
        name = f"{{}}{number}" if number < self.live else f"VICTIM-{{}}{number - self.live}"
        call, to_tag, from_tag = (f"@{name.format(what)}@" for what in ("ID", "TO", "FROM"))
        if rng.random() < 0.2:
            to_tag, from_tag = from_tag, to_tag
        draft = self._request("INVITE")
        early = rng.choice(("", "", ";early-only", ";early-only=x", ";from-tag=1"))
        header = f"Replaces: {call};to-tag={to_tag};from-tag={from_tag}{early}"
        draft.fields += [header] * rng.choice((1, 1, 1, 2))
        if rng.random() < 0.2:
            draft.fields.append("Require: replaces")
        if rng.random() < 0.3:
            rng.choice(MUTATIONS)(rng, draft)
        return draft

    def _named(self, draft: Draft, method: str, name: str, number: str) -> Draft:
        """Put a message into a dialog, whatever else is in it."""
        places = [
            f"From: <sip:+48600100101@127.0.0.1>;tag=@{name.format('FROM')}@",
            f"To: <sip:infolinia@127.0.0.1:{LINE_PORT}>;tag=@{name.format('TO')}@",
            f"Call-ID: @{name.format('ID')}@",
            f"CSeq: {number} {method}",
        ]
        taken = {"from", "f", "to", "t", "call-id", "i", "cseq"}
        rest = [x for x in draft.fields if x.partition(":")[0].strip().lower() not in taken]
        draft.fields = [*rest[:1], *places, *rest[1:]]
        return draft

    def _bytes_wrong(self, data: bytes) -> bytes:
        rng = self.rng
        if rng.random() > 0.15 or not data:
            return data
        changed = bytearray(data)
        match rng.randrange(4):
            case 0:
                for _ in range(rng.choice((1, 4, 40))):
                    changed[rng.randrange(len(changed))] = rng.randrange(256)
            case 1:
                del changed[rng.randrange(len(changed)) :]
            case 2:
                at = rng.randrange(len(changed))
                changed[at:at] = rng.randbytes(rng.choice((1, 16, 400)))
            case _:
                changed = bytearray(rng.randbytes(rng.choice((1, 4, 60, 1400))))
        return bytes(changed)
