"""What stands before every page: headers of the answers, whose requests count, what is read."""

import hashlib
import hmac
import ipaddress
import itertools
import secrets
from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import HTTPConnection, Request

from sipagent.config_panel import PanelSection

#: Bytes of a form, and the fields in it.
MOST_BYTES, _MOST_FIELDS = 64 * 1024, 1000
#: Files that may come with a form, where any may.
_MOST_FILES = 50
_FORM, _WITH_FILES = "application/x-www-form-urlencoded", "multipart/form-data"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

#: Everything comes from the panel itself; nothing stands in the page, and nobody frames it.
HEADERS: Mapping[str, str] = {
    "content-security-policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "media-src 'self'",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # With "no-referrer" browsers would not say of a form that it is ours (Origin: null).
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
#: Whoever came over HTTPS comes so again (RFC 6797).
STRICT_TRANSPORT = "max-age=31536000"


class Door(StrEnum):
    """By which somebody comes in, each with a cookie and sessions of its own."""

    #: People of the line: administrators, users, managers.
    PANEL = "sipagent"
    #: Owners of the infoline.
    OWNERS = "sipagent-owner"

    @staticmethod
    def of(path: str) -> "Door":
        """Return the door of a page."""
        return Door.OWNERS if path == "/owner" or path.startswith("/owner/") else Door.PANEL


class Refused(Exception):
    """A request that is not served; ``key`` says why, in ``texts``."""

    def __init__(self, status: int, key: str) -> None:
        super().__init__(key)
        self.status = status
        self.key = key


class Guard:
    """Knows who asks, and whether the panel itself has sent them.

    Args:
        settings: of the panel.
    """

    def __init__(self, settings: PanelSection) -> None:
        self._settings = settings
        self._proxies = [ipaddress.ip_network(one) for one in settings.trusted_proxies]
        #: ``__Host-``: of this host only, over HTTPS only (RFC 6265bis, section 4.1.3.2).
        self._prefix = "__Host-" if settings.encrypted else ""

    def cookie(self, door: Door) -> str:
        """Return the name of what browsers keep of those who come in by a door."""
        return f"{self._prefix}{door}"

    def address(self, request: HTTPConnection) -> str:
        """Return where a request comes from; a proxy's word counts where it is trusted."""
        peer = request.client.host if request.client else ""
        # A proxy may write a line of its own below those of who asks (RFC 9110, section 5.3).
        hops = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
        for hop in reversed(hops):
            if not self._trusted(peer) or not (hop := hop.strip()):
                break
            try:
                peer = str(ipaddress.ip_address(hop))
            except ValueError:
                break
        return peer

    def require_host(self, request: HTTPConnection) -> None:
        """Check that the panel was meant, not a name that leads here (DNS rebinding).

        Raises:
            Refused: another host was.
        """
        asked = request.headers.get("host", "")
        if not self._is_mine(f"//{asked}"):
            raise Refused(421, "refused.host")

    def require_own(self, request: HTTPConnection) -> None:
        """Check that what changes something comes from a page of the panel.

        Raises:
            Refused: it does not, or the browser does not say.
        """
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site not in (None, "same-origin"):
            raise Refused(403, "refused.foreign")
        if origin is None:
            if site is None:
                raise Refused(403, "refused.foreign")
        elif not self._is_mine(origin) or urlsplit(origin).scheme not in self._schemes():
            raise Refused(403, "refused.foreign")

    def set_cookie(self, headers: dict[str, str], value: str, door: Door = Door.PANEL) -> None:
        """Have the browser keep a value until it is closed; empty: forget it."""
        parts = [f"{self.cookie(door)}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
        parts += ["Secure"] * self._settings.encrypted + ["Max-Age=0"] * (not value)
        headers["set-cookie"] = "; ".join(parts)

    def headers(self, *, microphone: bool = False) -> Mapping[str, str]:
        """Return what every answer says; ``microphone``: its page may ask for that."""
        headers = dict(HEADERS)
        if microphone:
            policy = headers["permissions-policy"]
            headers["permissions-policy"] = policy.replace("microphone=()", "microphone=(self)")
        if self._settings.encrypted:
            headers["strict-transport-security"] = STRICT_TRANSPORT
        return headers

    def _trusted(self, address: str) -> bool:
        try:
            return any(ipaddress.ip_address(address) in one for one in self._proxies)
        except ValueError:
            return False

    def _is_mine(self, url: str) -> bool:
        try:
            asked = urlsplit(url)
            if self._settings.public_url:
                mine = urlsplit(self._settings.public_url)
                return asked.hostname == mine.hostname and asked.port == mine.port
        except ValueError:
            return False
        return asked.hostname in {self._settings.address, "localhost"}

    def _schemes(self) -> tuple[str, ...]:
        return ("https",) if self._settings.encrypted else ("http",)


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent: of a field that is there twice, the last one.

    Of several files under one name the others are called ``NAME.2``, ``NAME.3`` and so on. They lie
    on the disk where they are large, and are gone once they are closed.
    """

    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, UploadFile] = field(default_factory=dict)

    def close(self) -> None:
        """Let the files go."""
        for one in self.files.values():
            one.file.close()


async def form_of(request: Request, files: int = 0) -> Form:
    """Return what a form says.

    Args:
        request: that brings it.
        files: bytes of files that may come with it; 0: none may.

    Raises:
        Refused: it is no form, or too large.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = _bounded(request, MOST_BYTES + files)
    if kind == _WITH_FILES and files:
        return await _with_files(request, body)
    if kind != _FORM:
        raise Refused(415, "refused.form")
    written = b"".join([chunk async for chunk in body])
    try:
        fields = parse_qsl(
            written.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise Refused(400, "refused.form") from None
    return Form(dict(fields))


async def _with_files(request: Request, body: AsyncGenerator[bytes, None]) -> Form:
    """Return a form whose fields are parts of a message (RFC 7578)."""
    parser = MultiPartParser(
        request.headers,
        body,
        max_files=_MOST_FILES,
        max_fields=_MOST_FIELDS,
        max_part_size=MOST_BYTES,
    )
    try:
        parts = await parser.parse()
    except MultiPartException:
        raise Refused(400, "refused.form") from None
    form = Form()
    for name, value in parts.multi_items():
        if isinstance(value, str):
            form.fields[name] = value
        elif value.filename:  # where none was chosen, a browser sends an empty one
            form.files[_unlike(name, form.files)] = value
    return form


def _unlike(name: str, names: Collection[str]) -> str:
    """Return a name that is not among others: ``NAME``, else ``NAME.2``, ``NAME.3`` and so on."""
    numbered = (f"{name}.{number}" for number in itertools.count(2))
    return next(one for one in itertools.chain([name], numbered) if one not in names)


async def _bounded(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    """Yield what comes.

    Raises:
        Refused: it is more than it may be.
    """
    came = 0
    async for chunk in request.stream():
        came += len(chunk)
        if came > most:
            raise Refused(413, "refused.large")
        yield chunk


def new_cookie() -> str:
    """Return what a browser keeps that is not in yet."""
    return secrets.token_urlsafe(32)


def token_of(cookie: str) -> str:
    """Return what forms carry that a browser with a cookie may send; nobody else can know it."""
    return hmac.digest(cookie.encode(), b"form", hashlib.sha256).hex()


def require_token(form: Mapping[str, str], cookie: str) -> None:
    """Check that a form was shown to this very browser, in this very session.

    Raises:
        Refused: it was not.
    """
    given = form.get("token", "")
    if not cookie or not hmac.compare_digest(given.encode(), token_of(cookie).encode()):
        raise Refused(403, "refused.token")


def own_path(text: str | None, otherwise: str = "/") -> str:
    """Return where somebody wants to go, where that is a page of the panel.

    All of those are ASCII, as is what a header can carry (RFC 9110, section 5.5).
    """
    text = text or ""
    outside = not text.startswith("/") or text.startswith("//") or "\\" in text
    return otherwise if outside or not (text.isascii() and text.isprintable()) else text
