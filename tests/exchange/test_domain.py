"""The exchange among the domains: whose calls it takes, what it promises, what is forgotten."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from sipagent import config_sources, retention, shipped
from sipagent.backoffice import BackOffice
from sipagent.config import Config
from sipagent.doctor import promises
from sipagent.domain import Domains
from sipagent.domains import composed
from sipagent.exchange import editing
from sipagent.exchange.reaching.schema import reaching
from sipagent.exchange.reading import load
from sipagent.exchange.schema import exchange
from sipagent.messages.schema import messages
from sipagent.records.schema import records
from sipagent.scenario import loader
from sipagent.speech.catalogue import Catalogue
from sipagent.store.data import Single
from sipagent.store.database import open_database
from sipagent.store.store import Store
from sipagent.telephony.fake import FakeLeg
from tests.exchange.exchanges import firm
from tests.patience import PATIENCE
from tests.phone_tones import Signal

pytestmark = pytest.mark.unit

SETTINGS = """\
[paths]
scenarios = "{scenarios}"
prompts = "{prompts}"

[[trunk]]
name = "carrier"
registrar = "sip:sip.example.com"
user = "biuro"
[trunk.numbers]
"221000200" = "infolinia"
"221000299" = "infolinia"
"""
EVENING = 'name = "wieczór"\nlanguages = ["pl"]\nstart = "end"\n[steps.end]\ntype = "hang-up"\n'


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    """A line with a carrier, two scenarios, and the firm."""
    scenarios = tmp_path / "local/scenarios"
    scenarios.mkdir(parents=True)
    (scenarios / "wieczor.toml").write_text(EVENING, "utf-8")
    text = SETTINGS.format(scenarios=shipped.SCENARIOS, prompts=shipped.PROMPTS)
    (tmp_path / "agent.toml").write_text(text, "utf-8")
    found = config_sources.load(tmp_path / "agent.toml", {})
    write(found, lambda db: editing.replace(db, firm()))
    return found


def write(settings: Config, work: Any) -> None:
    with closing(open_database(settings.paths.database, [exchange])) as db:
        work(db)


def lead(settings: Config, ref: str) -> None:
    write(settings, lambda db: editing.edit(db, "numbers", "+48221000200", {"leads_to": ref}))


def box(settings: Config) -> None:
    fields = {"name": "Skrzynka", "owner": "user:Anna Nowak"}
    write(settings, lambda db: editing.add(db, "boxes", fields))


@asynccontextmanager
async def at_work(settings: Config, domains: Domains | None = None) -> AsyncIterator[Any]:
    """The domains of a line, at work: asks who takes a call."""
    domains = domains or composed()
    programme = domains.programme(settings)
    async with Store(settings.paths.database, [*domains.migrations, messages, records]) as store:
        office = BackOffice(settings, domains, store)
        await office.start()

        def taken(called: str, trunk: str = "carrier") -> str | None:
            handler = domains.route(FakeLeg(called=called, trunk=trunk), programme)
            return handler.name if handler else None

        try:
            yield taken
        finally:
            await office.stop()


async def test_a_number_leads_to_its_scenario(settings: Config) -> None:
    lead(settings, "scenario:wieczor")
    async with at_work(settings) as taken:
        assert taken("221000200") == taken("+48221000200") == "wieczór"
        assert taken("221000299") is None, "what the exchange does not know is not its own"
        assert taken("221000200", trunk="") is None, "numbers are those of trunks"


async def test_it_knows_its_numbers_among_what_a_carrier_calls(settings: Config) -> None:
    domains = composed()
    assert not domains.knows("221000200"), "it is not at work yet"
    async with at_work(settings, domains):
        assert domains.knows("221000200")
        assert domains.knows("48221000200")
        assert not domains.knows("221000299")


async def test_a_number_leads_to_its_group(settings: Config) -> None:
    async with at_work(settings) as taken:
        assert taken("221000200") == "group:Biuro"


async def test_a_number_leads_to_a_box(settings: Config) -> None:
    box(settings)
    lead(settings, "box:Skrzynka")
    async with at_work(settings) as taken:
        assert taken("221000200") == "box:Skrzynka"


async def test_a_call_is_led_by_what_was_changed_just_before(settings: Config) -> None:
    domains = composed()
    await domains.catch_up()  # not at work yet
    async with at_work(settings, domains) as taken:
        box(settings)
        lead(settings, "box:Skrzynka")
        await domains.catch_up()
        assert taken("221000200") == "box:Skrzynka"


async def test_a_scenario_that_was_not_read_yet_takes_no_call(settings: Config) -> None:
    async with at_work(settings) as taken:
        lead(settings, "scenario:wieczor")
        async with asyncio.timeout(PATIENCE):
            while taken("221000200") is not None:
                await asyncio.sleep(0.05)


def test_scenarios_that_numbers_lead_to_are_read(settings: Config) -> None:
    lead(settings, "scenario:wieczor")
    wanted = composed().wanted(settings)
    assert wanted["wieczor"] == "sipagent numbers show +48221000200"
    assert "wieczór" in {one.name for one in composed().programme(settings).scenarios.values()}


def test_without_a_database_there_is_nothing(tmp_path: Path) -> None:
    settings = Config().model_copy(
        update={"paths": Config().paths.model_copy(update={"database": tmp_path / "none.db"})}
    )
    assert "wieczor" not in composed().wanted(settings)
    assert not (tmp_path / "none.db").exists()


def told(settings: Config) -> str:
    return "\n".join(promises.missed(settings, composed()))


def test_a_number_in_both_places_is_told_of(settings: Config) -> None:
    lead(settings, "scenario:wieczor")
    assert (
        f"{settings.files[0]}:10: 221000200: the exchange leads this number to scenario:wieczor, "
        "and that counts; remove it here, or there with sipagent numbers remove +48221000200"
    ) in told(settings)


def test_what_is_promised_in_vain_is_told_of(settings: Config) -> None:
    fields: dict[str, Any] = {"name": "Witamy", "text": {"pl": "Witamy."}, "voice": {"pl": "nikt"}}
    write(settings, lambda db: editing.add(db, "announcements", fields))
    fields = {"account": "jan", "user": "Jan Kowal"}
    write(settings, lambda db: editing.add(db, "phones", fields))
    notes = told(settings)
    assert "phone jan has no password: sipagent phones renew jan" in notes
    assert "announcement Witamy is read by the line's own voice: " in notes
    assert "101-1" not in notes


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "is not there"),
        (b"no sound", "cannot be read: "),
        (np.zeros(8000), "is silent; record it again"),
    ],
)
def test_a_recording_that_nobody_can_hear_is_told_of(
    content: bytes | Signal | None, why: str, settings: Config
) -> None:
    fields = {"name": "Witamy", "recording": "witamy.wav"}
    write(settings, lambda db: editing.add(db, "announcements", fields))
    file = settings.paths.announcements / "witamy.wav"
    file.parent.mkdir()
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content is not None:
        soundfile.write(file, content, 8000)
    section = settings.exchange.model_copy(update={"music": file})
    told_of = "\n".join(
        promises.broken(settings.model_copy(update={"exchange": section}), composed())
    )
    assert f"announcement Witamy: {file}: {why}" in told_of
    assert f"exchange.music: {file}: {why}" in told_of


def test_a_key_of_recordings_that_is_none(settings: Config) -> None:
    file = settings.paths.database.parent / "recording.key"
    file.write_text("secret")
    section = settings.recording.model_copy(update={"key_file": file})
    told = list(promises.broken(settings.model_copy(update={"recording": section}), composed()))
    assert [one for one in told if "openssl rand -base64 32" in one]


WELCOME = {"name": "Witamy", "text": {"pl": "Dzień dobry."}}
LEADS = """name = "centrala"
languages = ["pl"]
start = "hours"
[steps.hours]
type = "schedule"
schedule = "{schedule}"
next = "number"
[steps.number]
type = "dial"
announcement = "{said}"
next = "office"
[steps.office]
type = "redirect"
target = "{target}"
next = "end"
[steps.end]
type = "hang-up"
"""


@pytest.mark.parametrize(
    ("schedule", "target", "wrong"),
    [
        ("Biuro", "group:Biuro", []),
        ("Biuro", "+48600100200", []),
        ("Biuro", "+48221000200", []),
        (
            "Biuro",
            "+48221000201",
            [
                "centrala.toml:14: steps.office.target: +48221000201 leads to scenario:infolinia, "
                "to which no step can lead"
            ],
        ),
        (
            "Noc",
            "user:Ewa Lis",
            [
                "centrala.toml:6: steps.hours.schedule: there is no schedule 'Noc'",
                "centrala.toml:10: steps.number.announcement: there is no announcement 'Nic'",
                "centrala.toml:14: steps.office.target: there is no user 'Ewa Lis'",
            ],
        ),
    ],
)
def test_a_step_that_leads_to_what_is_gone_is_told_of(
    settings: Config, schedule: str, target: str, wrong: list[str]
) -> None:
    write(settings, lambda db: editing.add(db, "schedules", {"name": "Biuro"}))
    number = {"number": "+48221000201", "leads_to": "scenario:infolinia"}
    write(settings, lambda db: editing.add(db, "numbers", number))
    folder = settings.paths.all_scenarios[-1]
    file = folder / "centrala.toml"
    said = "Witamy" if schedule == "Biuro" else "Nic"
    write(settings, lambda db: editing.add(db, "announcements", WELCOME))
    file.write_text(LEADS.format(schedule=schedule, target=target, said=said), "utf-8")
    domains = composed()
    catalogue = Catalogue.load(*settings.paths.all_prompts)
    scenario = loader.load(file, catalogue, domains.vocabulary)
    told_of = [one.told(file) for one in domains.astray(settings, scenario)]
    assert told_of == [f"{folder}/{one}" for one in wrong]


BOXES = """name = "centrala"
languages = ["pl"]
start = "welcome"
[steps.welcome]
type = "announcement"
announcement = "Witamy"
next = "office"
[steps.office]
type = "redirect"
target = "box:Nikt"
music = "Melodia"
on = { answered = "listen" }
next = "message"
[steps.message]
type = "voicemail"
box = "Skrzynka"
next = "listen"
[steps.listen]
type = "mailbox"
box = "Nikt"
"""


def test_announcements_and_boxes_that_are_gone_are_told_of(settings: Config) -> None:
    box(settings)
    path = settings.paths.local / "scenarios" / "centrala.toml"
    path.write_text(BOXES, "utf-8")
    domains = composed()
    catalogue = Catalogue.load(*settings.paths.all_prompts)
    scenario = loader.load(path, catalogue, domains.vocabulary)
    told_of = [one.told(path) for one in domains.astray(settings, scenario)]
    assert [one.partition("centrala.toml:")[2] for one in told_of] == [
        "6: steps.welcome.announcement: there is no announcement 'Witamy'",
        "10: steps.office.target: there is no box 'Nikt'",
        "11: steps.office.music: there is no announcement 'Melodia'",
        "20: steps.listen.box: there is no box 'Nikt'",
    ]


def test_a_password_for_another_realm_is_told_of(settings: Config) -> None:
    sip = settings.sip.model_copy(update={"realm": "firma.example"})
    other = settings.model_copy(update={"sip": sip})
    assert "phone 101-1 has a password for the realm sipagent, and sip.realm is firma.example" in (
        told(other)
    )


def test_a_phone_that_never_answers_is_told_of(settings: Config) -> None:
    contact, at = "sip:101-1@192.0.2.1", "2026-11-26T09:00:00+00:00"
    binding = (contact, at, "a@b", 1, "192.0.2.1:5060", "UDP", "[]", "", "")
    assert "has answered no call" not in told(settings)
    with closing(open_database(settings.paths.database, [exchange, reaching])) as db:
        (phone,) = db.execute("SELECT id FROM phones WHERE account = '101-1'").fetchone()
        db.execute(f"INSERT INTO bindings VALUES (?{', ?' * len(binding)})", [phone, *binding])
        db.execute("INSERT INTO silent_phones VALUES (?, ?, ?)", [phone, contact, at])
    assert (
        "phone 101-1 of Anna Nowak is registered, but has answered no call since 2026-11-26 10:00"
    ) in told(settings)


async def test_what_was_changed_is_forgotten_some_day(settings: Config) -> None:
    later = datetime.now(UTC) + timedelta(days=settings.retention.changes + 1)
    domains = composed()
    with closing(
        open_database(settings.paths.database, [*domains.migrations, messages, records])
    ) as db:
        assert db["exchange_changes"].count
        await retention.run(Single(db), settings, domains, later)
        assert not db["exchange_changes"].count
        assert load(db).exchange == firm()
