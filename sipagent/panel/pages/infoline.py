"""The infoline: all of its pages."""

from sipagent.panel.pages import importing, lockouts, offices, outbox, owners, requests

ROUTES = (
    *owners.ROUTES,
    *offices.ROUTES,
    *requests.ROUTES,
    *outbox.ROUTES,
    *lockouts.ROUTES,
    *importing.ROUTES,
)
