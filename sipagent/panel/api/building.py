"""Puts the API together: all endpoints, and their description."""

from functools import cache

from sipagent.domains import composed
from sipagent.panel.api import calls, owners, queues, recordings, rooms, tickets
from sipagent.panel.api.application import ROOT, Api
from sipagent.panel.api.endpoint import Endpoint
from sipagent.panel.api.openapi import described
from sipagent.panel.web import House
from sipagent.webhooks.calls import CALLS

ENDPOINTS: tuple[Endpoint, ...] = (
    *owners.ENDPOINTS,
    *tickets.ENDPOINTS,
    *calls.ENDPOINTS,
    *recordings.ENDPOINTS,
    *queues.ENDPOINTS,
    *rooms.ENDPOINTS,
)


@cache
def description() -> bytes:
    """Return the description of all endpoints (OpenAPI 3.1, JSON)."""
    happenings = (*CALLS, *composed().happenings)
    return described(ROOT, ENDPOINTS, {one.kind: one.document for one in happenings})


def built(house: House) -> Api:
    """Return the API."""
    return Api(house, ENDPOINTS, description())
