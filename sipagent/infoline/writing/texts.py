"""The templates of the infoline, and what may stand in each."""

from pathlib import Path

from sipagent.messages.templates import Texts

_OFFICE = ("manager", "estate", "office_address", "office_phone", "office_email")
_STATEMENT = (*_OFFICE, "owner", "day", "moment")
_PARTS = ("facts", "balances", "charges", "payment", "code")
_REQUEST = ("number", "owner", "estate", "facts", "transcript", "transcription", "recording")

TEXTS = Texts(
    folder=Path(__file__).parent / "texts",
    values={
        "statement": (*_STATEMENT, *_PARTS),
        "notes": _STATEMENT,
        "privacy": (),
        "request": (*_REQUEST, "owner_email"),
        "reply": ("number", "reply", "transcript", "manager", "estate"),
    },
    letters=frozenset({"statement", "request", "reply"}),
)
