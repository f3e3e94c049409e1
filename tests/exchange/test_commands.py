"""The commands of the exchange, as an operator types them."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import time_machine
from typer.testing import CliRunner, Result

from sipagent.cli.main import app
from sipagent.config_sources import load
from sipagent.errors import ConfigError, DataError, SetupError
from sipagent.exchange.document import written
from sipagent.exchange.model import Exchange
from sipagent.exchange.reading import load as read
from sipagent.exchange.schema import exchange
from sipagent.ops.backup import backup
from sipagent.ops.restore import restore
from sipagent.store.database import open_database
from sipagent.telephony.accounts import Account
from tests.exchange.exchanges import firm
from tests.phone_tones import Signal, sine

pytestmark = pytest.mark.unit


class Operator:
    """Types commands in a directory with an agent.toml."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.config = place / "agent.toml"
        self.config.write_text('[paths]\ndatabase = "line.db"\n[sip]\naddress = "192.0.2.7"\n')

    def types(self, *words: str, typed: str | None = None) -> str:
        """Run a command, and return what it prints; what it raises on purpose comes out."""
        result: Result = CliRunner().invoke(
            app, [*words, "--config", str(self.config)], env={"COLUMNS": "200"}, input=typed
        )
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    def reads(self, *words: str) -> Any:
        """Run a command that prints JSON."""
        return json.loads(self.types(*words, "--json"))

    @property
    def exchange(self) -> Exchange:
        """What is in the database."""
        with closing(open_database(self.place / "line.db", [exchange])) as db:
            return read(db).exchange


@pytest.fixture
def empty(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


@pytest.fixture
def operator(empty: Operator) -> Operator:
    file = empty.place / "firm.toml"
    file.write_text(written(firm(), secrets=True), "utf-8")
    empty.types("exchange", "apply", str(file))
    return empty


def test_an_exchange_begins_with_its_first_user(empty: Operator) -> None:
    with pytest.raises(SetupError, match="there are no entries of an exchange yet"):
        empty.types("users", "list")
    empty.types("users", "add", "Ewa", "--number", "103", "--rights", "internal, +49")
    told = empty.reads("users", "show", "103")
    assert (told["name"], told["rights"], told["phones"]) == ("Ewa", ["+49", "internal"], [])


def test_a_user_is_shown_with_what_names_them(operator: Operator) -> None:
    told = operator.reads("users", "show", "Anna Nowak")
    assert told["phones"] == ["101-1"]
    assert told["named_by"] == ["group Biuro"]
    assert "Anna Nowak" in operator.types("users", "list")
    with pytest.raises(DataError, match="there is no user 'Anna'; there is Anna Nowak"):
        operator.types("users", "show", "Anna")


def test_a_change_of_what_was_seen_otherwise_is_refused(operator: Operator) -> None:
    seen = str(operator.reads("users", "show", "101")["version"])
    operator.types("users", "edit", "101", "--email", "a@firma.example", "--seen", seen)
    with pytest.raises(DataError, match=r"email anna@firma\.example → a@firma\.example"):
        operator.types("users", "edit", "101", "--email", "", "--seen", seen)
    with pytest.raises(DataError, match="nothing to change; see: sipagent users edit --help"):
        operator.types("users", "edit", "101")


def test_an_empty_value_takes_away(operator: Operator) -> None:
    operator.types("users", "edit", "102", "--mobile", "")
    assert operator.reads("users", "show", "102")["mobile"] == ""


def test_who_is_asked_and_says_no_removes_nobody(operator: Operator) -> None:
    operator.types("groups", "edit", "200", "--member", "101")
    result = CliRunner().invoke(
        app, ["users", "remove", "102", "--config", str(operator.config)], input="n\n"
    )
    assert result.exit_code == 1
    assert operator.exchange.find("users", "Jan Kowal")
    assert "Removed users: Jan Kowal" in operator.types("users", "remove", "102", typed="y\n")


def test_a_password_is_shown_once_and_its_hashes_are_kept(operator: Operator) -> None:
    file = operator.place / "jan.xml"
    printed = operator.types("phones", "add", "102", "--linphone", str(file))
    word = printed.partition("Password: ")[2].split()[0]
    known = Account.of("102-1", word, realm="sipagent", extension="102")
    phone = operator.exchange.phones[1]
    assert (phone.account, phone.md5, phone.sha256) == ("102-1", known.md5, known.sha256)
    assert "Server:   192.0.2.7:5060 (TCP)" in printed
    assert "█" in printed, "the code for a camera"
    assert word in file.read_text("utf-8")
    assert file.stat().st_mode & 0o777 == 0o600
    told = operator.types("phones", "show", "102") + operator.types("phones", "list")
    assert "sip:192.0.2.7:5060;transport=tcp" in told
    assert not {word, phone.md5, phone.sha256} & set(told.split())
    assert word.encode() not in (operator.place / "line.db").read_bytes()


def test_another_password_ends_the_one_before(operator: Operator) -> None:
    before = operator.exchange.phones[0]
    operator.types("phones", "renew", "101-1", "--server", "firma.example:5070")
    after = operator.exchange.phones[0]
    assert after.md5 != before.md5
    assert after.sha256 != before.sha256


def test_phones_of_a_user_who_has_none(operator: Operator) -> None:
    with pytest.raises(DataError, match="Jan Kowal has no phone; see: sipagent phones add --help"):
        operator.types("phones", "show", "102")


def test_people_are_named_by_their_numbers(operator: Operator) -> None:
    operator.types("outside", "add", "Ewa", "600100102", "--code", "*022#")
    operator.types("groups", "edit", "Biuro", "--member", "*022", "--member", "101")
    assert operator.exchange.groups[0].members == ("outside:Ewa", "user:Anna Nowak")
    operator.types("boxes", "add", "Biuro", "--owner", "200")
    assert operator.exchange.boxes[0].owner == "group:Biuro"
    with pytest.raises(DataError, match="nobody has the number '999'"):
        operator.types("groups", "edit", "Biuro", "--member", "999")
    with pytest.raises(DataError, match="'hall:X' is not written as one of user:NAME"):
        operator.types("numbers", "edit", "+48221000200", "--leads-to", "hall:X")


def test_a_number_leads_to_a_box(operator: Operator) -> None:
    printed = operator.types("numbers", "add", "221000201", "--leads-to", "101")
    assert printed == "Added number +48221000201\n"
    operator.types("boxes", "add", "Skrzynka", "--owner", "101", "--number", "300")
    printed = operator.types("numbers", "edit", "+48221000201", "--leads-to", "300")
    assert printed == "Changed number +48221000201\n"
    scenario = operator.types("numbers", "edit", "+48221000201", "--leads-to", "scenario:infolinia")
    assert scenario == "Changed number +48221000201\n"
    with pytest.raises(ConfigError, match="--leads-to"):
        operator.types("numbers", "edit", "+48221000201", "--leads-to", "scenario:nic")


def test_a_new_scenario_waits_for_a_reload(operator: Operator) -> None:
    folder = operator.place / "local/scenarios"
    folder.mkdir(parents=True)
    (folder / "nowy.toml").write_text("", "utf-8")
    printed = operator.types("numbers", "add", "221000201", "--leads-to", "scenario:nowy")
    assert "reads the scenario nowy when it is reloaded" in printed


@pytest.mark.parametrize(
    ("until", "ends"),
    [
        ("18:00", "2026-11-26 18:00"),
        ("07:30", "2026-11-27 07:30"),
        ("7:30", "2026-11-27 07:30"),
        ("2026-11-30 07:30", "2026-11-30 07:30"),
    ],
)
def test_a_night_has_an_end(operator: Operator, until: str, ends: str) -> None:
    operator.types("schedules", "add", "Biuro")
    with time_machine.travel(datetime(2026, 11, 26, 9, tzinfo=UTC), tick=False):
        printed = operator.types("schedules", "night", "Biuro", "--until", until)
        assert printed == f"Schedule Biuro: closed until {ends}\n"
        told = operator.reads("schedules", "show", "Biuro")
        assert (told["now"], told["night_until"]) == ("closed", ends)
        operator.types("schedules", "night", "Biuro", "--off")
        assert operator.reads("schedules", "show", "Biuro")["now"] == "open"


@pytest.mark.parametrize("until", ["tomorrow", "25:00", "2026-11-25 07:30"])
def test_a_night_that_ends_never_or_is_over_is_refused(operator: Operator, until: str) -> None:
    operator.types("schedules", "add", "Biuro")
    with time_machine.travel(datetime(2026, 11, 26, 9, tzinfo=UTC), tick=False):
        with pytest.raises(DataError, match=f"--until: .*{until}"):
            operator.types("schedules", "night", "Biuro", "--until", until)
        assert operator.reads("schedules", "show", "Biuro")["night_until"] == ""


def test_a_night_lasts_until_the_schedule_opens(operator: Operator) -> None:
    operator.types("schedules", "add", "Biuro", "--hours", "mon-fri 08:00-16:00", "--code", "1")
    with time_machine.travel(datetime(2026, 11, 26, 9, tzinfo=UTC), tick=False):
        printed = operator.types("schedules", "night", "Biuro")
    assert printed == "Schedule Biuro: closed until 2026-11-27 08:00\n"


def test_two_schedules_have_two_codes(operator: Operator) -> None:
    operator.types("schedules", "add", "Biuro", "--code", "1")
    with pytest.raises(DataError, match="1 is the code of both Biuro and Magazyn"):
        operator.types("schedules", "add", "Magazyn", "--code", "1")
    with pytest.raises(DataError, match="no code of a schedule"):
        operator.types("schedules", "add", "Magazyn", "--code", "*1")
    operator.types("schedules", "add", "Magazyn", "--code", "2")
    operator.types("schedules", "edit", "Magazyn", "--code", "")
    assert operator.reads("schedules", "show", "Magazyn")["code"] == ""


def test_an_announcement_is_either_read_or_played(operator: Operator) -> None:
    operator.types("announcements", "add", "A", "--text", "pl=Dzień dobry.", "--text", "en=Hello.")
    given = operator.place / "a.flac"
    soundfile.write(given, sine(500, 1.0, -20) / 32768, 8000)
    operator.types("announcements", "edit", "A", "--recording", str(given))
    assert operator.exchange.announcements[0].text == {}
    operator.types("announcements", "edit", "A", "--text", "pl=Witamy.")
    found = operator.exchange.announcements[0]
    assert (found.text, found.recording) == ({"pl": "Witamy."}, "")
    with pytest.raises(DataError, match="--text: 'Witamy' is not of the form NAME=VALUE"):
        operator.types("announcements", "edit", "A", "--text", "Witamy")


def test_a_pin_is_asked_for_or_drawn(operator: Operator) -> None:
    operator.types("boxes", "add", "Biuro", "--owner", "200", "--number", "300")
    assert operator.types("boxes", "pin", "300", typed="590318\n") == "Box Biuro: PIN set\n"
    drawn = operator.types("boxes", "pin", "300", "--generate").split()[-1]
    assert len(drawn) == 6
    told = operator.reads("boxes", "show", "300")
    assert told["pin"] is True
    operator.types("boxes", "pin", "300", "--remove")
    assert operator.reads("boxes", "show", "300")["pin"] is False


def test_a_file_is_applied_whole_or_not_at_all(operator: Operator) -> None:
    file = operator.place / "exchange.toml"
    operator.types("exchange", "export", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text("utf-8")
    assert "md5" not in text
    assert operator.types("exchange", "apply", str(file)) == "Nothing differs.\n"
    before = operator.exchange

    file.write_text(text.replace('number = "102"', 'number = "200"'), "utf-8")
    line = text.splitlines().index('number = "200"') + 1
    with pytest.raises(ConfigError, match=f"toml:{line}: 200 is the number of both user Jan Kowal"):
        operator.types("exchange", "apply", str(file))
    assert operator.exchange == before

    file.write_text(text.replace('"Jan Kowal"', '"Jan Kowalski"').replace('"102"', '"112"'))
    with pytest.raises(ConfigError, match="'112' is an emergency number"):
        operator.types("exchange", "apply", str(file))

    changed = text.replace("Jan Kowal", "Ewa Lis").replace('"102"', '"103"')
    file.write_text(changed, "utf-8")
    printed = operator.types("exchange", "apply", str(file), "--dry-run")
    assert operator.exchange == before
    for told in (
        "added    user Ewa Lis: number 103, mobile +48600100101",
        "removed  user Jan Kowal",
        "changed  group Biuro: members user:Anna Nowak, user:Jan Kowal → user:Anna Nowak, user:Ewa",
        "3 would change",
    ):
        assert told in printed
    assert "3 changed" in operator.types("exchange", "apply", str(file))
    assert operator.exchange.phones == before.phones, "passwords stay"


def test_the_last_changes_are_told(operator: Operator) -> None:
    operator.types("users", "edit", "102", "--mobile", "600100102", "--name", "Jan Lis")
    operator.types("phones", "renew", "101-1")
    *_, user, password = operator.types("exchange", "changes").splitlines()
    assert user.endswith(
        "changed  user Jan Lis: name Jan Kowal → Jan Lis, mobile +48600100101 → +48600100102"
    )
    assert password.endswith("changed  phone 101-1: password set → another one")
    assert len(operator.types("exchange", "changes", "-n", "1").splitlines()) == 1
    number = user.split()[0]
    printed = operator.types("exchange", "undo", number)
    assert "changed  user Jan Kowal: name Jan Lis → Jan Kowal, mobile +48600100102 → " in printed
    assert operator.exchange.users == firm().users
    with pytest.raises(DataError, match="was removed since"):
        operator.types("exchange", "undo", number)


def test_hashes_stand_in_a_file_where_they_are_asked_for(operator: Operator) -> None:
    file = operator.place / "exchange.toml"
    operator.types("exchange", "export", str(file), "--secrets")
    before = operator.exchange
    assert before.phones[0].md5 in file.read_text("utf-8")
    nobody = operator.place / "nobody.toml"
    nobody.write_text("", "utf-8")
    assert "4 changed" not in operator.types("exchange", "apply", str(nobody), "--dry-run")
    operator.types("exchange", "apply", str(nobody))
    assert operator.exchange == Exchange()
    operator.types("exchange", "apply", str(file))
    assert operator.exchange == before


def test_a_phone_of_a_file_says_that_it_has_no_password(operator: Operator) -> None:
    file = operator.place / "exchange.toml"
    operator.types("exchange", "export", str(file))
    more = '\n[[phones]]\naccount = "jan"\nuser = "Jan Kowal"\n'
    file.write_text(file.read_text("utf-8") + more, "utf-8")
    printed = operator.types("exchange", "apply", str(file))
    assert "phone jan has no password: sipagent phones renew jan" in printed


def test_a_backup_holds_the_exchange(operator: Operator) -> None:
    folder = operator.place / "local/announcements"
    folder.mkdir(parents=True)
    (folder / "witamy.mp3").write_bytes(b"ID3")
    settings, before = load(operator.config, {}), operator.exchange
    backup(settings, operator.config, operator.place / "backup.tar.gz")
    operator.types("phones", "renew", "101-1")
    restore(settings, operator.place / "backup.tar.gz")
    assert operator.exchange == before
    assert list(operator.place.rglob("from-backup/**/witamy.mp3"))


def test_a_recording_is_taken_from_anywhere(operator: Operator) -> None:
    given = operator.place / "here" / "witamy.wav"
    given.parent.mkdir()
    soundfile.write(given, sine(500, 1.0, -20) / 32768, 8000)
    operator.types("announcements", "add", "Witamy", "--recording", str(given))
    kept = operator.place / "local/announcements/witamy.wav"
    assert kept.read_bytes() == given.read_bytes()
    assert operator.exchange.announcements[0].recording == "witamy.wav"
    operator.types("announcements", "add", "Znowu", "--recording", "witamy.wav")
    soundfile.write(given, sine(900, 1.0, -20) / 32768, 8000)
    operator.types("announcements", "add", "Inne", "--recording", str(given))
    assert operator.exchange.announcements[0].recording == "witamy-2.wav"
    assert kept.with_name("witamy-2.wav").read_bytes() == given.read_bytes()
    for _ in range(2):  # the same one again is the one that is there
        operator.types("announcements", "edit", "Inne", "--recording", str(given))
    assert sorted(one.name for one in kept.parent.iterdir()) == ["witamy-2.wav", "witamy.wav"]


def test_a_voice_that_is_not_there_is_refused(operator: Operator) -> None:
    words = ("announcements", "add", "A", "--text", "pl=Witamy.", "--voice")
    with pytest.raises(SetupError, match="nikt"):
        operator.types(*words, "pl=nikt")
    operator.types(*words, "pl=pl_PL-nela-low")
    assert operator.exchange.announcements[0].voice == {"pl": "pl_PL-nela-low"}


def test_a_recording_with_a_strange_name_is_not_copied(operator: Operator) -> None:
    given = operator.place / "a;b.wav"
    soundfile.write(given, sine(500, 1.0, -20) / 32768, 8000)
    with pytest.raises(DataError, match="is no name of a WAV, MP3, OGG or FLAC file"):
        operator.types("announcements", "add", "A", "--recording", str(given))
    assert not (operator.place / "local").exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "is not there"), (b"words", "cannot be read"), (np.zeros(8000), "is silent")],
)
def test_a_recording_that_cannot_be_played_is_refused(
    content: bytes | Signal | None, why: str, operator: Operator
) -> None:
    given = operator.place / "cisza.wav"
    if isinstance(content, bytes):
        given.write_bytes(content)
    elif content is not None:
        soundfile.write(given, content, 8000)
    with pytest.raises(DataError, match=rf"cisza\.wav: {why}"):
        operator.types("announcements", "add", "Cisza", "--recording", str(given))
    assert not operator.exchange.announcements
