"""The webhook by which a gateway brings texts: signed, fresh, small, and each taken once.

A request is ``POST /texts`` with a body in JSON: ``{"id": "…", "from": "+48…", "to": "+48…",
"text": "…"}``. ``X-Timestamp`` is the time in seconds (Unix), ``X-Signature`` the HMAC-SHA256 (RFC
2104) in hex digits of that timestamp, a dot and the body, by the secret that both sides know. The
``id`` is signed with all else: it is what makes a repetition one text.
"""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sipagent.e164 import to_e164
from sipagent.errors import SipAgentError
from sipagent.rate import Limit
from sipagent.text import printable
from sipagent.texts.incoming import LONGEST, LONGEST_KEY, Incoming

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

PATH = "/texts"
#: Bytes of a body at the most: 2,000 characters, each of which JSON may write in six bytes.
LARGEST = 16_384
#: Seconds that a body may take: who sends it slowly keeps others out.
_PATIENCE = 10.0
#: Refusals that are logged at once; after so many, one a second is.
_BURST = 20.0
#: Digits of a timestamp.
_DIGITS = 12

log = structlog.get_logger(__name__)


class Refused(Exception):
    """A request is not taken: the code of HTTP, and a sentence for who sets a gateway up."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


class _Told(BaseModel):
    """What a gateway tells of a text; what it tells besides is passed over."""

    model_config = ConfigDict(frozen=True, strict=True)

    id: Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]
    sender: Annotated[str, Field(alias="from", max_length=40)]
    recipient: Annotated[str, Field(alias="to", max_length=40)] = ""
    text: Annotated[str, Field(max_length=LONGEST)]


class Webhook:
    """Reads what gateways bring.

    Args:
        secret: that both sides know.
        window: seconds that a signature holds.
        country: where a number without prefix belongs (ISO 3166).
        clock: returns the time in seconds (Unix).
    """

    def __init__(
        self, secret: str, window: int, country: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._secret = secret.encode()
        self._window = window
        self._country = country
        self._clock = clock

    def read(self, timestamp: str, signature: str, body: bytes) -> Incoming:
        """Return the text that a request brings.

        Raises:
            Refused: it is not signed by who knows the secret, not fresh, or brings none.
        """
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= _DIGITS):
            raise Refused(401, "X-Timestamp is the time in seconds (Unix)")
        right = signed(self._secret, timestamp, body)
        if not hmac.compare_digest(right.encode(), signature.lower().encode()):
            raise Refused(401, "X-Signature is not that of the timestamp, a dot and the body")
        if abs(self._clock() - int(timestamp)) > self._window:
            raise Refused(401, f"X-Timestamp is not within {self._window} s of the time here")
        try:
            told = _Told.model_validate_json(body)
            sender = to_e164(told.sender, self._country)
        except ValidationError as error:
            wrong = error.errors()[0]
            raise Refused(422, f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None
        except ValueError as error:
            raise Refused(422, f"from: {error}") from None
        return Incoming(told.id, sender, printable(told.text), printable(told.recipient))


def signed(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the signature of a request."""
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def routes(webhook: Webhook, put: Callable[[Incoming], Awaitable[bool]]) -> "Starlette":
    """Return the application: 202 for a text that is taken, 200 for one that was taken before.

    Args:
        webhook: reads requests.
        put: keeps a text, and returns whether it is new.
    """
    from starlette.applications import Starlette  # noqa: PLC0415  loaded only where it is used
    from starlette.responses import JSONResponse  # noqa: PLC0415
    from starlette.routing import Route  # noqa: PLC0415

    limit = Limit(_BURST)

    async def take(request: "Request") -> "Response":
        try:
            text = webhook.read(
                request.headers.get("x-timestamp", ""),
                request.headers.get("x-signature", ""),
                await _body(request),
            )
            new = await put(text)
        except Refused as refused:
            told, dropped = limit.pass_one()
            if told:
                why = str(refused)
                log.warning("a text is refused", code=refused.code, reason=why, others=dropped)
            return JSONResponse({"error": str(refused)}, refused.code)
        except SipAgentError as error:
            log.error("a text cannot be kept", reason=str(error))
            return JSONResponse({"error": "cannot be kept now; bring it again"}, 503)
        return JSONResponse({"new": new}, 202 if new else 200)

    return Starlette(routes=[Route(PATH, take, methods=["POST"])])


async def _body(request: "Request") -> bytes:
    """Return the body, read no further than it may be long.

    Raises:
        Refused: it is longer, or takes too long.
    """
    found = b""
    try:
        async with asyncio.timeout(_PATIENCE):
            async for part in request.stream():
                found += part
                if len(found) > LARGEST:
                    raise Refused(413, f"a body has {LARGEST} bytes at the most")
    except TimeoutError:
        raise Refused(408, f"a body takes {_PATIENCE:g} s at the most") from None
    return found
