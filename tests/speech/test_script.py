"""What a voice is given to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.speech.script import LONGEST_SENTENCE, Sentence, script

pytestmark = pytest.mark.unit


def test_a_text_falls_into_sentences_of_one_language() -> None:
    text = "Dzień dobry! Masz 2 wiadomości. [en]Press 9, please.[/en] Tak?"
    assert script(text, "pl") == [
        Sentence("pl", "Dzień dobry!"),
        Sentence("pl", "Masz dwa wiadomości."),
        Sentence("en", "Press nine, please."),
        Sentence("pl", "Tak?"),
    ]


def test_raw_phonemes_and_foreign_signs_are_dropped() -> None:
    assert script("Kod [[h@l@U]] jest\x07 ☎ dobry [[", "pl") == [Sentence("pl", "Kod jest dobry")]
    assert script("...", "pl") == []
    assert script("", "pl") == []


@given(st.lists(st.text("aąoi", min_size=1, max_size=300), max_size=60))
def test_no_sentence_is_long_and_no_word_is_lost(words: list[str]) -> None:
    sentences = script(" ".join(words), "pl")
    assert all(len(sentence.text) <= LONGEST_SENTENCE for sentence in sentences)
    if all(len(word) <= LONGEST_SENTENCE for word in words):
        assert " ".join(sentence.text for sentence in sentences).split() == words
