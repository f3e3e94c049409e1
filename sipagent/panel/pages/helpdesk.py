"""The help desk: all of its pages."""

from sipagent.panel.pages import agents, asking, tickets

ROUTES = (*tickets.ROUTES, *asking.ROUTES, *agents.ROUTES)
