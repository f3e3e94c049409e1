"""What has changed in an exchange, as people read it."""

import pytest

from sipagent.exchange.difference import shown

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        ("", "none"),
        ([], "none"),
        ({}, "none"),
        (True, "yes"),
        (7, "7"),
        (["internal", "+49"], "internal, +49"),
        ({"closed": "Zamknięte", "busy": "Zajęte"}, "closed Zamknięte; busy Zajęte"),
    ],
)
def test_a_value_is_shown(value: object, text: str) -> None:
    assert shown(value) == text
