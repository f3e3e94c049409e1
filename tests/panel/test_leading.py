"""Groups, queues, rooms, boxes, hours, announcements and numbers, as administrators change them."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import soundfile
import sqlite_utils

from sipagent.exchange import editing
from sipagent.exchange.model import Exchange
from sipagent.exchange.reading import load
from sipagent.panel.permissions import Role
from tests.panel.browsing import Browser, Panel, opened
from tests.phone_tones import sine

pytestmark = pytest.mark.unit

HOSTILE = "<script>alert(1)</script>"


def fill(db: sqlite_utils.Database) -> None:
    """Make a firm."""
    editing.add(db, "users", {"name": "Anna Nowak", "number": "101", "mobile": "+48600100101"})
    editing.add(db, "users", {"name": "Jan Kowal", "number": "102"})
    editing.add(db, "outside", {"name": "Ewa", "number": "+48600100102", "code": "*022"})
    members = ["user:Anna Nowak", "user:Jan Kowal"]
    editing.add(db, "groups", {"name": "Biuro", "number": "200", "members": members})
    editing.add(db, "announcements", {"name": "Zamknięte", "text": {"pl": "Zamknięte."}})
    editing.add(
        db, "boxes",
        {"name": "Biuro", "owner": "group:Biuro", "greetings": {"closed": "Zamknięte"}},
    )  # fmt: skip
    editing.add(db, "schedules", {"name": "Biuro", "hours": "mon-fri 08:00-16:00"})
    editing.add(db, "numbers", {"number": "+48221000200", "leads_to": "group:Biuro"})


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over a firm."""
    with opened(tmp_path, fill) as panel:
        panel.add("adm", language="en")
        panel.add("anna", Role.USER, user="101")
        yield panel


@pytest.fixture
def browser(firm: Panel) -> Browser:
    """Return a browser in which an administrator is."""
    browser = firm.browser()
    browser.log_in("adm")
    return browser


def there(panel: Panel) -> Exchange:
    """Return the exchange as it is kept."""
    return panel.store.blocking.read(load).exchange


def controls(html: str) -> dict[str, str]:
    """Return what stands in the controls of the form of an entry, as a browser would send it."""
    form = html.partition('class="entry"')[2].partition("</form>")[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if attributes.get("type") == "checkbox" and " checked" not in tag:
            continue
        if "name" in attributes:
            found[attributes["name"]] = attributes.get("value", "on")
    for name, options in re.findall(
        r'<select id="[^"]*" name="([^"]*)".*?>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(
            r'value="([^"]*)"', options
        )
        found[name] = chosen[1] if chosen else ""
    for name, text in re.findall(
        r'<textarea id="[^"]*" name="([^"]*)".*?>\n(.*?)</textarea>', form, re.DOTALL
    ):
        found[name] = text
    return found


@pytest.mark.parametrize("kind", ["groups", "boxes", "schedules", "announcements", "numbers"])
def test_a_form_that_nobody_changes_changes_nothing(
    firm: Panel, browser: Browser, kind: str
) -> None:
    before = firm.store.blocking.read(load)
    (entry,) = before.exchange.entries(kind)
    page = browser.get(f"/exchange/{kind}/entry?key={entry.key.replace('+', '%2B')}")
    assert page.status_code == 200, page.text
    answer = browser.post(page.url.raw_path.decode(), **controls(page.text))
    assert answer.status_code == 200, answer.text
    assert 'class="done"' in answer.text
    after = firm.store.blocking.read(load)
    assert (after.exchange, after.version) == (before.exchange, before.version)


def test_members_stand_in_the_order_that_was_sent(firm: Panel, browser: Browser) -> None:
    """A script moves rows; without it each has a place that is typed."""
    form = controls(browser.get("/exchange/groups/entry?key=Biuro").text)
    rows = {name: value for name, value in form.items() if name.startswith("members.")}
    rest = {name: value for name, value in form.items() if name not in rows}
    assert [rows["members.0.place"], rows["members.1.place"]] == ["1", "2"]
    browser.post("/exchange/groups/entry?key=Biuro", **rest, **{**rows, "members.0.place": "3"})
    assert there(firm).groups[0].members == ("user:Jan Kowal", "user:Anna Nowak")

    browser.get("/exchange/groups/entry?key=Biuro")
    added = {"members.7.who": "outside:Ewa", "members.7.place": "1"}
    removed = {"members.1.who": "", "members.1.place": "2"}
    kept = {"members.0.who": "user:Jan Kowal", "members.0.place": "9"}
    browser.post("/exchange/groups/entry?key=Biuro", **{**rest, "seen": "99"}, **added, **removed)
    assert len(there(firm).groups[0].members) == 2  # as somebody else has not seen it
    seen = controls(browser.get("/exchange/groups/entry?key=Biuro").text)["seen"]
    browser.post(
        "/exchange/groups/entry?key=Biuro", **{**rest, "seen": seen}, **kept, **removed, **added
    )
    assert there(firm).groups[0].members == ("outside:Ewa", "user:Jan Kowal")


def test_a_group_of_nobody_is_refused_and_what_was_typed_stands_there(
    firm: Panel, browser: Browser
) -> None:
    browser.get("/exchange/groups/new")
    answer = browser.post("/exchange/groups/new", name="Serwis", number="210", order="in-turn",
                          seconds="15")  # fmt: skip
    assert answer.status_code == 422
    assert "a group of nobody rings nobody" in answer.text
    assert 'value="Serwis"' in answer.text
    twice = {"members.0.who": "user:Jan Kowal", "members.1.who": "user:Jan Kowal"}
    fields = {"name": "Serwis", "number": "210", "order": "in-turn", "seconds": "15"}
    answer = browser.post("/exchange/groups/new", **fields, **twice)
    assert answer.status_code == 422
    assert "is a member twice" in answer.text
    assert len(there(firm).groups) == 1


def test_a_queue_has_all_of_its_settings(firm: Panel, browser: Browser) -> None:
    form = controls(browser.get("/exchange/queues/new").text)
    given = {
        "name": "Serwis", "number": "300", "strategy": "in-order", "wrap_up": "10",
        "members.0.who": "user:Jan Kowal", "members.0.tier": "2", "members.0.place": "2",
        "members.0.skills": "angielski, PBX",
        "members.1.who": "user:Anna Nowak", "members.1.tier": "", "members.1.place": "1",
        "leads.too-long": "box:Biuro", "leads.nobody": "group:Biuro", "greeting": "Zamknięte",
        "between.0.announcement": "Zamknięte", "leave_key": "2", "callback_key": "1",
    }  # fmt: skip
    answer = browser.post("/exchange/queues/new", **{**form, **given})
    assert answer.status_code == 200, answer.text
    (queue,) = there(firm).queues
    assert queue.model_dump(exclude_defaults=True, mode="json") == {
        "name": "Serwis",
        "number": "300",
        "strategy": "in-order",
        "wrap_up": 10,
        "members": [
            {"who": "user:Anna Nowak"},
            {"who": "user:Jan Kowal", "tier": 2, "skills": ["angielski", "PBX"]},
        ],
        "leads": {"too-long": "box:Biuro", "nobody": "group:Biuro"},
        "greeting": "Zamknięte",
        "between": ["Zamknięte"],
        "leave_key": "2",
        "callback_key": "1",
    }
    # What a form shows of it is what it keeps.
    shown = controls(browser.get("/exchange/queues/entry?key=Serwis").text)
    browser.post("/exchange/queues/entry?key=Serwis", **shown)
    assert there(firm).queues == (queue,)
    same = {**shown, "callback_key": "2"}
    answer = browser.post("/exchange/queues/entry?key=Serwis", **same)
    assert answer.status_code == 422
    assert "cannot both leave and ask for a callback" in answer.text


def test_a_room_and_its_pins(firm: Panel, browser: Browser) -> None:
    form = controls(browser.get("/exchange/rooms/new").text)
    answer = browser.post("/exchange/rooms/new", **{**form, "name": "Narada", "number": "*1234"})
    assert answer.status_code == 200, answer.text
    assert there(firm).rooms[0].tones
    assert not there(firm).rooms[0].record
    browser.get("/exchange/rooms/entry?key=Narada")
    shown = browser.post("/exchange/rooms/pin?key=Narada", pin="moderator_pin", draw="")
    drawn = re.search(r'<code class="secret">([0-9]{6})<', shown.text)
    assert drawn is not None
    (room,) = there(firm).rooms
    assert room.moderator_pin.startswith("$argon2id$")
    assert not room.pin
    assert drawn[1] not in browser.get("/exchange/rooms/entry?key=Narada").text
    browser.post("/exchange/rooms/pin?key=Narada", pin="moderator_pin", take="")
    assert not there(firm).rooms[0].moderator_pin
    assert browser.post("/exchange/rooms/pin?key=Narada", pin="name", draw="").status_code == 404
    browser.get("/exchange/boxes/entry?key=Biuro")
    browser.post("/exchange/boxes/pin?key=Biuro", pin="pin", draw="")
    assert there(firm).boxes[0].has_secret


def test_hours_are_typed_by_day_and_drawn(firm: Panel, browser: Browser) -> None:
    page = browser.get("/exchange/schedules/entry?key=Biuro&week=2026-12-24").text
    form = controls(page)
    assert [form[f"hours.{day}"] for day in ("mon", "sat")] == ["08:00-16:00", ""]
    # A week of the calendar, in which the holidays of Christmas are told.
    assert "Week of 2026-12-21" in page
    assert page.count("holiday</text>") == 3
    assert "Wed 23.12, 08:00–16:00" in page
    days = {
        "days.0.first": "2026-12-23",
        "days.0.hours": "09:00-12:00",
        "days.1.first": "2026-12-28",
        "days.1.last": "2026-12-31",
        "days.1.hours": "",
        "days.2.first": "2027-01-02",
        "days.2.hours": "00:00-24:00",
    }
    sent = {**form, "hours.sat": "9:00-12:00", "hours.fri": "", "hours.holidays": "on", **days}
    answer = browser.post("/exchange/schedules/entry?key=Biuro", **sent)
    assert answer.status_code == 200, answer.text
    (schedule,) = there(firm).schedules
    assert schedule.hours == "mon-thu 08:00-16:00; sat 09:00-12:00; holidays open"
    assert [(one.first, one.last, one.hours) for one in schedule.days] == [
        ("2026-12-23", "2026-12-23", "09:00-12:00"), ("2026-12-28", "2026-12-31", "closed"),
        ("2027-01-02", "2027-01-02", "open"),
    ]  # fmt: skip
    page = browser.get("/exchange/schedules/entry?key=Biuro&week=2026-12-23").text
    assert "Wed 23.12, 09:00–12:00" in page
    assert "other hours</text>" in page
    assert "Thu 24.12, 08:00–16:00" in page
    nowhere = browser.get("/exchange/schedules/entry?key=Biuro&week=0001-01-01")
    assert nowhere.status_code == 200


def test_times_that_are_none_are_told_at_once_and_when_saved(firm: Panel, browser: Browser) -> None:
    drawn = browser.get("/exchange/schedules/week?hours.mon=08:00-12:00,+22:00-06:00").text
    assert "Mon, 22:00–24:00" in drawn
    assert "Tue, 00:00–06:00" in drawn
    assert "Mon, 00:00–24:00" in browser.get("/exchange/schedules/week?hours.always=on").text
    wrong = browser.get(f"/exchange/schedules/week?hours.mon={HOSTILE}").text
    assert "Times are such as" in wrong
    form = controls(browser.get("/exchange/schedules/entry?key=Biuro").text)
    answer = browser.post("/exchange/schedules/entry?key=Biuro", **{**form, "hours.tue": "8-16"})
    assert answer.status_code == 422
    assert 'value="8-16"' in answer.text
    assert there(firm).schedules[0].hours == "mon-fri 08:00-16:00"


def test_a_night_is_begun_and_ended(firm: Panel, browser: Browser) -> None:
    def until() -> datetime | None:
        return firm.store.blocking.read(load).nights.get("Biuro")

    path = "/exchange/schedules/night?key=Biuro"
    browser.get("/exchange/schedules/entry?key=Biuro")
    browser.post(path, do="close")
    night = until()
    assert night is not None
    assert night > datetime.now(UTC)
    assert "closed by hand" in browser.get("/exchange/schedules/entry?key=Biuro").text
    browser.post(path, do="open")
    assert until() is None
    tomorrow = (datetime.now() + timedelta(days=1)).strftime("%Y-%m-%dT07:30")
    browser.post(path, do="close", until=tomorrow)
    assert until() is not None
    browser.post(path, do="open")
    for wrong in ("2020-01-01T10:00", "tomorrow", "0001-01-01T00:00"):
        assert browser.post(path, do="close", until=wrong).status_code == 422
    assert until() is None
    assert browser.post("/exchange/schedules/night?key=Nigdy").status_code == 404


def test_a_number_shows_where_its_calls_go(firm: Panel, browser: Browser) -> None:
    page = browser.get("/exchange/numbers/entry?key=%2B48221000200").text
    journey = page.partition('class="journey"')[2].partition("</section>")[0]
    told = " ".join(re.sub(r"<[^>]*>", " ", journey).split())
    assert told.lstrip("> ").startswith("group Biuro all at once, 20 s person Anna Nowak mobile")
    assert told.endswith("when nobody takes it box Biuro")
    assert 'href="/exchange/users/entry?key=Anna+Nowak"' in journey
    form = controls(page)
    answer = browser.post("/exchange/numbers/entry?key=%2B48221000200",
                          **{**form, "leads_to": "scenario:infolinia"})  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert there(firm).numbers[0].leads_to == "scenario:infolinia"
    assert "scenario: infolinia" in browser.get("/exchange/numbers").text


def wave(hertz: float = 500.0) -> bytes:
    """Return a recording."""
    file = io.BytesIO()
    soundfile.write(file, sine(hertz, 0.5, -20) / 32768, 16000, format="WAV")
    return file.getvalue()


def send(browser: Browser, path: str, name: str, content: bytes, /, **fields: str) -> str:
    """Send an announcement with a file; return the page that answers."""
    answer = browser.client.post(
        path,
        data={"token": browser.token, **fields},
        files={"recording-file": (name, content)},
        headers={"origin": browser.origin},
    )
    assert answer.status_code in (200, 422), answer.text
    return answer.text


def test_a_recording_comes_with_the_form_and_is_heard(firm: Panel, browser: Browser) -> None:
    browser.get("/exchange/announcements/new")
    folder = firm.config.paths.announcements
    send(browser, "/exchange/announcements/new", "C:\\Moje\\święta!.wav", wave(), name="Święta")
    found = there(firm).find("announcements", "Święta")
    assert found is not None
    assert found.told()["recording"] == "święta_.wav"
    assert [one.name for one in folder.iterdir()] == ["święta_.wav"]
    page = browser.get("/exchange/announcements/entry?key=%C5%9Awi%C4%99ta")
    assert "/exchange/announcements/sound?key=%C5%9Awi%C4%99ta" in page.text
    sound = browser.get("/exchange/announcements/sound?key=%C5%9Awi%C4%99ta")
    assert sound.headers["content-type"] == "audio/wav"
    samples, rate = soundfile.read(io.BytesIO(sound.content))
    assert rate == 8000  # as callers hear it
    assert len(samples) > 1000
    part = browser.client.get(sound.url, headers={"range": "bytes=0-99"})
    assert (part.status_code, len(part.content)) == (206, 100)
    # Words in its place, and the file stays: somebody else may play it.
    form = {**controls(page.text), "recording.none": "on", "text.pl": "Wesołych Świąt."}
    browser.post("/exchange/announcements/entry?key=%C5%9Awi%C4%99ta", **form)
    found = there(firm).find("announcements", "Święta")
    assert found is not None
    assert found.told()["text"] == {"pl": "Wesołych Świąt."}
    assert found.told()["recording"] == ""
    assert list(folder.iterdir())


def test_what_is_no_recording_is_refused_and_nothing_is_left(firm: Panel, browser: Browser) -> None:
    browser.get("/exchange/announcements/new")
    for name, content in (("a.wav", b"MZ\0"), ("a.exe", wave()), ("../../x.wav", b"")):
        page = send(browser, "/exchange/announcements/new", name, content, name="Nowa")
        assert "This recording cannot be played" in page
        assert 'value="Nowa"' in page
    folder = firm.config.paths.announcements
    assert not folder.exists() or not list(folder.iterdir())
    assert there(firm).find("announcements", "Nowa") is None


def test_words_are_heard_before_they_are_kept(firm: Panel, browser: Browser) -> None:
    clip = f"{'0' * 40}.{'1' * 8}.wav"
    firm.config.paths.cache.mkdir(parents=True)
    soundfile.write(firm.config.paths.cache / clip, sine(500, 0.5, -20) / 32768, 8000)
    answers: list[object] = [None, {"clip": clip, "seconds": 0.5}]
    firm.line.answers["announcements.preview"] = lambda **words: answers.pop(0)
    browser.get("/exchange/announcements/new")
    given = {"language": "pl", "text.pl": "Witamy.", "voice.pl": "pl_PL-nela-low"}
    page = browser.post("/exchange/announcements/preview", **given).text
    assert "The voice is being rendered" in page
    assert 'hx-trigger="load delay' in page
    page = browser.post("/exchange/announcements/preview", **given).text
    assert firm.line.asked[-1] == (
        "announcements.preview",
        {"text": "Witamy.", "language": "pl", "voice": "pl_PL-nela-low"},
    )
    assert f'src="/exchange/announcements/clip/{clip}"' in page
    sound = browser.get(f"/exchange/announcements/clip/{clip}")
    assert len(soundfile.read(io.BytesIO(sound.content))[0]) == 4000
    for name in ("../sipagent.db", f"{'0' * 40}.{'2' * 8}.wav", "a.wav"):
        assert browser.get(f"/exchange/announcements/clip/{name}").status_code == 404
    assert browser.post("/exchange/announcements/preview", language="de").status_code == 404
    none = browser.post("/exchange/announcements/preview", language="en").text
    assert "no words to read" in none


def test_where_an_announcement_is_used(firm: Panel, browser: Browser) -> None:
    own = firm.config.paths.all_scenarios[-1]
    own.mkdir(parents=True)
    (own / "firma.toml").write_text(
        'name = "firma"\nlanguages = ["pl"]\nstart = "closed"\n'
        '[steps.closed]\ntype = "announcement"\nannouncement = "Zamknięte"\nnext = "end"\n'
        '[steps.end]\ntype = "hang-up"\n',
        "utf-8",
    )
    page = browser.get("/exchange/announcements/entry?key=Zamkni%C4%99te").text
    told = " ".join(re.sub(r"<[^>]*>", " ", page.partition('id="uses"')[2]).split())
    assert "box Biuro scenario firma , step closed" in told
    assert 'href="/exchange/boxes/entry?key=Biuro"' in page
    browser.post("/exchange/announcements/remove?key=Zamkni%C4%99te")
    assert there(firm).announcements


@pytest.mark.parametrize(
    "path",
    [f"/exchange/{kind}" for kind in ("groups", "queues", "rooms", "boxes", "schedules",
                                      "announcements", "numbers")]
    + ["/exchange/schedules/week", "/exchange/announcements/sound?key=Zamkni%C4%99te"],
)  # fmt: skip
def test_only_administrators_see_it(firm: Panel, path: str) -> None:
    browser = firm.browser()
    browser.log_in("anna")
    assert browser.get(path).status_code == 404


def test_what_stands_in_names_is_text(firm: Panel, browser: Browser) -> None:
    def work(db: sqlite_utils.Database) -> None:
        editing.edit(db, "users", "Anna Nowak", {"name": HOSTILE})
        editing.edit(db, "groups", "Biuro", {"name": f"Biuro {HOSTILE}"})
        editing.edit(db, "announcements", "Zamknięte", {"name": f"A {HOSTILE}"})
        editing.add(db, "schedules", {"name": f"B {HOSTILE}", "hours": "mon 08:00-09:00"})

    firm.store.blocking.write(work)
    for kind in ("groups", "queues", "boxes", "schedules", "announcements", "numbers"):
        for path in (f"/exchange/{kind}", f"/exchange/{kind}/new"):
            assert HOSTILE not in browser.get(path).text
        for entry in there(firm).entries(kind):
            page = browser.client.get(f"/exchange/{kind}/entry", params={"key": entry.key})
            assert page.status_code == 200
            assert HOSTILE not in page.text
