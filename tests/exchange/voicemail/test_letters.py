"""The letters of voicemail, and to whom they go."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sipagent.dictation.desk import Transcription
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.model import Box
from sipagent.exchange.reading import Stored
from sipagent.exchange.voicemail.letters import TEXTS, Reader, letter
from sipagent.exchange.voicemail.messages import State, VoiceMessage
from sipagent.exchange.voicemail.work import VoiceWork
from sipagent.messages.message import Message
from sipagent.messages.templates import Templates
from tests.exchange.voicemail.post import ANNAS, WITH_BOX

pytestmark = pytest.mark.unit

WARSAW = ZoneInfo("Europe/Warsaw")
ANNA = Reader("anna@firma.example", "pl", "*97")
LEFT = VoiceMessage(
    id=7,
    box_id=1,
    box="Anna",
    state=State.NEW,
    created="2026-11-26T13:05:00+00:00",
    number="+48600700700",
    extension="",
    asserted=True,
    name="Jan Obcy",
    call="c1",
    language="pl",
    recording="a.wav",
    seconds=64.7,
    transcription=Transcription.DONE,
    transcript="Cieknie woda.\nProszę oddzwonić.",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    return tmp_path


Write = Callable[..., Message]


@pytest.fixture
def written(folder: Path) -> Write:
    """Writes the letter of a message to a reader."""
    templates = Templates([TEXTS])
    return lambda message, reader=ANNA: letter(templates, message, reader, folder / "a.wav", WARSAW)


def test_a_message_comes_with_its_words_and_its_recording(written: Write) -> None:
    mail = written(LEFT)
    assert mail.to == "anna@firma.example"
    assert mail.subject == "Wiadomość głosowa: Jan Obcy, +48600700700 (1:05)"
    assert "26.11.2026 o godz.\N{NO-BREAK SPACE}14:05" in mail.text
    assert "  Cieknie woda.\n  Proszę oddzwonić.\n" in mail.text
    assert "Cieknie woda.<br>\nProszę oddzwonić." in mail.html
    assert "*97" in mail.text
    (attached,) = mail.attachments
    assert (attached.name, attached.type, attached.data) == (
        "wiadomosc-7.wav",
        "audio/wav",
        b"RIFF",
    )
    assert (mail.kind, mail.call, mail.language) == ("voicemail", "c1", "pl")


def test_in_english(written: Write) -> None:
    mail = written(replace(LEFT, number=None, name=""), replace(ANNA, language="en", code="*98200"))
    assert mail.subject == "Voice message: hidden number (1:05)"
    assert "*98200" in mail.text
    assert mail.attachments[0].name == "message-7.wav"
    assert mail.language == "en"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (Transcription.OFF, "Automatyczne spisywanie wiadomości jest wyłączone."),
        (Transcription.FAILED, "Nie udało się automatycznie spisać treści wiadomości."),
        (Transcription.NOTHING, "W nagraniu nie rozpoznano słów."),
    ],
)
def test_without_words_it_says_why(how: Transcription, said: str, written: Write) -> None:
    assert said in written(replace(LEFT, transcription=how, transcript="")).text


def test_without_the_recording_it_says_so(written: Write, folder: Path) -> None:
    (folder / "a.wav").unlink()
    mail = written(LEFT)
    assert not mail.attachments
    assert "Nagranie nie jest już dostępne" in mail.text


def test_a_recording_that_no_mail_server_takes_is_told_of(written: Write, folder: Path) -> None:
    with (folder / "a.wav").open("wb") as file:
        file.truncate(10_000_001)
    mail = written(LEFT)
    assert not mail.attachments
    assert "Nagranie jest za długie na załącznik." in mail.text
    assert "*97" in mail.text


def test_a_missed_call_is_told_in_a_line(written: Write) -> None:
    mail = written(replace(LEFT, state=State.MISSED, name="", recording=""))
    assert mail.subject == "Nieodebrane połączenie: +48600700700"
    assert mail.kind == "missed-call"
    assert not mail.attachments
    assert "nagran" not in mail.text


def test_what_a_caller_is_called_makes_no_header(written: Write) -> None:
    mail = written(replace(LEFT, name="Jan\r\nBcc: all@example.org"))
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject


@pytest.mark.parametrize(
    ("box", "reader"),
    [
        (ANNAS, ANNA),
        (Box(name="Anna", owner="user:Ewa Lis", email="e@firma.example"), ("en", "*97")),
        (Box(name="Anna", owner="group:Biuro", email="b@firma.example"), ("pl", "*98200")),
        (Box(name="Anna", owner="user:Ewa Lis"), None),
        (None, None),
    ],
)
def test_it_goes_to_the_address_of_the_box(
    box: Box | None, reader: Reader | tuple[str, str] | None, folder: Path
) -> None:
    there = WITH_BOX.model_copy(update={"boxes": () if box is None else (box,)})
    snapshot = Snapshot.of(Stored(there))
    asked: list[Reader] = []

    def write(message: VoiceMessage, to: Reader, recording: Path) -> Message:
        assert message.transcript == "Słowa."
        assert recording == folder / "a.wav"
        asked.append(to)
        return Message(to.email, "s", "t")

    work = VoiceWork(lambda: snapshot, write, folder)
    mail = work.letter(LEFT, Transcription.DONE, "Słowa.")
    if reader is None:
        assert mail is None
    elif isinstance(reader, Reader):
        assert asked == [reader]
    else:
        assert [(one.language, one.code) for one in asked] == [reader]


def test_a_missed_call_has_nothing_to_be_written_down(folder: Path) -> None:
    work = VoiceWork(Snapshot, lambda *words: Message("", "", ""), folder)
    assert work.recording(LEFT) == (folder / "a.wav", "pl")
    assert work.recording(replace(LEFT, state=State.MISSED)) is None
