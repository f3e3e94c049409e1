"""What the API is made of: an endpoint with its scope, and the request that it answers.

Endpoints are plain functions, and run in threads, as pages do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from sipagent.panel.api.scopes import Scope
from sipagent.panel.api.tokens import Token
from sipagent.panel.web import House
from sipagent.threads import Threads

#: Threads of programs, apart from those of pages; those who wait beyond get 503.
PROGRAMS = Threads("api", 4, 100)


class Given(BaseModel):
    """What a program gives, in the query or as a body; unknown words are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """What a program is told."""

    model_config = ConfigDict(frozen=True)


class Nothing(Given):
    """No more than the path says."""


class PageOf(Given):
    """Which part of a long list."""

    limit: int = Field(50, ge=1, le=500, description="How many at the most.")
    after: str = Field("", max_length=200, description="`next` of the page before.")


class Problem(Told):
    """Why something was not done (RFC 9457)."""

    type: str = Field("about:blank", description="The status alone says what it is.")
    title: str
    status: int
    detail: str = Field(description="A sentence for people.")
    code: str = Field(description="For programs: stable.")
    mistakes: list[str] = Field([], description="Of an import: each with file and place.")


class Failed(Exception):
    """A request that is not served."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        mistakes: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.mistakes = list(mistakes)
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, and whose token it came with.

    Args:
        house: what pages share, too.
        token: that was shown.
        names: what the path names.
        query: as the endpoint's model has read it.
        body: as the endpoint's model has read it; None where it takes none.
        file: where a body lies that is a file.
        address: where it comes from.
    """

    house: House
    token: Token
    names: Mapping[str, str]
    query: Any
    body: Any
    file: Path | None
    address: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def number(self, name: str) -> int:
        """Return a number that the path names.

        Raises:
            Failed: it is none, and so names nothing.
        """
        text = self.names[name]
        if not (text.isascii() and text.isdecimal() and len(text) < 16):
            raise absent(f"{name} {text!r}")
        return int(text)


#: What an endpoint does; it runs in a thread. A response is sent as it is.
Work = Callable[[Asked], BaseModel | Response]


@dataclass(frozen=True, slots=True)
class Files:
    """Bodies that are files.

    Args:
        types: media type → ending of a file's name.
        largest: bytes at the most.
        patience: seconds that one may take to come.
    """

    types: Mapping[str, str]
    largest: int
    patience: float


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One thing that programs can ask for. There is none without a scope.

    Args:
        method: GET asks, all others change something.
        path: below ``/api/v1``, with ``{names}``.
        scope: that a token needs.
        work: does it.
        summary: what it does, for who reads the description.
        answer: what it returns: a model, or media types of files.
        query: what may be given in the query.
        body: what is to be given as a body: a model, or files; None: nothing.
        status: of a success.
        threads: in which it runs.
    """

    method: str
    path: str
    scope: Scope
    work: Work
    summary: str
    answer: type[BaseModel] | tuple[str, ...]
    query: type[Given] = Nothing
    body: type[Given] | Files | None = None
    status: int = 200
    threads: Threads = PROGRAMS


def absent(what: str) -> Failed:
    """Return that something is not there, or not for this token: who asks is not told which."""
    return Failed(404, "absent", f"there is no {what}")
