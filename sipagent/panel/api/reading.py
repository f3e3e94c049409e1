"""Reading requests: the token, the query, and bodies no larger and no slower than they may be."""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from sipagent.panel.api.endpoint import Failed, Files, Given
from sipagent.threads import FILES

#: Bytes of a body of JSON, and seconds that it may take to come.
_LARGEST, _PATIENCE = 256 * 1024, 20.0
_JSON = "application/json"
#: Characters of a key at the most.
_KEY = 200

Model = TypeVar("Model", bound=BaseModel)


def bearer(request: Request) -> str:
    """Return the token that a request shows (RFC 6750, section 2.1).

    Raises:
        Failed: it shows none.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise unknown("show a token: Authorization: Bearer sipagent_…", named=False)
    return secret.strip()


def unknown(why: str, *, named: bool = True) -> Failed:
    """Return that a token is none; only who has shown one is told of an error (RFC 6750, 3.1)."""
    challenge = 'Bearer realm="sipagent"' + ', error="invalid_token"' * named
    return Failed(401, "token", why, headers={"www-authenticate": challenge})


def key_of(request: Request) -> str:
    """Return the key under which an answer is kept; empty: there is none.

    Raises:
        Failed: it is none that can be kept.
    """
    key = request.headers.get("idempotency-key", "").strip().strip('"')
    if len(key) > _KEY or not key.isprintable():
        raise Failed(400, "key", f"Idempotency-Key: up to {_KEY} characters")
    return key


def query_of(request: Request, model: type[Model]) -> Model:
    """Return the query as a model.

    Raises:
        Failed: it is none.
    """
    return _read(model, dict(request.query_params), "query")


async def body_of(request: Request, model: type[Given]) -> tuple[Given, bytes]:
    """Return a body of JSON as a model, and as it came; none is one in which nothing is given.

    Raises:
        Failed: it is none, too large or too slow.
    """
    content = b"".join([chunk async for chunk in _chunks(request, _LARGEST, _PATIENCE)])
    if content and _typed(request) != _JSON:
        raise Failed(415, "type", f"a body is {_JSON}")
    try:
        given = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        raise Failed(400, "json", "the body is no JSON") from None
    return _read(model, given, "body"), content


@contextlib.asynccontextmanager
async def file_of(request: Request, files: Files) -> AsyncIterator[tuple[Path, bytes]]:
    """Keep a body as a file for the length of the block; yield where, and its SHA-256.

    Raises:
        Failed: it is of no such type, too large or too slow.
    """
    ending = files.types.get(_typed(request))
    if ending is None:
        raise Failed(415, "type", f"the body is of one of these types: {', '.join(files.types)}")
    with TemporaryDirectory(prefix="sipagent-") as folder:
        path, digest = Path(folder, f"import.{ending}"), hashlib.sha256()
        with path.open("wb") as file:
            async for chunk in _chunks(request, files.largest, files.patience):
                digest.update(chunk)
                await FILES.run(file.write, chunk)
        yield path, digest.digest()


def _typed(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _chunks(request: Request, largest: int, patience: float) -> AsyncIterator[bytes]:
    size, stream = 0, request.stream()
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                chunk = await anext(stream, None)
        except TimeoutError:
            raise Failed(408, "slow", f"a body takes {patience:g} s at the most") from None
        if chunk is None:
            return
        size += len(chunk)
        if size > largest:
            raise Failed(413, "large", f"a body has {largest} bytes at the most")
        yield chunk


def _read(model: type[Model], given: Any, where: str) -> Model:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        wrong = error.errors()[0]
        place = ".".join(map(str, (where, *wrong["loc"])))
        raise Failed(422, "value", f"{place}: {wrong['msg']}") from None
