"""The description of the API: OpenAPI 3.1, made of the endpoints themselves."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from sipagent import __version__
from sipagent.panel.api.endpoint import Endpoint, Files, Problem
from sipagent.panel.guard import SAFE

_NAME = re.compile(r"\{(\w+)\}")
_REF = "#/components/schemas/{model}"
_BINARY = {"type": "string", "format": "binary"}
#: What may be wrong with any request.
_FAILURES = {
    "400": "The request cannot be read.",
    "401": "There is no token, or none that holds.",
    "403": "The token lacks the scope.",
    "404": "It is not there, or not for this token.",
    "409": "It cannot be as things are, and why.",
    "422": "A value is wrong, and which.",
    "503": "The line does not run, or too much is asked at once.",
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "What makes a repetition one request: its answer is kept for 24 hours.",
    "schema": {"type": "string", "maxLength": 200},
}

#: A model and which way it goes → its schema.
Models = Mapping[Any, Mapping[str, Any]]


def described(
    root: str, endpoints: Sequence[Endpoint], hooks: Mapping[str, type[BaseModel]]
) -> bytes:
    """Return the description as JSON.

    Args:
        root: below which the endpoints stand.
        endpoints: all of them.
        hooks: what webhooks carry, by kind.
    """
    wanted = [*dict.fromkeys((*_models(endpoints), *((one, _OUT) for one in hooks.values())))]
    schemas, shared = models_json_schema(
        wanted, ref_template=_REF, schema_generator=GenerateJsonSchema
    )
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        query = shared["$defs"][one.query.__name__].get("properties", {})
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas, query)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "sipagent",
            "version": __version__,
            "license": {"name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later"},
        },
        "servers": [{"url": root}],
        "security": [{"token": []}],
        "paths": paths,
        "webhooks": {kind: _hook(kind, schemas[model, _OUT]) for kind, model in hooks.items()},
        "components": {
            "schemas": shared.get("$defs", {}),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
    return json.dumps(document, ensure_ascii=False).encode()


_IN: JsonSchemaMode = "validation"
_OUT: JsonSchemaMode = "serialization"


def _models(endpoints: Sequence[Endpoint]) -> Iterator[tuple[type[BaseModel], JsonSchemaMode]]:
    yield Problem, _OUT
    for one in endpoints:
        yield one.query, _IN
        if isinstance(one.body, type):
            yield one.body, _IN
        if isinstance(one.answer, type):
            yield one.answer, _OUT


def _operation(one: Endpoint, schemas: Models, query: Mapping[str, Any]) -> dict[str, Any]:
    changes = one.method not in SAFE
    names = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _NAME.findall(one.path)
    ]
    operation: dict[str, Any] = {
        "operationId": one.work.__name__.strip("_"),
        "summary": one.summary,
        "tags": [one.scope.partition(":")[0]],
        "description": f"Scope: `{one.scope}`.",
        "parameters": [*names, *_query(query), *([_KEY] if changes else ())],
        "responses": {str(one.status): _success(one, schemas), **_failures(schemas)},
    }
    if isinstance(one.body, Files):
        files = {kind: {"schema": _BINARY} for kind in one.body.types}
        operation["requestBody"] = {"required": True, "content": files}
    elif one.body is not None:
        content = {"application/json": {"schema": schemas[one.body, _IN]}}
        operation["requestBody"] = {"content": content}
    return operation


def _query(known: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, field in known.items():
        schema = {key: value for key, value in field.items() if key != "description"}
        text = field.get("description", "")
        yield {"name": name, "in": "query", "description": text, "schema": schema}


def _success(one: Endpoint, schemas: Models) -> dict[str, Any]:
    if isinstance(one.answer, type):
        content = {"application/json": {"schema": schemas[one.answer, _OUT]}}
    else:
        content = {kind: {"schema": _BINARY} for kind in one.answer}
    return {"description": "Done.", "content": content}


def _failures(schemas: Models) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": schemas[Problem, _OUT]}}
    return {status: {"description": text, "content": content} for status, text in _FAILURES.items()}


def _hook(kind: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of a kind of happening; it is signed (``webhooks.outgoing``)."""
    body = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": kind},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": schema,
        },
    }
    headers = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    ]
    return {
        "post": {
            "summary": kind,
            "security": [],
            "parameters": headers,
            "requestBody": {"content": {"application/json": {"schema": body}}},
            "responses": {"2XX": {"description": "It is taken, and not sent again."}},
        }
    }
