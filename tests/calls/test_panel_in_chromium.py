"""The panel beside a real line: an administrator sees calls come and go in Chromium, and steers."""

import contextlib
import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from sipagent.exchange.model import Exchange, Phone, Schedule, User
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.rooms.model import Room
from sipagent.exchange.softphone import hashes
from sipagent.panel import screens
from sipagent.panel.building import ROOMS
from sipagent.store.database import open_database
from tests.calls.daemon import SIPAGENT, Daemon
from tests.calls.firm import at_work
from tests.calls.softphone import Softphone, both_talk, strength
from tests.panel.chromium import CHROMIUM, PASSWORD, PATIENCE

pytestmark = pytest.mark.outside

PEOPLE = {"101-1": "Anna Nowak", "102-1": "Jan Kowal", "103-1": "Ewa Lis"}
FIRM = Exchange(
    users=tuple(User(name=name, number=account[:3]) for account, name in sorted(PEOPLE.items())),
    phones=tuple(
        Phone(account=account, user=name, **hashes(account, "tajne", "sipagent"))
        for account, name in sorted(PEOPLE.items())
    ),
    queues=(Queue(name="Serwis", number="1000", members=("user:Anna Nowak",), misses=0),),
    rooms=(Room(name="Narada", number="*1234"),),
    schedules=(Schedule(name="Biuro", hours="mon-sun 00:00-24:00; holidays open"),),
)


class PanelBeside:
    """A panel on the settings of a line, which is started and stopped beside it."""

    def __init__(self, line: Daemon) -> None:
        self._command = [*SIPAGENT, "panel", "run", "--config", str(line.config)]
        self.start()

    def start(self) -> None:
        """Start it, and return once it is open."""
        self._process = subprocess.Popen(self._command, stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        said = self._process.stderr.readline()
        assert json.loads(said)["event"] == "panel open", said

    def stop(self) -> None:
        """Stop it as an operator would; safe to call twice."""
        self._process.terminate()
        self._process.wait()
        assert self._process.stderr is not None
        self._process.stderr.close()


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line with a firm on it, and where its panel is to be."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    daemon = Daemon(tmp_path_factory.mktemp("firm"), clips, extra=f"[panel]\nport = {port}")
    with at_work(daemon, FIRM):
        yield daemon


@pytest.fixture(scope="module")
def panel(firm: Daemon) -> Iterator[PanelBeside]:
    """The panel of the firm, for all tests of the module."""
    one = PanelBeside(firm)
    yield one
    one.stop()


@pytest.fixture(scope="module")
def page(firm: Daemon, panel: PanelBeside) -> Iterator[Page]:
    """What goes on, as an administrator sees it who has chosen a password."""
    link, *_ = firm.run("panel", "user", "add", "szefowa", "--role", "administrator").split()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        context = chromium.new_context(locale="pl-PL")
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        seen = context.new_page()
        seen.goto(link)
        seen.fill("#password", PASSWORD)
        seen.fill("#again", PASSWORD)
        seen.click("button.main")
        seen.wait_for_url("**/live")
        yield seen
        chromium.close()


def test_calls_are_seen_and_steered(firm: Daemon, page: Page) -> None:
    with (
        Softphone(firm.port, "101-1", 400) as anna,
        Softphone(firm.port, "102-1", 900) as jan,
        Softphone(firm.port, "103-1", 1300) as ewa,
    ):
        # Jan waits in the queue; he is taken out, to Ewa.
        jan.call("1000")
        jan.status(200)
        anna.rings()
        waits = page.locator("section[aria-labelledby=queues-heading] tbody tr")
        expect(waits).to_contain_text("102")
        expect(waits).to_contain_text("dzwoni u: Anna Nowak")
        waits.get_by_role("link", name="Wyjmij").click()
        page.fill("#to", "103")
        page.get_by_role("button", name="Wyjmij z kolejki").click()
        expect(page.locator(".done")).to_have_text("Zrobione.")
        anna.cancelled()
        ewa.rings()
        ewa.answer_call()
        talks = page.locator("section[aria-labelledby=calls-heading] tbody tr")
        expect(talks).to_contain_text("Jan Kowal <102>, Ewa Lis <103>")

        # He is put through to Anna, and she hears him; then the call is ended.
        talks.get_by_role("link", name="Przełącz").click()
        expect(page.get_by_label("Jan Kowal <102>")).to_be_checked()
        page.fill("#to", "199")
        page.get_by_role("button", name="Przełącz").click()
        expect(page.get_by_role("alert")).to_contain_text("nobody has the number '199'")
        expect(page.locator("#to")).to_have_value("199")
        page.fill("#to", "101")
        page.get_by_role("button", name="Przełącz").click()
        anna.rings()
        anna.answer_call()
        ewa.hung_up()
        expect(talks).to_contain_text("Jan Kowal <102>, Anna Nowak <101>")
        heard = both_talk(anna, jan)
        assert strength(heard[0], 900) > 0.6, "Anna hears Jan"
        talks.get_by_role("button", name="Rozłącz").click()
        anna.hung_up()
        jan.hung_up()
        expect(page.get_by_text("Nikt teraz nie dzwoni.")).to_be_visible()

        # The record tells all of it, in words.
        told = page.context.new_page()
        call = firm.ended_call(jan.call_id)
        told.goto(page.url.partition("/live")[0] + f"/calls/{call.id}")
        story = told.locator(".timeline")
        expect(story).to_contain_text("szefowa wyjmuje dzwoniącego z kolejki Serwis.")
        expect(story).to_contain_text("administratora")


def test_members_pause_and_a_wall_shows_who_waits(firm: Daemon, page: Page) -> None:
    with contextlib.closing(open_database(firm.database, ROOMS)) as db:
        address = page.url.partition("/live")[0] + f"/screen/{screens.add(db, 'hall')}"
    with Softphone(firm.port, "101-1") as anna, Softphone(firm.port, "102-1") as jan:
        wall = page.context.new_page()
        wall.goto(address)
        page.get_by_role("link", name="Anna Nowak").click()
        page.select_option("#reason", "lunch")
        page.get_by_role("button", name="Zacznij przerwę").click()
        expect(wall.locator(".people li")).to_contain_text("przerwa")
        jan.call("1000")
        jan.status(200)
        expect(wall.locator(".big").first).to_contain_text("1")
        page.get_by_role("link", name="Anna Nowak").click()
        page.get_by_role("button", name="Zakończ przerwę").click()
        anna.rings()
        expect(wall.locator(".people li")).to_contain_text("dzwoni telefon")
        anna.answer_call()
        expect(wall.locator(".people li")).to_contain_text("rozmawia")
        expect(wall.locator(".big").first).to_contain_text("0")
        jan.leave()
        anna.hung_up()


def test_a_conference_is_led_and_a_schedule_closed(
    firm: Daemon, panel: PanelBeside, page: Page
) -> None:
    with Softphone(firm.port, "101-1") as anna, Softphone(firm.port, "102-1") as jan:
        jan.call("*1234")
        jan.status(200)
        rooms = page.locator("section[aria-labelledby=rooms-heading]")
        guest = rooms.locator("tbody tr", has_text="Jan Kowal")
        guest.get_by_role("button", name="Wycisz").click()
        expect(guest).to_contain_text("wyciszony")
        rooms.get_by_role("link", name="Zaproś").click()
        page.fill("#target", "101")
        page.get_by_role("button", name="Zaproś").click()
        anna.rings()
        anna.decline()
        rooms.get_by_role("button", name="Zakończ konferencję").click()
        expect(page.locator(".done")).to_have_text("Zrobione.")
        jan.leave()  # who is sent home is told so first, which takes its time
        expect(rooms).to_contain_text("nikogo nie ma")

        hours = page.locator("section[aria-labelledby=schedules-heading]")
        hours.get_by_role("button", name="Zamknij na dziś").click()
        expect(hours).to_contain_text("zamknięte ręcznie, do")
        hours.get_by_role("button", name="Przywróć godziny").click()
        expect(hours).to_contain_text("otwarte")
    # Where the panel is gone, whoever looks on is told so.
    panel.stop()
    expect(page.locator("#stale")).to_be_visible()
