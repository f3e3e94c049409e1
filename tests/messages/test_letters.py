"""Letters: what owners and administrations read, as text and as HTML."""

from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statement_samples import part, statement

from sipagent.messages.layout import Quote, Table, html, plain
from sipagent.messages.letters import reply_mail, request_mail, statement_mail
from sipagent.messages.message import Message
from sipagent.messages.statement import AccountLine
from sipagent.messages.tickets import Request, State, Ticket, Transcription

ZONE = ZoneInfo("Europe/Warsaw")
HOSTILE = '<script>alert("1")</script> & <b>Spółka</b>'
_VOID = frozenset({"meta", "br"})

TICKET = Ticket(
    id=7,
    number=104,
    state=State.OPEN,
    created="2026-11-23T13:05:00+00:00",
    updated="2026-11-23T13:05:00+00:00",
    request=Request(
        manager=3,
        manager_name="Zarząd „Złota Jesień”",
        estate="Wspólnota Źródlana 12",
        owner="100200",
        owner_name="Grażyna Śćibór",
        premises="Lokal 14, ul. Źródlana 12 m. 14",
        phone="+48600100101",
        call="c-1",
        language="pl",
        email="biuro@example.org",
        reply_to="grazyna@example.org",
        recording="c-1.wav",
    ),
    seconds=12.4,
    transcription=Transcription.DONE,
    transcript="Dzień dobry, cieknie kaloryfer.\nProszę o telefon.",
)


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
    message = statement_mail(statement(), "ewa@example.org", pdf=b"%PDF", manager=3, call="c-1")
    [file] = message.attachments
    assert (file.name, file.type, file.data) == (
        "zestawienie-100200-2026-11-23.pdf",
        "application/pdf",
        b"%PDF",
    )
    assert message.to == "ewa@example.org"
    assert message.subject == "Zestawienie sald i naliczeń z dnia 23.11.2026"
    assert (message.kind, message.owner, message.manager, message.call, message.language) == (
        "statement",
        "100200",
        3,
        "c-1",
        "pl",
    )


def test_a_statement_is_said_in_short() -> None:
    data = statement(premises=(part(2, 1), part(3, 2)))
    message = statement_mail(data, "a@example.org", pdf=b"", manager=None, call="")
    for text in _both(message):
        assert "Dzień dobry," in text
        assert "Poproszono o nie przez telefon 23.11.2026 o godz. 14:05." in text
        assert "Grażyna Śćibór-Żółkiewska" in text
        assert "nie podawać numeru loginu" in text
        assert text.endswith("Z poważaniem Zarząd „Złota Jesień” sp. z o.o.")
        # The login is a key to the line: it stands in the PDF only.
        assert "100200" not in text
    words = _both(message)[0]
    assert "Opłaty eksploatacyjne, na dzień 31.08.2026: niedopłata 1 234,56 zł" in words
    assert "Media, na dzień 30.06.2026: rozliczone" in words
    assert "Saldo razem: niedopłata 1 189,36 zł" in words
    assert "Lokal 1: 30,00 zł Lokal 2: 60,00 zł Razem za wszystkie lokale: 90,00 zł" in words


def test_a_statement_in_english() -> None:
    data = statement(language="en")
    message = statement_mail(data, "a@example.org", pdf=b"", manager=None, call="")
    assert message.subject == "Statement of balances and charges, 23\xa0Nov\xa02026"
    assert message.language == "en"
    assert Page(message.html).languages == ["en", "en"]
    for text in _both(message):
        assert "requested by telephone on 23 Nov 2026 at 14:05" in text
        assert "arrears PLN 1,189.36" in text
        assert text.endswith("Kind regards Zarząd „Złota Jesień” sp. z o.o.")


def test_one_account_needs_no_total_and_none_no_table() -> None:
    one = statement(accounts=(AccountLine("Konto", 1, date(2026, 8, 31)),), premises=())
    [text, _] = _both(statement_mail(one, "a@example.org", pdf=b"", manager=None, call=""))
    assert "Konto, na dzień 31.08.2026: nadpłata 0,01 zł" in text
    assert "Saldo razem" not in text
    assert "Brak bieżących naliczeń." in text
    none = replace(one, accounts=())
    [text, _] = _both(statement_mail(none, "a@example.org", pdf=b"", manager=None, call=""))
    assert "Brak kont rozrachunkowych." in text


def test_a_request_says_who_asks_for_what(tmp_path: Path) -> None:
    recording = tmp_path / "c-1.wav"
    recording.write_bytes(b"RIFF")
    message = request_mail(TICKET, recording, ZONE)
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
    ticket = replace(TICKET, transcription=how, transcript="")
    for text in _both(request_mail(ticket, tmp_path / "c-1.wav", ZONE)):
        assert sentence in text


def test_a_request_goes_even_if_its_recording_is_gone(tmp_path: Path) -> None:
    message = request_mail(TICKET, tmp_path / "c-1.wav", ZONE)
    assert message.attachments == ()
    for text in _both(message):
        assert "Nagranie nie jest już dostępne" in text
        assert "w załączniku" not in text


def test_a_request_of_somebody_who_can_only_be_called(tmp_path: Path) -> None:
    request = replace(TICKET.request, reply_to="", phone=None, premises="")
    message = request_mail(replace(TICKET, request=request), tmp_path / "c-1.wav", ZONE)
    assert message.reply_to == ""
    for text in _both(message):
        assert "numer ukryty" in text
        assert "brak danych" in text
        assert "prosimy o kontakt telefoniczny" in text


def test_a_reply_says_what_was_asked() -> None:
    message = reply_mail(TICKET, "Jutro o 9.\n\nProszę być w domu.", to="grazyna@example.org")
    assert (message.to, message.reply_to) == ("grazyna@example.org", "biuro@example.org")
    assert message.subject == "Odpowiedź na zgłoszenie nr 104"
    assert (message.kind, message.manager, message.call) == ("reply", 3, "c-1")
    assert message.attachments == ()
    for text in _both(message):
        assert "Jutro o 9. Proszę być w domu." in text
        assert "cieknie kaloryfer" in text
        assert text.endswith("Z poważaniem Zarząd „Złota Jesień”")


def test_a_reply_in_english_without_words() -> None:
    request = replace(TICKET.request, language="en")
    message = reply_mail(replace(TICKET, request=request, transcript=""), "Soon.", to="e@x.pl")
    assert message.subject == "Reply to your request no. 104"
    assert message.language == "en"
    assert "transcribed" not in message.text


def test_data_never_becomes_html(tmp_path: Path) -> None:
    home = replace(part(1), name=HOSTILE)
    account = AccountLine(HOSTILE, 1, date(2026, 8, 31))
    data = statement(owner=HOSTILE, manager=HOSTILE, accounts=(account,), premises=(home,))
    request = replace(TICKET.request, owner_name=HOSTILE, estate=HOSTILE, premises=HOSTILE)
    ticket = replace(TICKET, request=request, transcript=HOSTILE)
    for message in (
        statement_mail(data, "a@example.org", pdf=b"", manager=None, call=""),
        request_mail(ticket, tmp_path / "c-1.wav", ZONE),
        reply_mail(ticket, HOSTILE, to="a@example.org"),
    ):
        page = Page(message.html)
        assert not {"script", "b"} & set(page.tags)
        assert HOSTILE in page.text


def test_pages_are_good_in_the_dark_and_on_a_telephone() -> None:
    page = statement_mail(statement(), "a@example.org", pdf=b"", manager=None, call="").html
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    assert '<meta name="color-scheme" content="light dark">' in page
    assert "background" not in page
    # The colour of lines only, never of text.
    assert page.count("#") == page.count("solid #")


def test_a_subject_is_one_line(tmp_path: Path) -> None:
    request = replace(TICKET.request, owner_name="Ewa\r\nBcc: x@example.org", estate="A\x00B")
    message = request_mail(replace(TICKET, request=request), tmp_path / "c-1.wav", ZONE)
    assert message.subject == "Zgłoszenie nr 104: Ewa Bcc: x@example.org, A B"


def test_plain_tables_are_lined_up() -> None:
    table = Table((("Saldo", "1,00 zł"), ("Saldo razem", "2,00 zł")), "Salda", sums=1)
    assert plain([table]) == "Salda\n  Saldo:       1,00 zł\n  Saldo razem: 2,00 zł\n"


def test_totals_are_bold_in_html() -> None:
    page = html("", [Table((("Saldo", "1"), ("Razem", "2")), sums=1)], "pl")
    assert page.count("font-weight:bold") == 2


@given(st.text(), st.text())
def test_any_text_makes_a_letter(name: str, value: str) -> None:
    blocks = [name, Table(((name, value),), name), Quote(value)]
    Page(html(name, blocks, "pl"))
    plain(blocks).encode()
    html(name, blocks, "pl").encode()
