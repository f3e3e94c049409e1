"""Listening in from the browser: who may, what the page shows, and what goes over its channel."""

import json
import queue
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlite_utils
from starlette.websockets import WebSocketDisconnect

from sipagent.control.wire import short
from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.panel import people
from sipagent.panel.headset import UnderWay
from sipagent.panel.permissions import Role
from sipagent.telephony.headset import FRAME, LONGEST, SOUND, noted, presses, said
from tests.panel.browsing import Browser, Panel, opened
from tests.panel.test_calls import HOSTILE
from tests.panel.test_now import STATUS
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit

MARIA = {"name": "Maria Zych", "number": "110", "rights": ("internal", "listen")}
TALK = {
    "id": "c1", "since": "2026-11-26T11:00:00+00:00", "members": [HOSTILE, "Jan Kowal <102>"],
    "users": ["Jan Kowal"], "holding": [], "talking": True, "queue": "Biuro", "room": "",
    "number": "", "listeners": ["Ewa Lis <103> (listen)"],
}  # fmt: skip
OWN = {**TALK, "id": "c2", "members": ["Anna Nowak <101>", "Maria Zych <110>"],
       "users": ["Anna Nowak", "Maria Zych"]}  # fmt: skip


class Line:
    """The line's end of headsets."""

    def __init__(self) -> None:
        self._sound: queue.SimpleQueue[socket.socket] = queue.SimpleQueue()
        self.places: list[Path] = []
        self.open = ExitStack()

    def came(self) -> socket.socket:
        """Return its end once it has come."""
        return self._sound.get(timeout=PATIENCE)

    def hear(self, call: str, listener: str, at: str) -> object:
        """Come to where a browser waits, as the control ``calls.hear`` does."""
        if call == "over":
            raise DataError("no call that goes on begins with 'over'")
        self.places.append(Path(at))
        sound = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sound.settimeout(60)
        with short(Path(at)) as name:
            sound.connect(name)
        self._sound.put(self.open.enter_context(sound))
        return {"id": call, "whom": "Jan Kowal <102>"}


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Panel]:
    def fill(db: sqlite_utils.Database) -> None:
        editing.add(db, "users", MARIA)
        editing.add(db, "users", {"name": "Jan Kowal", "number": "102"})

    with opened(tmp_path, fill) as panel:
        panel.line.answers = {"line.status": STATUS, "calls.live": [TALK, OWN]}
        yield panel


@pytest.fixture
def line(firm: Panel) -> Iterator[Line]:
    there = Line()
    firm.line.answers["calls.hear"] = there.hear
    with there.open:
        yield there


@pytest.fixture
def maria(firm: Panel) -> Browser:
    """An administrator who is Maria, in her browser."""
    firm.add("maria", user="110", language="en")
    browser = firm.browser()
    browser.log_in("maria")
    return browser


def test_who_has_the_right_sees_who_talks_and_may_ask_for_the_microphone(maria: Browser) -> None:
    page = maria.get("/listening")
    assert 'data-call="c1"' in page.text
    assert 'data-call="c2"' not in page.text, "one's own call"
    assert "<script>alert" not in page.text
    assert "Ewa Lis &lt;103&gt; (listens)" in page.text
    assert "microphone=(self)" in page.headers["permissions-policy"]
    assert "microphone=()" in maria.get("/account").headers["permissions-policy"]
    part = maria.get("/listening/part").text
    assert "<html" not in part
    assert 'data-call="c1"' in part


def test_a_user_with_the_right_may_and_others_are_told_that_there_is_no_such_page(
    firm: Panel,
) -> None:
    firm.add("maria", Role.USER, user="110")
    firm.add("jan", Role.USER, user="102")
    shown = {}
    for name in ("maria", "jan"):
        browser = firm.browser()
        browser.log_in(name)
        shown[name] = browser.get("/listening").status_code, browser.get("/account").text
    assert [status for status, _ in shown.values()] == [200, 404]
    assert ['href="/listening"' in menu for _, menu in shown.values()] == [True, False]


def test_an_administrator_who_is_nobody_is_told_what_to_do(firm: Panel) -> None:
    firm.add("anna", language="en")
    browser = firm.browser()
    browser.log_in("anna")
    page = browser.get("/listening").text
    assert 'sipagent panel user be "anna" 110' in page
    assert "data-call" not in page
    firm.store.blocking.write(lambda db: people.be(db, "anna", "110"))
    assert 'data-call="c1"' in browser.get("/listening").text
    firm.store.blocking.write(lambda db: people.be(db, "anna", ""))
    assert "data-call" not in browser.get("/listening").text


def test_only_administrators_are_made_somebody_else(firm: Panel) -> None:
    firm.add("jan", Role.USER, user="102")
    with pytest.raises(DataError, match="jan is no administrator"):
        firm.store.blocking.write(lambda db: people.be(db, "jan", "110"))


def test_sound_and_words_come_and_buttons_and_sound_go(
    firm: Panel, maria: Browser, line: Line
) -> None:
    heard, spoken = bytes(range(FRAME)), bytes(reversed(range(FRAME)))
    with maria.channel("/listening/c1") as open_:
        open_.send_text(json.dumps({"presses": "5"}))
        open_.send_bytes(spoken)
        sound = line.came()
        assert sound.recv(LONGEST) == presses("5")
        assert sound.recv(LONGEST) == SOUND + spoken
        sound.send(SOUND + heard)
        sound.send(said("listening.waits"))
        sound.send(noted("listening", {"whom": HOSTILE, "mode": "whisper"}))
        assert open_.receive_bytes() == heard
        assert open_.receive_json() == {"says": "listening.waits"}
        told = open_.receive_json()
        assert told == {"notes": "listening", "whom": HOSTILE, "mode": "whisper"}
    assert sound.recv(LONGEST) == b"", "who closes the page has gone"
    assert line.places
    assert not any(place.exists() for place in line.places)
    asked = [wanted for do, wanted in firm.line.asked if do == "calls.hear"]
    assert [(one["call"], one["listener"]) for one in asked] == [("c1", "Maria Zych")]
    deeds = firm.store.blocking.read(
        lambda db: db.execute("SELECT person, what, about FROM panel_deeds").fetchall()
    )
    assert deeds[-1] == ("maria", "listen", "c1")


@pytest.mark.parametrize(
    "sent",
    ["{", "[]", "null", '{"presses": "#"}', '{"presses": "55"}', '{"presses": {}}',
     '{"has": "1"}', '{"has": -1}', '{"has": 1e400}', "[" * 4000, bytes(FRAME + 1), b"", ""],
    ids=lambda one: repr(one)[:20],
)  # fmt: skip
def test_what_is_no_button_and_no_sound_goes_nowhere(
    maria: Browser, line: Line, sent: str | bytes
) -> None:
    with maria.channel("/listening/c1") as open_:
        if isinstance(sent, bytes):
            open_.send_bytes(sent)
        else:
            open_.send_text(sent)
        open_.send_text(json.dumps({"presses": "*"}))
        sound = line.came()
        assert sound.recv(LONGEST) == presses("*")


def test_when_the_line_ends_it_the_channel_is_closed(maria: Browser, line: Line) -> None:
    with maria.channel("/listening/c1") as open_:
        open_.send_text(json.dumps({"presses": "4"}))
        sound = line.came()
        sound.recv(LONGEST)
        sound.close()
        with pytest.raises(WebSocketDisconnect):
            open_.receive_bytes()


def test_what_the_line_refuses_is_told(maria: Browser, line: Line) -> None:
    with maria.channel("/listening/over") as open_:
        assert open_.receive_json() == {"refused": "no call that goes on begins with 'over'"}
        with pytest.raises(WebSocketDisconnect):
            open_.receive_text()


def test_who_loses_the_right_is_cut_off(
    firm: Panel, maria: Browser, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sipagent.panel.application._STILL_IN", 0.01)
    with maria.channel("/listening/c1") as open_:
        open_.send_text(json.dumps({"presses": "4"}))
        sound = line.came()
        sound.recv(LONGEST)
        firm.store.blocking.write(lambda db: people.remove(db, "maria"))
        with pytest.raises(WebSocketDisconnect):
            open_.receive_bytes()
        assert sound.recv(LONGEST) == b""


def test_who_sends_without_end_is_heard_as_much_as_speaks(maria: Browser, line: Line) -> None:
    sent = 1000
    with maria.channel("/listening/c1") as open_:
        for _ in range(sent):
            open_.send_bytes(bytes(FRAME))
        sound = line.came()
    came = 0
    while sound.recv(LONGEST):
        came += 1
    assert 0 < came < sent


def test_a_slow_network_gets_no_more_than_it_takes() -> None:
    under_way = UnderWay()
    sent = [under_way.let_go() for _ in range(30)]
    assert sent == [True] * 20 + [False] * 10
    under_way.has(5)
    assert [under_way.let_go() for _ in range(6)] == [True] * 5 + [False]
    for lie in (0, -3, 26, 10**9):
        under_way.has(lie)
        assert not under_way.let_go()
    under_way.has(25)
    assert under_way.let_go()
