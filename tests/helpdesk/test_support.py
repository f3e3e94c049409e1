"""Support hours and ways to get in touch."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sipagent import config_sources
from sipagent.config import Config
from sipagent.config_helpdesk import AddressSection, HelpdeskSection
from sipagent.errors import ConfigError
from sipagent.helpdesk.support import MailAddress, Presence, Support

pytestmark = pytest.mark.unit

WARSAW = ZoneInfo("Europe/Warsaw")
BILLS = AddressSection(pl="Rozliczenia", en="Bills", email="rozliczenia@example.com")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


def support(**settings: object) -> Support:
    return Support(Config(helpdesk=HelpdeskSection.model_validate(settings)))


@pytest.mark.parametrize(
    ("moment", "agents", "expected"),
    [
        ("2026-11-26T10:00", 2, Presence(is_open=True, there=True, again=None)),
        ("2026-11-26T10:00", 0, Presence(is_open=True, there=False, again=None)),
        ("2026-11-26T10:00", None, Presence(is_open=True, there=True, again=None)),
        # A Friday evening; agents who are still there are not on duty.
        ("2026-11-27T17:00", 2, Presence(False, False, datetime(2026, 11, 30, 7, tzinfo=UTC))),
        # The eleventh of November is a holiday.
        ("2026-11-10T18:00", 0, Presence(False, False, datetime(2026, 11, 12, 7, tzinfo=UTC))),
    ],
)
def test_whether_somebody_is_there(moment: str, agents: int | None, expected: Presence) -> None:
    assert support().presence(at(moment), agents) == expected


def test_a_desk_that_never_opens() -> None:
    never = support(hours="mon-sun 00:00-00:00")
    assert never.presence(at("2026-11-26T10:00"), 1) == Presence(False, False, None)


def test_ways_to_get_in_touch_follow_the_settings() -> None:
    there = support(phone="22 100 02 00", addresses=[BILLS])
    assert (there.phone, there.number) == ("22 100 02 00", "+48221000200")
    assert there.addresses("pl") == [MailAddress("Rozliczenia", "rozliczenia@example.com")]
    assert there.addresses("en") == [MailAddress("Bills", "rozliczenia@example.com")]
    there.use(Config())
    assert (there.phone, there.number, there.addresses("pl")) == ("", "", [])


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ('hours = "mon-fri 8-17"', r"agent\.toml:2: helpdesk\.hours: .*no time such as"),
        ('phone = "12"', r"agent\.toml:2: helpdesk\.phone: "),
        (
            'addresses = [{ pl = "A", en = "B", email = "x" }]',
            r"agent\.toml:2: helpdesk\.addresses",
        ),
        ("attachments = -1", r"agent\.toml:2: helpdesk\.attachments: "),
    ],
)
def test_a_mistake_names_file_and_key(tmp_path: Path, settings: str, complaint: str) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(f"[helpdesk]\n{settings}\n", "utf-8")
    with pytest.raises(ConfigError, match=complaint):
        config_sources.load(file, {})
