"""Letters: what owners and administrations read, as text and as HTML."""

from dataclasses import replace
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sipagent.dictation.desk import Transcription
from sipagent.infoline.owner_requests import DictatedRequest
from sipagent.infoline.writing.letters import Letters
from sipagent.infoline.writing.payment import Payment
from sipagent.infoline.writing.statement import AccountLine
from sipagent.infoline.writing.texts import TEXTS
from sipagent.messages.layout import Block, Quote, Table, html, plain
from sipagent.messages.message import Message, compose
from sipagent.messages.templates import Templates
from sipagent.tickets.dictated import Spoken
from sipagent.tickets.model import Entry, Importance, Kind, Status, Ticket, Voice, Way
from tests.infoline.dictating import asker_of, request_of
from tests.infoline.writing.statement_samples import part, statement
from tests.messages.mail_helpers import parsed

pytestmark = pytest.mark.unit

LETTERS = Letters(Templates([TEXTS]))
ZONE = ZoneInfo("Europe/Warsaw")
HOSTILE = '<script>alert("1")</script> & <b>Spółka</b>'
_VOID = frozenset({"meta", "br", "img"})

FIELDS = {
    "manager": 3,
    "manager_name": "Zarząd „Złota Jesień”",
    "estate": "Wspólnota Źródlana 12",
    "owner": "100200",
    "owner_name": "Grażyna Śćibór",
    "premises": "Lokal 14, ul. Źródlana 12 m. 14",
    "phone": "+48600100101",
    "call": "c-1",
    "language": "pl",
    "email": "biuro@example.org",
    "reply_to": "grazyna@example.org",
    "recording": "c-1.wav",
}


def dictated(
    how: Transcription = Transcription.DONE,
    transcript: str = "Dzień dobry, cieknie kaloryfer.\nProszę o telefon.",
    **changes: str,
) -> DictatedRequest:
    """Return a request that an owner has dictated."""
    fields = {**FIELDS, **changes}
    ticket = Ticket(
        id=7,
        number=104,
        version=1,
        status=Status.NEW,
        importance=Importance.NORMAL,
        way=Way.PHONE,
        subject="",
        assignee="",
        call="c-1",
        created="2026-11-23T13:05:00+00:00",
        updated="2026-11-23T13:05:00+00:00",
        answered=None,
        solved=None,
        words=transcript,
        asker=asker_of(fields),
    )
    voice = Voice("c-1.wav", 12.4, how, transcript)
    return DictatedRequest(Spoken(ticket, 9, voice), request_of(fields))


def reply(one: DictatedRequest, answer: str) -> Message:
    """Return the letter that answers a request."""
    spoken = one.spoken
    question = Entry(9, Kind.QUESTION, spoken.ticket.created, "", "phone", "", "", spoken.voice)
    return LETTERS.reply(spoken.ticket, one.request, question, answer)


class Page(HTMLParser):
    """A page as a browser sees it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.languages: list[str | None] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.languages += [value for name, value in attrs if name == "lang"]
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data.split()

    @property
    def text(self) -> str:
        """All words, with plain spaces."""
        return " ".join(self.words)


def _both(message: Message) -> list[str]:
    """Return what both kinds of mail programs show, in one line each."""
    return [" ".join(message.text.split()), Page(message.html).text]


def test_a_statement_is_attached() -> None:
    message = LETTERS.statement(statement(), "ewa@example.org", pdf=b"%PDF", manager=3, call="c-1")
    [file] = message.attachments
    assert (file.name, file.type, file.data) == (
        "zestawienie-oplat-2026-11-23.pdf",
        "application/pdf",
        b"%PDF",
    )
    assert message.to == "ewa@example.org"
    assert message.subject == "Zestawienie sald i opłat z dnia 23.11.2026"
    assert (message.kind, message.owner, message.manager, message.call, message.language) == (
        "statement",
        "100200",
        3,
        "c-1",
        "pl",
    )


def test_a_statement_is_said_in_short() -> None:
    data = statement(premises=(part(2, 1), part(3, 2)))
    message = LETTERS.statement(data, "a@example.org", pdf=b"", manager=None, call="call0001")
    for text in _both(message):
        assert "Dzień dobry," in text
        assert "Zamówiono je telefonicznie 23.11.2026 o godz. 14:05." in text
        assert "Grażyna Śćibór-Żółkiewska" in text
        assert "nie podawać numeru loginu" in text
        assert "Z poważaniem Zarząd „Złota Jesień” sp. z o.o. Administratorem danych" in text
        # The login is a key to the line: it stands in the PDF only.
        assert "100200" not in text
    words = _both(message)[0]
    assert "Opłaty eksploatacyjne, na dzień 31.08.2026: niedopłata 1 234,56 zł" in words
    assert "Media, na dzień 30.06.2026: rozliczone" in words
    assert "Saldo razem: niedopłata 1 189,36 zł" in words
    assert "Lokal 1: 30,00 zł Lokal 2: 60,00 zł Razem za wszystkie lokale: 90,00 zł" in words


def test_a_statement_in_english() -> None:
    data = statement(language="en")
    message = LETTERS.statement(data, "a@example.org", pdf=b"", manager=None, call="call0001")
    assert message.subject == "Statement of balances and charges, 23\xa0Nov\xa02026"
    assert message.language == "en"
    assert Page(message.html).languages == ["en", "en"]
    for text in _both(message):
        assert "requested by telephone on 23 Nov 2026 at 14:05" in text
        assert "arrears PLN 1,189.36" in text
        assert "Yours faithfully, Zarząd „Złota Jesień” sp. z o.o. The controller" in text


def test_one_account_needs_no_total_and_none_no_table() -> None:
    one = statement(accounts=(AccountLine("Konto", 1, date(2026, 8, 31)),), premises=())
    [text, _] = _both(LETTERS.statement(one, "a@example.org", pdf=b"", manager=None, call=""))
    assert "Konto, na dzień 31.08.2026: nadpłata 0,01 zł" in text
    assert "Saldo razem" not in text
    assert "Brak bieżących opłat." in text
    none = replace(one, accounts=())
    [text, _] = _both(LETTERS.statement(none, "a@example.org", pdf=b"", manager=None, call=""))
    assert "Brak kont rozrachunkowych." in text


def test_a_request_says_who_asks_for_what(tmp_path: Path) -> None:
    recording = tmp_path / "c-1.wav"
    recording.write_bytes(b"RIFF")
    message = LETTERS.request(dictated(), recording, ZONE)
    assert (message.to, message.reply_to) == ("biuro@example.org", "grazyna@example.org")
    assert message.subject == "Zgłoszenie nr 104: Grażyna Śćibór, Wspólnota Źródlana 12"
    assert (message.kind, message.manager, message.call) == ("request", 3, "c-1")
    [file] = message.attachments
    assert (file.name, file.type, file.data) == ("zgloszenie-104.wav", "audio/wav", b"RIFF")
    for text in _both(message):
        for expected in (
            "104",
            "Grażyna Śćibór",
            "100200",
            "Wspólnota Źródlana 12",
            "Lokal 14, ul. Źródlana 12 m. 14",
            "+48600100101",
            "grazyna@example.org",
            "23.11.2026 o godz. 14:05",
            "12 s",
            "Dzień dobry, cieknie kaloryfer. Proszę o telefon.",
            "Nagranie jest w załączniku.",
        ):
            assert expected in text


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        (Transcription.OFF, "Automatyczne spisywanie zgłoszeń jest wyłączone."),
        (Transcription.FAILED, "Nie udało się automatycznie spisać treści zgłoszenia."),
        (Transcription.NOTHING, "W nagraniu nie rozpoznano słów."),
        (Transcription.DONE, "W nagraniu nie rozpoznano słów."),
        (Transcription.WAITING, "Treść zgłoszenia nie została jeszcze spisana."),
    ],
)
def test_a_request_says_why_there_are_no_words(
    tmp_path: Path, how: Transcription, sentence: str
) -> None:
    for text in _both(LETTERS.request(dictated(how, ""), tmp_path / "c-1.wav", ZONE)):
        assert sentence in text


def test_a_request_goes_even_if_its_recording_is_gone(tmp_path: Path) -> None:
    message = LETTERS.request(dictated(), tmp_path / "c-1.wav", ZONE)
    assert message.attachments == ()
    for text in _both(message):
        assert "Nagranie nie jest już dostępne" in text
        assert "w załączniku" not in text


def test_a_request_of_somebody_who_can_only_be_called(tmp_path: Path) -> None:
    one = dictated(reply_to="", phone="", premises="")
    message = LETTERS.request(one, tmp_path / "c-1.wav", ZONE)
    assert message.reply_to == ""
    for text in _both(message):
        assert "numer ukryty" in text
        assert "brak danych" in text
        assert "prosimy o kontakt telefoniczny" in text


def test_a_reply_says_what_was_asked() -> None:
    message = reply(dictated(), "Jutro o 9.\n\nProszę być w domu.")
    assert (message.to, message.reply_to) == ("grazyna@example.org", "biuro@example.org")
    assert message.subject == "Odpowiedź na zgłoszenie nr 104"
    assert (message.kind, message.manager, message.call) == ("reply", 3, "c-1")
    assert message.attachments == ()
    for text in _both(message):
        assert "Jutro o 9. Proszę być w domu." in text
        assert "cieknie kaloryfer" in text
        assert "Z poważaniem Zarząd „Złota Jesień” Administratorem danych" in text
        assert "osobowych jest Wspólnota Źródlana 12" in text


def test_a_reply_in_english_without_words() -> None:
    message = reply(dictated(transcript="", language="en"), "Soon.")
    assert message.subject == "Reply to your request no. 104"
    assert message.language == "en"
    assert "transcribed" not in message.text


def test_data_never_becomes_html(tmp_path: Path) -> None:
    home = replace(part(1), name=HOSTILE)
    account = AccountLine(HOSTILE, 1, date(2026, 8, 31))
    data = statement(owner=HOSTILE, manager=HOSTILE, accounts=(account,), premises=(home,))
    one = dictated(transcript=HOSTILE, owner_name=HOSTILE, estate=HOSTILE, premises=HOSTILE)
    for message in (
        LETTERS.statement(data, "a@example.org", pdf=b"", manager=None, call=""),
        LETTERS.request(one, tmp_path / "c-1.wav", ZONE),
        reply(one, HOSTILE),
    ):
        page = Page(message.html)
        assert not {"script", "b"} & set(page.tags)
        assert HOSTILE in page.text


def test_pages_are_good_in_the_dark_and_on_a_telephone() -> None:
    page = LETTERS.statement(statement(), "a@example.org", pdf=b"", manager=None, call="").html
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    assert '<meta name="color-scheme" content="light dark">' in page
    assert "background" not in page
    # The colour of lines only, never of text.
    assert page.count("#") == page.count("solid #")


def test_a_subject_is_one_line(tmp_path: Path) -> None:
    one = dictated(owner_name="Ewa\r\nBcc: x@example.org", estate="A\x00B")
    message = LETTERS.request(one, tmp_path / "c-1.wav", ZONE)
    assert message.subject == "Zgłoszenie nr 104: Ewa Bcc: x@example.org, A B"


def test_plain_tables_are_lined_up() -> None:
    table = Table((("Saldo", "1,00 zł"), ("Saldo razem", "2,00 zł")), "Salda", sums=1)
    assert plain([table]) == "Salda\n  Saldo:       1,00 zł\n  Saldo razem: 2,00 zł\n"


def test_totals_are_bold_in_html() -> None:
    page = html("", [Table((("Saldo", "1"), ("Razem", "2")), sums=1)], "pl")
    assert page.count("font-weight:bold") == 2


@given(st.text(), st.text())
def test_any_text_makes_a_letter(name: str, value: str) -> None:
    blocks: list[Block] = [name, Table(((name, value),), name), Quote(value)]
    Page(html(name, blocks, "pl"))
    plain(blocks).encode()
    html(name, blocks, "pl").encode()


def test_a_statement_comes_from_the_office() -> None:
    data = statement(
        address="ul. Lipowa 3, 00-001 Warszawa", phone="22 100 02 00", email="biuro@example.org"
    )
    message = LETTERS.statement(data, "a@example.org", pdf=b"", manager=None, call="")
    assert message.reply_to == "biuro@example.org"
    for text in _both(message):
        assert "odpowiedź trafi do biura zarządcy" in text
        assert "sp. z o.o. ul. Lipowa 3, 00-001 Warszawa tel. 22 100 02 00 Admin" in text
    silent = LETTERS.statement(statement(), "a@example.org", pdf=b"", manager=None, call="")
    assert silent.reply_to == ""
    assert "Prosimy na nią nie odpowiadać" in silent.text


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("pl", "Administratorem danych osobowych jest"), ("en", "The controller of your personal")],
)
def test_it_says_who_processes_personal_data(language: str, sentence: str) -> None:
    data = statement(language=language)
    message = LETTERS.statement(data, "a@example.org", pdf=b"", manager=None, call="")
    [note] = LETTERS.notes(data)
    for text in (*_both(message), note):
        assert f"{sentence}" in text
        assert data.estate in text
        assert data.manager in text


def test_where_to_pay_stands_in_the_letter_with_its_code() -> None:
    payment = Payment("61109010140000071219812874", "Wspólnota", "Opłaty M4", 36_000, None)
    data = statement(payment=payment)
    message = LETTERS.statement(data, "a@example.org", pdf=b"", manager=None, call="")
    for text in _both(message):
        assert "61 1090 1014 0000 0712 1981 2874" in text
        assert "360,00 zł" in text
    [code] = message.pictures
    assert f'<img src="cid:{code.name}"' in message.html
    assert code.data.startswith(b"\x89PNG")


def test_a_logo_stands_above_the_letter(tmp_path: Path) -> None:
    logo = tmp_path / "logo.jpeg"
    Image.new("RGB", (900, 300), "red").save(logo)
    message = LETTERS.statement(
        statement(logo=logo), "a@example.org", pdf=b"%PDF", manager=None, call=""
    )
    [picture] = message.pictures
    assert picture.type == "image/jpeg"
    assert message.html.index(f"cid:{picture.name}") < message.html.index("Dzień dobry")
    assert 'alt="Znak firmowy: Zarząd „Złota Jesień” sp. z o.o."' in message.html
    made = datetime(2026, 11, 23, tzinfo=ZONE)
    mail = parsed(
        compose(message, message_id="<1@x>", made=made, sender="i@x.pl", sender_name="Infolinia")
    )
    related, file = mail.get_body(("related",)), next(mail.iter_attachments())
    assert related is not None
    [page, inline] = related.iter_parts()
    assert page.get_content_type() == "text/html"
    assert inline["Content-ID"] == f"<{picture.name}>"
    assert inline.get_content_disposition() == "inline"
    assert inline.get_content() == picture.data
    assert file.get_filename() == "zestawienie-oplat-2026-11-23.pdf"


def test_balances_are_added_up_where_the_manager_wants_it() -> None:
    data = statement(added_up=False)
    message = LETTERS.statement(data, "a@example.org", pdf=b"", manager=None, call="")
    for text in _both(message):
        assert "Saldo razem" not in text
        assert "niedopłata 1 234,56 zł" in text
