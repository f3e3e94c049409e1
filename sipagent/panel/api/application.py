"""The API as an application: lets in who has a token, has endpoints answer in threads."""

import contextlib
import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import sqlite_utils
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sipagent.control.client import Unanswered
from sipagent.errors import ConfigError, DataError, SetupError, SipAgentError
from sipagent.panel.api import answers, reading, tokens
from sipagent.panel.api.answers import Answer
from sipagent.panel.api.endpoint import PROGRAMS, Asked, Endpoint, Failed, Files, Given, Problem
from sipagent.panel.api.tokens import Token
from sipagent.panel.guard import SAFE, Guard, Refused
from sipagent.panel.people import note
from sipagent.panel.web import House
from sipagent.rate import Limit
from sipagent.store.database import is_busy
from sipagent.text import printable
from sipagent.threads import Overloaded

#: Below which all endpoints stand.
ROOT = "/api/v1"
_JSON, _PROBLEM = "application/json", "application/problem+json"
#: Wrong tokens that are logged at once; after so many, one a second is.
_BURST = 20.0

log = structlog.get_logger(__name__)


class _Body(NamedTuple):
    """What came as a body: a model or a file, and what tells it from others."""

    model: Given | None
    file: Path | None
    digest: bytes


class Api:
    """Serves endpoints.

    Args:
        house: what pages share, too.
        endpoints: all of them.
        description: of them all, as JSON.
    """

    def __init__(self, house: House, endpoints: Sequence[Endpoint], description: bytes) -> None:
        self._house = house
        self._guard = Guard(house.config.panel)
        self._strangers = Limit(_BURST)

        async def describe(request: Request) -> Response:
            return self._finished(Response(description, media_type=_JSON))

        self.app = Starlette(
            routes=[Route("/openapi.json", describe), *map(self._way, endpoints)],
            exception_handlers={404: self._nowhere, 405: self._nowhere},
        )

    def _way(self, endpoint: Endpoint) -> Route:
        async def serve(request: Request) -> Response:
            try:
                response = await self._serve(request, endpoint)
            except Failed as error:
                response = _failure(error)
            except Refused as error:
                response = _failure(
                    Failed(error.status, "host", "ask the host of panel.public_url")
                )
            except SipAgentError as error:
                response = _failure(_explained(error))
            except Exception:  # a mistake of ours is told as such, and its insides are not
                log.exception("an endpoint has failed", path=endpoint.path)
                told = "something went wrong; the log of the panel says what"
                response = _failure(Failed(500, "fault", told))
            return self._finished(response)

        return Route(endpoint.path, serve, methods=[endpoint.method])

    async def _serve(self, request: Request, endpoint: Endpoint) -> Response:
        self._guard.require_host(request)
        token = await self._admitted(request, endpoint)
        query = reading.query_of(request, endpoint.query)
        async with self._body(request, endpoint) as body:
            asked = Asked(
                self._house,
                token,
                request.path_params,
                query,
                body.model,
                body.file,
                self._guard.address(request),
            )
            if endpoint.method in SAFE:
                return await endpoint.threads.run(_answered, asked, endpoint)
            asking = hashlib.sha256(f"{request.method} {request.url}\n".encode() + body.digest)
            return await endpoint.threads.run(
                self._changed, asked, endpoint, reading.key_of(request), asking.hexdigest()
            )

    async def _admitted(self, request: Request, endpoint: Endpoint) -> Token:
        """Return the token of who asks.

        Raises:
            Failed: there is none, or it is for something else.
        """
        secret = reading.bearer(request)
        token = await PROGRAMS.run(self._found, secret)
        if token is None:
            told, dropped = self._strangers.pass_one()
            if told:
                address = self._guard.address(request)
                log.warning("a token is none", address=address, others=dropped)
            raise reading.unknown("the token is none, or holds no longer: sipagent tokens list")
        if endpoint.scope not in token.scopes:
            challenge = (
                f'Bearer realm="sipagent", error="insufficient_scope", scope="{endpoint.scope}"'
            )
            raise Failed(
                403,
                "scope",
                f"the token {token.name!r} lacks the scope {endpoint.scope}",
                headers={"www-authenticate": challenge},
            )
        return token

    def _found(self, secret: str) -> Token | None:
        data, now = self._house.data, datetime.now(UTC)
        token = data.read(lambda db: tokens.found(db, secret, now))
        if token is not None and tokens.stale(token, now):
            data.write(lambda db: tokens.touch(db, token, now))
        return token

    @contextlib.asynccontextmanager
    async def _body(self, request: Request, endpoint: Endpoint) -> AsyncIterator[_Body]:
        match endpoint.body:
            case None:
                yield _Body(None, None, b"")
            case Files():
                async with reading.file_of(request, endpoint.body) as (path, digest):
                    yield _Body(None, path, digest)
            case model:
                given, content = await reading.body_of(request, model)
                yield _Body(given, None, content)

    def _changed(self, asked: Asked, endpoint: Endpoint, key: str, digest: str) -> Response:
        """Do what changes something, once for each key, and put it on record."""
        data, token = self._house.data, asked.token
        if key:
            before = data.write(lambda db: answers.begun(db, token, key, digest, asked.now))
            if before is not None:
                return Response(before.body, before.status, media_type=_JSON)
        try:
            response = _answered(asked, endpoint)
        except Exception as error:
            if key:
                ended = answers.forget if _undone(error) else answers.lose
                data.write(lambda db: ended(db, token, key))
            raise
        about = printable(endpoint.path.format(**asked.names))

        def noted(db: sqlite_utils.Database) -> None:
            who, what = f"token {token.name}", f"api {endpoint.method}"
            note(db, asked.now, who, asked.address, what, about)
            if key:
                kept = Answer(response.status_code, bytes(response.body))
                answers.keep(db, token, key, kept)

        data.write(noted)
        return response

    def _finished(self, response: Response) -> Response:
        response.headers.update({"cache-control": "no-store", **self._guard.headers()})
        return response

    async def _nowhere(self, request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 404)
        where = f"{ROOT}/openapi.json"
        failed = Failed(status, "absent", f"nothing is served here; what is, says {where}")
        return self._finished(_failure(failed))


def _answered(asked: Asked, endpoint: Endpoint) -> Response:
    answer = endpoint.work(asked)
    if isinstance(answer, Response):
        return answer
    return Response(answer.model_dump_json(), endpoint.status, media_type=_JSON)


def _undone(error: Exception) -> bool:
    """Whether an error says that nothing was done."""
    return isinstance(error, Failed | SipAgentError) and not isinstance(error, Unanswered)


def _explained(error: SipAgentError) -> Failed:
    """Return what is told of an error of the house."""
    match error:
        case Overloaded():
            return Failed(503, error.code, str(error), headers={"retry-after": "5"})
        case DataError() if is_busy(error):
            return Failed(503, error.code, str(error), headers={"retry-after": "5"})
        case DataError() | ConfigError():
            return Failed(409, error.code, str(error))
        case Unanswered():
            return Failed(504, error.code, str(error))
        case SetupError():
            return Failed(503, error.code, str(error))
    return Failed(500, error.code, str(error))


def _failure(error: Failed) -> Response:
    problem = Problem(
        title=HTTPStatus(error.status).phrase,
        status=error.status,
        detail=str(error),
        code=error.code,
        mistakes=error.mistakes,
    )
    content = problem.model_dump_json()
    return Response(content, error.status, error.headers, media_type=_PROBLEM)
