"""What a conversation belongs to."""

import pytest

from sipagent.exchange.about import About, belongs
from sipagent.scenario.talk import Facts

pytestmark = pytest.mark.unit


def test_what_a_call_belongs_to_is_known_bit_by_bit() -> None:
    facts = Facts()
    assert facts.get(About) is None
    belongs(facts, number="+48221000200")
    belongs(facts, queue="Serwis")
    assert facts[About] == About(queue="Serwis", number="+48221000200")


def test_the_last_queue_counts() -> None:
    facts = Facts()
    belongs(facts, queue="Serwis")
    belongs(facts, queue="Biuro")
    assert facts[About] == About(queue="Biuro")
