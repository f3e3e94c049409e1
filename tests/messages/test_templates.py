"""Templates: letters that a manager words anew, and every mistake in them before a letter goes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.errors import ConfigError
from sipagent.infoline.writing.texts import TEXTS
from sipagent.messages.layout import Block, Quote
from sipagent.messages.templates import Templates

pytestmark = pytest.mark.unit

GOOD = (
    "Subject: Odpowiedź {{ number }}\n\nSzanowni Państwo,\n{{ manager }}\n\n{{ reply }}\nKoniec\n"
)


def values(**changes: str | Block) -> dict[str, str | Block]:
    return {**dict.fromkeys(TEXTS.values["reply"], "x"), **changes}


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    (tmp_path / "reply.pl.txt").write_text(GOOD, "utf-8")
    return tmp_path


def test_the_overlay_counts_before_what_is_shipped(overlay: Path) -> None:
    reply = Quote("Jutro.")
    text = Templates([TEXTS], overlay).text(
        "reply", "pl", values(number="7", reply=reply, manager="Zarząd")
    )
    assert text.subject == "Odpowiedź 7"
    assert text.blocks == ["Szanowni Państwo,\nZarząd", reply, "Koniec"]
    assert Templates([TEXTS], overlay).text("reply", "en", values()).subject.startswith("Reply to")


def test_an_overlay_need_not_be_there(tmp_path: Path) -> None:
    assert Templates([TEXTS], tmp_path / "none").text("reply", "pl", values()).blocks


def test_a_part_of_others_may_be_worded_anew(overlay: Path) -> None:
    (overlay / "privacy.pl.txt").write_text("Dane przetwarza {{ manager }}.", "utf-8")
    said = dict.fromkeys(TEXTS.values["notes"], "x") | {"manager": "Zarząd"}
    assert Templates([TEXTS], overlay).text("notes", "pl", said).blocks == [
        "Dane przetwarza Zarząd."
    ]


@pytest.mark.parametrize(
    ("name", "text", "mistake"),
    [
        ("reply.pl.txt", "Subject: x\n{{ number", r"reply\.pl\.txt:2: unexpected end"),
        ("reply.pl.txt", "Subject: x\n\n{{ nubmer }}", r"reply\.pl\.txt:3: 'nubmer' is undefined"),
        ("reply.pl.txt", "Subject: x\n{{ 1 / 0 }}", r"reply\.pl\.txt:2: division by zero"),
        ("reply.pl.txt", "Dzień dobry", r"reply\.pl\.txt:1: a letter begins with a line 'Subject:"),
        ("reply.pl.txt", "Subject: x\n{{ ''.__class__ }}", r"reply\.pl\.txt:2: access to attr"),
        ("reply.pl.txt", 'Subject: x\n{% include "/etc/passwd" %}', r"reply\.pl\.txt:2: .*passwd"),
        ("reply.pl.txt", 'Subject: x\n{% include "../x" %}', r"reply\.pl\.txt:2: \.\./x"),
        ("privacy.en.txt", "\n{{ login }}", r"privacy\.en\.txt:2: 'login' is undefined"),
        ("statment.pl.txt", "", r"statment\.pl\.txt: is no template.*; is it statement\.pl\.txt\?"),
        ("x", "", r"x: is no template of a letter or statement; there are notes\.en\.txt, "),
    ],
)
def test_mistakes_are_found_with_their_place(
    tmp_path: Path, name: str, text: str, mistake: str
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=mistake):
        Templates([TEXTS], tmp_path)


def test_what_an_editor_leaves_is_no_mistake(overlay: Path) -> None:
    for name in (".reply.pl.txt.swp", "reply.pl.txt~", ".git"):
        (overlay / name).write_text("{{", "utf-8")
    assert Templates([TEXTS], overlay).text("reply", "pl", values()).blocks


def test_a_value_that_is_used_only_sometimes_is_tried_too(tmp_path: Path) -> None:
    for condition in ("transcript", "not transcript"):
        text = f"Subject: x\n{{% if {condition} %}}{{{{ oops }}}}{{% endif %}}"
        (tmp_path / "reply.pl.txt").write_text(text, "utf-8")
        with pytest.raises(ConfigError, match=r"reply\.pl\.txt:2: 'oops' is undefined"):
            Templates([TEXTS], tmp_path)


def test_another_encoding_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "reply.pl.txt").write_bytes("Subject: żółw".encode("cp1250"))
    with pytest.raises(ConfigError, match=r"reply\.pl\.txt: 'utf-8"):
        Templates([TEXTS], tmp_path)


def test_a_byte_order_mark_is_no_part_of_the_subject(tmp_path: Path) -> None:
    (tmp_path / "reply.pl.txt").write_text("\ufeff" + GOOD.replace("\n", "\r\n"), "utf-8")
    assert Templates([TEXTS], tmp_path).text("reply", "pl", values()).subject == "Odpowiedź x"


def test_what_fails_only_with_real_values_is_an_error_with_its_place(tmp_path: Path) -> None:
    text = "Subject: x\n{% if number == '7' %}{{ 1 / 0 }}{% endif %}"
    (tmp_path / "reply.pl.txt").write_text(text, "utf-8")
    templates = Templates([TEXTS], tmp_path)
    with pytest.raises(ConfigError, match=r"reply\.pl\.txt:2: division by zero"):
        templates.text("reply", "pl", values(number="7"))


@given(st.text())
def test_no_value_makes_a_paragraph_a_block_or_a_header(value: str) -> None:
    quote = Quote("quote")
    text = Templates([TEXTS]).text("reply", "pl", values(number=value, manager=value, reply=quote))
    assert "\n" not in text.subject
    assert text.blocks.count(quote) == 1
    assert len(text.blocks) == 7
    assert "{{ number }}" not in value or "{{ number }}" in str(text.blocks[1])


def test_every_template_has_its_values() -> None:
    assert {path.name.split(".")[0] for path in TEXTS.folder.iterdir()} == set(TEXTS.values)
