"""Voicemail on a real line: a caller leaves a message, and whose box it is gets it and hears it."""

import signal
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sipagent.exchange import editing
from sipagent.exchange.model import Box, Exchange, LineNumber, Phone, User
from sipagent.exchange.schema import exchange
from sipagent.exchange.softphone import hashes
from sipagent.exchange.voicemail.messages import State, VoiceMessage, VoiceMessages
from sipagent.exchange.voicemail.schema import voicemail
from sipagent.phone.listen import HEARD, find_clip
from sipagent.store.database import open_database
from tests.calls.daemon import ROOT, Daemon, until
from tests.calls.maildir import mails, text_of
from tests.calls.peer import Peer
from tests.calls.softphone import Softphone, strength
from tests.calls.watcher import MESSAGES, Watcher
from tests.phone_tones import Signal, coded, sine

pytestmark = pytest.mark.line

PASSWORD, STRANGER, MAIN, PIN = "tajne", "+48600700700", "+48221000200", "271828"
CARRIER = "127.0.0.9"
TRUNK = f"""
[[trunk]]
name = "carrier"
registrar = "sip:{CARRIER}:5999"
register = false
user = "48221000200"
ping = 0
addresses = ["{CARRIER}/32"]
"""
FIRM = Exchange(
    users=(User(name="Anna Nowak", number="101"), User(name="Jan Kowal", number="102")),
    phones=tuple(
        Phone(account=account, user=user, **hashes(account, PASSWORD, "sipagent"))
        for account, user in (("101-1", "Anna Nowak"), ("102-1", "Jan Kowal"))
    ),
    boxes=(Box(name="Anna", owner="user:Anna Nowak", email="anna@firma.example"),),
    numbers=(LineNumber(number=MAIN, leads_to="user:Anna Nowak"),),
)
#: Dzień dobry. W łazience cieknie woda z sufitu. Proszę o pilną pomoc.
SPOKEN = ROOT / "tests/speech/spoken.flac"


def spoken() -> Signal:
    samples, _ = soundfile.read(SPOKEN, dtype="float64")
    return np.asarray(samples * 32768)


@pytest.fixture
def firm(tmp_path: Path, clips: Path) -> Iterator[Daemon]:
    """A line with Anna and her box on it."""
    daemon = Daemon(tmp_path, clips, extra=TRUNK)
    with closing(open_database(daemon.database, [exchange])) as db:
        editing.replace(db, FIRM)
    daemon.start()
    yield daemon
    daemon.discard()


def messages(line: Daemon, *states: State) -> list[VoiceMessage]:
    with closing(open_database(line.database, [voicemail])) as db:
        return VoiceMessages(db).listed(states=states or (State.NEW, State.SAVED))


def stranger(line: Daemon) -> Peer:
    proof = f"P-Asserted-Identity: <sip:{STRANGER}@127.0.0.1>"
    return Peer(line.port, STRANGER, proof, called=MAIN, host=CARRIER)


def begin_message(caller: Peer, line: Daemon) -> None:
    """Call Anna, who has no phone, skip the greeting, and hear the tone."""
    assert caller.call().status == 200
    line.says(caller.call_id, "voicemail.greeting-absent")
    caller.press("#")
    line.says(caller.call_id, "tone.record")
    record = line.call_of(caller.call_id)
    until(lambda: list((line.folder / "recordings").glob(f"{record.id}-*.wav")), bool)


def test_a_message_is_left_and_comes_as_an_e_mail(firm: Daemon) -> None:
    with stranger(firm) as caller:
        begin_message(caller, firm)
        caller.play(coded(spoken()))
        caller.press("#")
        firm.says(caller.call_id, "voicemail.left")
        caller.await_bye()
    (message,) = messages(firm)
    assert (message.box, message.caller, message.asserted) == ("Anna", STRANGER, True)
    (mail,) = mails(firm, 1)
    assert mail["To"] == "anna@firma.example"
    assert STRANGER in mail["Subject"]
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == f"wiadomosc-{message.id}.wav"
    sound, rate = soundfile.read(BytesIO(attached.get_content()), dtype="float32")
    assert rate == 8000
    said = (spoken()[: 3 * 8000] / 32768).astype(np.float32)
    assert find_clip(sound, said)[1] > HEARD, "it is what the caller has said"
    text = text_of(mail)
    assert "*97" in text
    words = messages(firm)[0].transcript
    assert words.split()
    assert words in text
    firm.stop()


def test_a_busy_tone_is_a_missed_call(firm: Daemon) -> None:
    """Voicemail under 2 s, or only a busy tone: a note of a missed call, no message."""
    busy = np.concatenate([sine(425, 0.5, -12), np.zeros(4000)] * 6)
    with stranger(firm) as caller:
        begin_message(caller, firm)
        caller.play(coded(busy))
        caller.hang_up()
    (mail,) = mails(firm, 1)
    assert mail["Subject"] == f"Nieodebrane połączenie: {STRANGER}"
    assert not list(mail.iter_attachments())
    assert not messages(firm)
    assert len(messages(firm, State.MISSED)) == 1
    assert not list((firm.folder / "recordings").glob("*.wav"))
    firm.stop()


def test_kill_9_in_the_middle_of_a_message_loses_nothing(firm: Daemon) -> None:
    """What was said before the crash is a message after the next start."""
    with stranger(firm) as caller:
        begin_message(caller, firm)
        caller.speak(3.0)
        firm.process.send_signal(signal.SIGKILL)
    firm.kill()
    firm.start()
    (message,) = until(lambda: messages(firm), bool)
    assert message.seconds > 2
    (mail,) = mails(firm, 1)
    assert mail["Subject"].startswith(f"Wiadomość głosowa: {STRANGER}")
    firm.stop()


def test_a_message_is_heard_by_phone_and_deleted_and_the_lamp_shows_it(firm: Daemon) -> None:
    with closing(open_database(firm.database, [exchange])) as db:
        editing.set_pin(db, "Anna", PIN)
    with Watcher(firm.port, "101-1", event=MESSAGES) as lamp:
        assert lamp.subscribe().status == 200
        assert "Messages-Waiting: no" in lamp.told().body
        with stranger(firm) as caller:
            begin_message(caller, firm)
            caller.play(coded(spoken()))
            caller.hang_up()
        assert "Voice-Message: 1/0" in lamp.told().body
        anna_listens(firm)
        assert "Voice-Message: 0/1" in lamp.told().body
        assert "Messages-Waiting: no" in lamp.told().body
    assert not messages(firm)
    assert not list((firm.folder / "recordings").glob("*.wav"))
    mails(firm, 1)
    firm.stop()


def anna_listens(firm: Daemon) -> None:
    """Have Anna hear her message, and delete it."""
    with Softphone(firm.port, "101-1") as anna:
        anna.call("*97")
        anna.status(200)
        firm.says(anna.call_id, "voicemail.pin")
        anna.press(f"{PIN}#")
        firm.says(anna.call_id, "voicemail.count-new")
        firm.says(anna.call_id, "voicemail.message-new")
        heard = [anna.play(np.zeros(8000))]
        while not said_in(firm, anna.call_id, "voicemail.keys"):
            heard.append(anna.play(np.zeros(8000)))
        said = (spoken()[: 3 * 8000] / 32768).astype(np.float32)
        sound = (np.concatenate(heard) / 32768).astype(np.float32)
        assert find_clip(sound, said)[1] > HEARD, "it is what the caller has said"
        anna.press("3")
        firm.says(anna.call_id, "voicemail.deleted")
        anna.press("*")
        firm.says(anna.call_id, "voicemail.goodbye")
        anna.hung_up()
    record = firm.ended_call(anna.call_id)
    assert record.labels == {"user": "Anna Nowak"}
    assert firm.pressed(record.id) == "•" * 7 + "3*", "the PIN stands in no record"


def said_in(line: Daemon, sip_id: str, key: str) -> bool:
    """Whether a prompt was begun in a call."""
    record = line.call_of(sip_id)
    return bool(line.count("timeline", kind="prompt", call_id=record.id, key=key))


def test_a_greeting_is_spoken_by_phone_and_heard_by_who_calls_in_vain(firm: Daemon) -> None:
    with closing(open_database(firm.database, [exchange])) as db:
        editing.set_pin(db, "Anna", PIN)
    with Softphone(firm.port, "101-1") as anna:
        anna.call("*97")
        anna.status(200)
        firm.says(anna.call_id, "voicemail.pin")
        anna.press(f"{PIN}#")
        firm.says(anna.call_id, "voicemail.end-of-none")
        anna.press("9")
        firm.says(anna.call_id, "voicemail.settings")
        anna.press("1")
        firm.says(anna.call_id, "voicemail.greeting-keys")
        anna.press("1")
        firm.says(anna.call_id, "tone.record")
        anna.play(np.concatenate([np.zeros(8000), sine(700, 4.0, -12)]))
        anna.press("#")
        firm.says(anna.call_id, "voicemail.greeting-review")
        anna.press("1")
        firm.says(anna.call_id, "voicemail.greeting-kept")
        anna.hang_up()
    with Softphone(firm.port, "102-1") as jan:
        jan.call("101")
        jan.status(200)
        firm.says(jan.call_id, "voicemail.own-greeting")
        heard = jan.play(np.zeros(4 * 8000))
        assert strength(heard[16000:24000], 700) > 0.6, "it is what Anna has recorded"
        jan.hang_up()
    (missed,) = until(lambda: messages(firm, State.MISSED), bool)
    assert (missed.caller, missed.name) == ("102", "Jan Kowal")
    (mail,) = mails(firm, 1)
    assert mail["Subject"] == "Nieodebrane połączenie: Jan Kowal, 102"
    firm.stop()
