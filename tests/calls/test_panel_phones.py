"""The panel beside a real line: who is added there has a phone that rings a moment later."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sipagent.config_sources import load
from sipagent.exchange.model import Exchange, Phone, User
from sipagent.exchange.softphone import hashes
from sipagent.panel.permissions import Role
from tests.calls.daemon import Daemon
from tests.calls.firm import at_work
from tests.calls.softphone import Softphone, both_talk, strength
from tests.panel.browsing import Panel, beside
from tests.panel.test_entries import browser_of, typed
from tests.panel.test_phones import LINPHONE, link_of

pytestmark = pytest.mark.line

PEOPLE = {"101-1": "Anna Nowak", "102-1": "Jan Kowal"}
FIRM = Exchange(
    users=tuple(User(name=name, number=account[:3]) for account, name in sorted(PEOPLE.items())),
    phones=tuple(
        Phone(account=account, user=name, **hashes(account, "tajne", "sipagent"))
        for account, name in sorted(PEOPLE.items())
    ),
)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line with two people on it, for all tests of the module."""
    with at_work(Daemon(tmp_path_factory.mktemp("firm"), clips), FIRM) as line:
        yield line


@pytest.fixture(scope="module")
def panel(firm: Daemon) -> Iterator[Panel]:
    """The panel of the line."""
    with beside(load(firm.config)) as one:
        one.add("adm", language="en")
        one.add("anna", Role.USER, user="101", language="en")
        yield one


def test_who_is_added_in_the_panel_sets_linphone_up_by_a_link_and_is_called(
    firm: Daemon, panel: Panel
) -> None:
    browser = browser_of(panel)
    fields = typed(browser.get("/exchange/users/new").text)
    fields |= {"name": "Ewa Lis", "number": "103", "rights.internal": "on"}
    browser.post("/exchange/users/new", **fields)
    browser.get("/exchange/phones/new?user=Ewa+Lis")
    browser.post("/exchange/phones/new", user="Ewa Lis")
    browser.get("/exchange/phones/entry?key=103-1")
    link = link_of(browser.post("/exchange/phones/link?key=103-1").text)
    setting_up = panel.browser().client.get(link, headers=LINPHONE)
    (password,) = re.findall(r'name="passwd"[^>]*>([^<]+)<', setting_up.text)
    ewa = Softphone(firm.port, "103-1", 900)
    ewa.password = password
    # It registers at once, and the line knows its password already.
    with Softphone(firm.port, "102-1", 400) as jan, ewa:
        jan.call("103")
        ewa.rings()
        ewa.answer_call()
        jan.status(200)
        heard = both_talk(jan, ewa)
        assert strength(heard[0], 900) > 0.6, "Jan hears Ewa"
        jan.leave()
        ewa.hung_up()


def test_somebody_forwards_calls_and_orders_one_on_their_own_pages(
    firm: Daemon, panel: Panel
) -> None:
    browser = browser_of(panel, "anna")
    with Softphone(firm.port, "101-1", 900) as anna, Softphone(firm.port, "102-1", 400) as jan:
        browser.get("/own/orders")
        assert "The line is calling." in browser.post("/own/orders", second="102").text
        anna.rings()
        anna.answer_call()
        jan.rings()
        jan.answer_call()
        heard = both_talk(anna, jan)
        # What she was told before has waited to be heard.
        assert strength(heard[0][-8000:], 400) > 0.6, "Anna hears Jan"
        assert strength(heard[1], 900) > 0.6, "Jan hears Anna"
        anna.hang_up()
        jan.hung_up()
        # A change is seen by the call that comes after it.
        page = browser.post("/own", **{**typed(browser.get("/own").text), "dnd": "on"})
        assert "Saved." in page.text
        jan.call("101")
        jan.status(486)
