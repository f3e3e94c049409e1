"""The commands of the other manuals, as they are written there, on a line with a past."""

import asyncio
import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from sipagent.config import MailSection
from sipagent.domains import composed
from sipagent.exchange.ordered.orders import Order, Orders, Way
from sipagent.exchange.ordered.schema import ordered
from sipagent.exchange.recording.kept import Recordings
from sipagent.exchange.voicemail.messages import VoiceMessages
from sipagent.exchange.voicemail.schema import voicemail
from sipagent.messages.outbox import Outbox
from sipagent.messages.schema import messages
from sipagent.records.recorder import CallStart, Recorder
from sipagent.records.schema import records
from sipagent.store.data import Single
from sipagent.store.database import open_database
from sipagent.store.store import Store
from sipagent.telephony.party import Caller
from tests.cli.manuals import ROOT, commands, example, run
from tests.exchange.recording.samples import recorded
from tests.exchange.statistics.journal_helpers import journal, wait_in
from tests.infoline.dictating import submit
from tests.messages.mail_helpers import letter
from tests.records.sip_samples import conversation

pytestmark = pytest.mark.unit

#: The call, the message and the login that the manuals speak of.
CALL, MESSAGE, LOGIN = "019ab0b12341a2b3c", 17, "20000007"
SETTINGS = """\
[paths]
database = "line.db"
outbox = "outbox"
recordings = "recordings"
models = "models"
"""
REQUEST: dict[str, Any] = {
    "manager_name": "Złoty Klucz",
    "estate": "Wspólnota Wymyślona 7",
    "owner": LOGIN,
    "owner_name": "Anna Przykładowa",
    "call": CALL,
}


async def call_comes(database: Path) -> None:
    """Keep the record of a call, and what was on the wire."""
    async with Store(database, [records]) as store:
        recorder = Recorder(store)
        start = CallStart(CALL, "a1@x", "+48600100101", True, "infolinia", "infolinia")
        record = await recorder.open(start)
        for message in conversation():
            recorder.trace.take(message)
        record.note("answer", {})
        record.label("owner", LOGIN)
        await record.close("caller", "hung-up", 200)


@pytest.fixture(autouse=True)
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which a line has run for a while."""
    (tmp_path / "agent.toml").write_text(SETTINGS, "utf-8")
    monkeypatch.chdir(tmp_path)
    run(["owners", "import", str(ROOT / "data/sample")])
    asyncio.run(call_comes(tmp_path / "line.db"))
    rooms = (*composed().migrations, messages, records)
    with closing(open_database(tmp_path / "line.db", rooms)) as db:
        box = Outbox(Single(db), tmp_path / "outbox", MailSection(per_owner=MESSAGE))
        for number in range(MESSAGE):
            box.put(letter(f"anna{number}@example.org"))
        submit(db, **REQUEST)
    return tmp_path


def type_all(manual: str, *, at_least: int, typed: str | None = None) -> list[str]:
    """Type the commands of a manual one after the other; return what each has printed."""
    found = commands(manual)
    assert len(found) >= at_least
    return [run(words, typed) for words in found]


def test_calls() -> None:
    printed = type_all("calls.md", at_least=8)
    assert CALL in printed[-1]


def test_mail() -> None:
    printed = type_all("mail.md", at_least=5)
    assert "anna16@example.org" in printed[0]


def test_requests() -> None:
    printed = type_all("requests.md", at_least=12)
    assert any("Wspólnota Wymyślona 7" in one for one in printed)


def test_knowledge(line: Path) -> None:
    found = [words for words in commands("help-desk.md") if words[0] == "knowledge"]
    printed = [run(words) for words in found]
    assert "Listening to voicemail" in printed[2]
    assert (line / "articles/topics.toml").exists()
    assert printed[4] == "Read 94 articles; 0 of them are new or different\n"
    assert printed[5] == "All links lead somewhere.\n"


def test_tickets_of_the_help_desk() -> None:
    told = [words for words in commands("help-desk.md") if words[0] == "tickets"]
    assert len(told) >= 10
    assert any("Ticket 102 is open." in run(words) for words in told)


def test_notices(line: Path) -> None:
    (line / "notices.csv").write_text(
        "manager,notice,first_day,last_day\nBAJKA,Winda stoi.,2026-12-01,2026-12-02\n", "utf-8"
    )
    with time_machine.travel(datetime(2026, 11, 26, 9, tzinfo=UTC), tick=False):
        type_all("notices.md", at_least=5)


def test_owners(line: Path) -> None:
    for name in ("columns.toml", "lokatorzy.csv", "salda.csv"):
        (line / name).write_text(example("owners.md", f"`{name}`:"), "utf-8")
    values = {"FILE...": str(ROOT / "data/sample"), "TARGET": "exported", "LOGIN": LOGIN}
    for words in commands("owners.md"):
        typed = "y\n" if words[1] == "remove" else "590318\n590318\n"
        run([values.get(word, word) for word in words], typed)
        if words[:2] == ["owners", "remove"]:  # the manual goes on with somebody who is there
            run(["owners", "import", str(ROOT / "data/sample")])
    refused = (line / "zle.csv").read_text("utf-8-sig").splitlines()
    assert [one.partition(";")[0] for one in refused] == [
        "file",
        "lokatorzy.csv",  # the letter O in a number
        *("salda.csv", "salda.csv"),  # the row of sums: no login, no date
    ]


def test_exchange(line: Path) -> None:
    printed = type_all("exchange.md", at_least=25)
    assert printed[-2] == "Nothing differs.\n"
    assert "added    user Anna Nowak: number 101" in printed[-1]
    assert (line / "anna.xml").stat().st_mode & 0o777 == 0o600


def test_a_firm_of_ten(line: Path) -> None:
    """The sample of the manual is an exchange without mistakes, and says what it says."""
    firm = ROOT / "data/sample/firm"
    for name in ("scenarios", "prompts"):
        shutil.copytree(firm / name, line / "local" / name, dirs_exist_ok=True)
    assert "added    group Serwis" in run(["exchange", "apply", str(firm / "exchange.toml")])
    run(["numbers", "add", "221000200", "--leads-to", "scenario:firma"])
    assert "Password: " in run(["phones", "add", "101", "--label", "Linphone on the mobile"])
    assert "scenarios (firma" in run(["check"])


def test_tariffs(line: Path) -> None:
    (line / "prices.csv").write_text(example("tariffs.md", "`prices.csv`:"), "utf-8")
    run(["users", "add", "Anna Nowak", "--number", "101"])
    printed = type_all("tariffs.md", at_least=12)
    assert printed[-1].startswith("Removed tariffs: +4860")
    assert "+48600100100: 0.30 zł (0.37 with VAT) a minute" in "".join(printed)


def test_conferences() -> None:
    run(["users", "add", "Anna Nowak", "--number", "101"])
    live = {"live", "mute", "lock", "unlock", "unmute", "drop", "end"}
    printed = "".join(run(words) for words in commands("conferences.md") if words[1] not in live)
    assert "Added room Narada" in printed
    assert printed.count("Room Narada: PIN ") == 2
    assert "Invitation 2: taken back" in printed


def test_queues() -> None:
    for words in commands("exchange.md")[:6]:
        run(words)
    run(["users", "add", "Ewa Lis", "--number", "103"])
    live = {"live", "take-out"}
    printed = "".join(run(words) for words in commands("queues.md") if words[1] not in live)
    assert "Added queue Zgłoszenia" in printed
    assert "user:Ewa Lis pauses" in printed
    assert "nobody waited in queue Zgłoszenia" in printed


def test_listening(line: Path) -> None:
    for name, number in (("Maria Zych", "110"), ("Jan Kowal", "102")):
        run(["users", "add", name, "--number", number])
    for words in commands("listening.md"):
        if words[:2] not in [["calls", do] for do in ("live", "hangup", "listen", "transfer")]:
            run(words)  # the others ask a line that runs


def test_statistics(line: Path) -> None:
    with journal(line / "line.db") as db:
        wait_in(db, "Biuro")
    printed = type_all("statistics.md", at_least=12)
    assert printed[0].split()[:2] == ["queue", "offered"]
    for name in ("hours", "november", "anna"):
        assert (line / f"{name}.pdf").read_bytes().startswith(b"%PDF")


def test_transfer() -> None:
    for words in commands("exchange.md")[:6]:
        run(words)
    assert type_all("transfer.md", at_least=1) == ["Changed outside number Ewa, mobile\n"]


def test_reaching() -> None:
    for words in commands("exchange.md")[:6]:
        run(words)
    printed = type_all("reaching.md", at_least=8)
    assert "no-answer: user:Jan Kowal after 15 s" in printed[2]


def test_traces() -> None:
    for words in commands("monitoring.md"):
        if words[0] != "status":  # which asks a line that runs
            assert run(words)


def test_a_backup_and_back(line: Path) -> None:
    file = str(line / "backup.tar.gz")
    for words in commands("operations.md"):
        if words[0] in ("backup", "restore"):
            run([words[0], file])
    assert LOGIN in run(["owners", "show", LOGIN])


def test_voicemail(line: Path) -> None:
    run(["users", "add", "Anna Nowak", "--number", "101"])
    (line / "recordings").mkdir()
    for words in commands("voicemail.md"):
        if words[:3] == ["boxes", "messages", "list"] and not words[3:]:
            leave_message(line)
        printed = run(words)
    assert printed == "Deleted message 1\n"
    assert (line / "wiadomosc.wav").read_bytes() == b"RIFF"
    assert not list((line / "recordings").iterdir())


def leave_message(line: Path) -> None:
    (line / "recordings/c1.wav").write_bytes(b"RIFF")
    with closing(open_database(line / "line.db", [voicemail])) as db:
        kept = VoiceMessages(db)
        kept.keep(kept.draft("Anna", Caller("+48600100101"), CALL, "pl", "c1.wav"), 5.0)


def test_ordered_calls(line: Path) -> None:
    with closing(open_database(line / "line.db", [ordered])) as db:
        order = Order(Way.COMMAND, "Jan Kowal", "", "user:Jan Kowal", "+48600700700")
        Orders(db).put(order, datetime.now(UTC))
    with (line / "agent.toml").open("a", encoding="utf-8") as settings:
        settings.write('[texts]\nurl = "https://sms.example.com/send"\n')
    for words in commands("ordered-calls.md"):
        if words[0] != "call":  # which asks a line that runs
            assert run(words) or words[0] == "calls"


def test_panel() -> None:
    run(["users", "add", "Jan Kowalski", "--number", "103"])
    printed = type_all("panel.md", at_least=11)
    assert printed[0].startswith("http://127.0.0.1:9466/welcome/")
    assert "Jan Kowalski" in printed[3]
    assert printed[4:6] == ["Jan Kowalski works on tickets\n", "anna is Jan Kowalski\n"]
    assert "Removed bajka\n" in printed
    assert printed[-1] == "Removed the screen hall\n"


def test_recording(line: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def written_down(*_: object) -> str:
        return "0:00 Anna Nowak <101>: Faktura już jest."

    monkeypatch.setattr("sipagent.exchange.recording.scribe._written_down", written_down)
    run(["users", "add", "Anna Nowak", "--number", "101"])
    run(["numbers", "add", "221000200", "--leads-to", "101"])
    run(["queues", "add", "Serwis", "--number", "300", "--member", "101"])
    with closing(open_database(line / "line.db", composed().migrations)) as db:
        recorded(Recordings(db), line / "recordings")
    printed = type_all("recording.md", at_least=7)
    assert any("Anna Nowak <101>" in one for one in printed)
    assert any("… 0:00 Anna Nowak <101>: Faktura już jest. …" in one for one in printed)
    assert (line / "call.opus").stat().st_mode & 0o777 == 0o600


def test_texts(line: Path) -> None:
    with (line / "agent.toml").open("a", encoding="utf-8") as settings:
        settings.write('[texts]\nurl = "https://sms.example.com/send"\n')
    printed = type_all("texts.md", at_least=4)
    assert "Message 18 to +48600100101" in printed[0]
    assert "+48600100101" in printed[1]


def test_api() -> None:
    printed = type_all("api.md", at_least=9)
    assert printed[0].startswith("sipagent_")
    assert "BAJKA" in printed[2]
    assert printed[3] == "Removed bajka\n"
    assert printed[4].startswith("whsec_")
    assert printed[-1] == "Removed crm\n"
