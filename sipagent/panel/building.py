"""Puts the panel together: its database, the line, its pages."""

from functools import partial

from starlette.routing import Mount, compile_path

from sipagent.billing.schema import billing
from sipagent.config import Config
from sipagent.control.client import ask
from sipagent.domains import composed
from sipagent.helpdesk.notices.notices import Notices
from sipagent.helpdesk.support import Support
from sipagent.messages.schema import messages
from sipagent.panel.api.application import ROOT
from sipagent.panel.api.building import built as api_built
from sipagent.panel.api.schema import api
from sipagent.panel.application import Application
from sipagent.panel.drawing import Drawing
from sipagent.panel.imports import Imports
from sipagent.panel.live import Live
from sipagent.panel.live_chats import LiveChats
from sipagent.panel.login import Login
from sipagent.panel.owner import account as owner_account
from sipagent.panel.owner import addresses as owner_addresses
from sipagent.panel.owner import answers as owner_answers
from sipagent.panel.owner import entrance as owner_entrance
from sipagent.panel.owner import money as owner_money
from sipagent.panel.owner import requests as owner_requests
from sipagent.panel.owner.door import OwnersDoor
from sipagent.panel.owner.schema import owners_page
from sipagent.panel.pages import (
    account,
    bills,
    calls,
    changes,
    chat,
    chat_answers,
    chat_desk,
    chat_history,
    entrance,
    entries,
    help,
    helpdesk,
    infoline,
    knowledge,
    knowledge_editing,
    listening,
    lists,
    notices,
    now,
    orders,
    own_calls,
    own_messages,
    own_phones,
    phones,
    pins,
    recordings,
    scenario_editing,
    scenario_trying,
    scenario_versions,
    scenarios,
    statistics,
    steering,
    wallboard,
)
from sipagent.panel.scenarios.desk import Desk
from sipagent.panel.scenarios.schema import scenarios as scenario_tables
from sipagent.panel.scenarios.tries import Tries
from sipagent.panel.schema import panel
from sipagent.panel.scribe import Scribe
from sipagent.panel.sessions import Sessions
from sipagent.panel.statics import Statics
from sipagent.panel.watching import Watching
from sipagent.panel.web import Ask, House, Route, Way, all_routes
from sipagent.panel.words import load
from sipagent.records.schema import records
from sipagent.store.database import Migrations
from sipagent.store.store import Store
from sipagent.webhooks.schema import webhooks

#: The tables that pages read and write; those first that others refer to.
ROOMS: tuple[Migrations, ...] = (
    *composed().migrations,
    messages,
    records,
    billing,
    webhooks,
    panel,
    owners_page,
    api,
    scenario_tables,
)
#: All pages.
ROUTES: list[Way] = all_routes(
    entrance.ROUTES,
    account.ROUTES,
    now.ROUTES,
    steering.ROUTES,
    wallboard.ROUTES,
    listening.ROUTES,
    calls.ROUTES,
    recordings.ROUTES,
    statistics.ROUTES,
    bills.ROUTES,
    entries.ROUTES,
    changes.ROUTES,
    lists.ROUTES,
    phones.ROUTES,
    pins.ROUTES,
    orders.ROUTES,
    own_calls.ROUTES,
    own_messages.ROUTES,
    own_phones.ROUTES,
    infoline.ROUTES,
    helpdesk.ROUTES,
    scenarios.ROUTES,
    scenario_editing.ROUTES,
    scenario_versions.ROUTES,
    scenario_trying.ROUTES,
    chat.ROUTES,
    chat_answers.ROUTES,
    chat_history.ROUTES,
    chat_desk.ROUTES,
    notices.ROUTES,
    help.ROUTES,
    knowledge.ROUTES,
    knowledge_editing.ROUTES,
    owner_entrance.ROUTES,
    owner_money.ROUTES,
    owner_addresses.ROUTES,
    owner_requests.ROUTES,
    owner_answers.ROUTES,
    owner_account.ROUTES,
)
#: What the paths of pages look like.
_PATHS = [
    compile_path(one.path)[0] for one in ROUTES if isinstance(one, Route) and one.method == "GET"
]


def built(config: Config, store: Store, line: Ask | None = None) -> tuple[Application, House]:
    """Return the panel, and what its pages share.

    Args:
        config: the settings.
        store: the database, with ``ROOMS``.
        line: is asked; without one that of the settings.
    """
    asked = line or partial(ask, config)
    live = Live(now.sources(asked, store.blocking, config.line.zone))
    support = Support(config)
    chats = LiveChats(store.blocking, config, support)
    statics = Statics()
    house = House(
        config,
        store.blocking,
        asked,
        live,
        Login(store.blocking, config.login),
        Sessions(config.panel),
        load(),
        Drawing(statics),
        config.panel.origin,
        Desk(config, composed()),
        Tries(),
        Imports(config, store.blocking),
        Scribe(config, store.blocking),
        Watching(store.blocking),
        support,
        chats,
        Live(
            {"notices": lambda: store.blocking.read(lambda db: Notices(db).mark())},
            name="panel-notices",
        ),
        OwnersDoor(store.blocking, config.login),
        is_page,
    )
    programs = Mount(ROOT, api_built(house).app)
    return Application(house, ROUTES, statics, [programs]), house


def is_page(path: str) -> bool:
    """Whether there is a page of a path, for somebody at least."""
    return any(one.match(path) for one in _PATHS)
