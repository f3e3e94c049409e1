"""Links of articles to other sites, asked whether they are there: only when somebody wants that."""

import http.client
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from sipagent.messages.http import Client, Request, explained

#: Seconds after which a silent server is given up.
_TIMEOUT = 10.0
#: What servers answer to those whom they do not know, although a page is there.
_UNSURE = (401, 403, 405, 429)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a link has led to; ``wrong`` is empty where that is a page."""

    link: str
    wrong: str


def asked(links: Iterable[str]) -> Iterator[Answered]:
    """Yield what becomes of each link; each is asked for once."""
    for link in dict.fromkeys(links):
        yield Answered(link, _wrong(link))


def _wrong(link: str) -> str:
    if urlsplit(link).scheme not in ("http", "https"):
        return "is neither http: nor https:"
    client = Client(_TIMEOUT)
    try:
        status, _ = client.ask(Request("GET", link, {"user-agent": "sipagent"}, b""))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return explained(error)
    finally:
        client.rest()
    return "" if status < 400 or status in _UNSURE else f"answers with {status}"
