"""Every endpoint: none without a token and its scope, and each is described as it is."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sipagent.errors import DataError
from sipagent.panel.api import tokens
from sipagent.panel.api.application import ROOT
from sipagent.panel.api.building import ENDPOINTS, description
from sipagent.panel.api.endpoint import Endpoint
from sipagent.panel.api.scopes import OF_A_MANAGER, Scope
from tests.cli.manuals import ROOT as ROOT_OF_REPOSITORY
from tests.panel.api.asking import NAMES, Program, client_of
from tests.panel.browsing import Panel, opened

pytestmark = pytest.mark.unit


def named(endpoint: Endpoint) -> str:
    """Return an endpoint as programs write it."""
    return f"{endpoint.method} {endpoint.path}"


def path(endpoint: Endpoint) -> str:
    """Return a path that an endpoint serves."""
    return endpoint.path.format(**NAMES)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[Scope | None, Program]]:
    """Return programs of one panel: one that may everything, and those that lack one scope."""
    with opened(tmp_path_factory.mktemp("panel")) as panel:
        yield {
            scope: Program(panel, *(set(Scope) - {scope}), name=f"not {scope and scope.name}")
            for scope in (None, *Scope)
        }


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_nothing_is_answered_without_a_token_that_is_for_it(
    shared: Mapping[Scope | None, Program], endpoint: Endpoint
) -> None:
    others, where = shared[endpoint.scope], f"{ROOT}{path(endpoint)}"
    client = others.client
    nothing = client.request(endpoint.method, where)
    assert nothing.status_code == 401
    assert nothing.headers["www-authenticate"] == 'Bearer realm="sipagent"'
    wrong = client.request(endpoint.method, where, headers={"authorization": "Bearer sipagent_x"})
    assert wrong.status_code == 401
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]
    refused = others(endpoint.method, path(endpoint))
    assert refused.status_code == 403
    assert f'scope="{endpoint.scope}"' in refused.headers["www-authenticate"]
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "scope"


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_what_is_not_there_is_told_and_nothing_fails(
    shared: Mapping[Scope | None, Program], endpoint: Endpoint
) -> None:
    """Whatever a path names that is not there: an answer that says so, never a fault."""
    program = shared[None]
    answer = program(endpoint.method, path(endpoint), params={"nonsense": "1"})
    assert answer.status_code == 422
    answer = program(endpoint.method, path(endpoint), json={"nonsense": 1})
    assert answer.status_code < 500 or answer.json()["code"] == "setup", answer.text


def test_a_token_holds_until_it_ends_or_is_removed(panel: Panel) -> None:
    program, data = Program(panel, Scope.OWNERS_READ), panel.store.blocking
    assert program.get("/owners") == {"items": [], "next": None}
    assert data.read(tokens.listed)[0].used is not None
    over = data.write(
        lambda db: tokens.add(
            db, "old", [Scope.OWNERS_READ], datetime.now(UTC) - timedelta(days=2), days=1
        )
    )
    program.secret, kept = over, program.secret
    assert program("GET", "/owners").status_code == 401
    program.secret = kept
    data.write(lambda db: tokens.remove(db, "program"))
    assert program("GET", "/owners").status_code == 401


def test_what_a_token_shows_is_kept_nowhere(panel: Panel) -> None:
    program = Program(panel, Scope.OWNERS_READ)
    kept = panel.store.blocking.read(
        lambda db: [list(row) for row in db.execute("SELECT * FROM api_tokens").fetchall()]
    )
    assert program.secret.removeprefix("sipagent_") not in json.dumps(kept)


def test_another_host_is_not_answered(panel: Panel) -> None:
    program = Program(panel, Scope.OWNERS_READ)
    assert program("GET", "/owners", headers={"host": "evil.example"}).status_code == 421


def test_the_cookie_of_a_browser_is_no_token(panel: Panel) -> None:
    panel.add("anna")
    browser = panel.browser()
    browser.log_in("anna")
    assert browser.client.get(f"{ROOT}/owners").status_code == 401


def test_what_is_not_served_says_what_is(panel: Panel) -> None:
    client = client_of(panel)
    for method, where in (("GET", "/nothing"), ("DELETE", "/owners")):
        answer = client.request(method, f"{ROOT}{where}")
        assert answer.status_code in (404, 405)
        assert f"{ROOT}/openapi.json" in answer.json()["detail"]


def test_the_description_has_every_endpoint_and_all_it_refers_to(panel: Panel) -> None:
    answer = client_of(panel).get(f"{ROOT}/openapi.json")
    assert answer.status_code == 200
    described = answer.json()
    assert described["openapi"] == "3.1.0"
    assert json.loads(description()) == described
    operations = {
        (method.upper(), where): one
        for where, methods in described["paths"].items()
        for method, one in methods.items()
    }
    assert operations.keys() == {(one.method, one.path) for one in ENDPOINTS}
    names = [one["operationId"] for one in operations.values()]
    assert len(set(names)) == len(names)
    for (_, where), one in operations.items():
        told = [each["name"] for each in one["parameters"] if each["in"] == "path"]
        assert all(f"{{{name}}}" in where for name in told)
        assert len(told) == where.count("{")
    schemas = described["components"]["schemas"]
    for reference in references(described):
        assert reference.removeprefix("#/components/schemas/") in schemas


def references(value: Any) -> Iterator[str]:
    """Yield all that a document refers to within itself."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from references(one)


def test_a_token_for_one_manager_has_no_scope_that_knows_no_managers(panel: Panel) -> None:
    panel.store.blocking.write(
        lambda db: db.execute("INSERT INTO managers (id, code, name) VALUES (7, 'BAJKA', 'Bajka')")
    )
    Program(panel, *OF_A_MANAGER, name="some", manager="BAJKA")
    for scope in set(Scope) - OF_A_MANAGER:
        with pytest.raises(DataError, match="cannot be given for the owners of one manager"):
            Program(panel, scope, name="more", manager="BAJKA")


def test_the_manual_names_every_endpoint_with_its_scope() -> None:
    rows = (ROOT_OF_REPOSITORY / "docs/api.md").read_text("utf-8").splitlines()
    for one in ENDPOINTS:
        assert any(f"`{named(one)}`" in row and f"`{one.scope}`" in row for row in rows), one.path
