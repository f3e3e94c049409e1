"""The templates of the infoline, and what may stand in each."""

from pathlib import Path

from sipagent.messages.templates import Texts

_OFFICE = ("manager", "estate", "office_address", "office_phone", "office_email")
_STATEMENT = (*_OFFICE, "owner", "day", "moment")
_PARTS = ("facts", "balances", "charges", "payment", "code")
_ONLINE = ("manager", "estate", "office_phone")
_CODE = (*_ONLINE, "code", "minutes", "purpose")
_CHANGE = (*_ONLINE, "owner", "event", "medium", "action", "old", "new", "due", "link")
_REQUEST = ("number", "owner", "estate", "facts", "transcript", "transcription", "recording")

TEXTS = Texts(
    folder=Path(__file__).parent / "texts",
    values={
        "statement": (*_STATEMENT, *_PARTS, "way"),
        "notes": _STATEMENT,
        "privacy": (),
        "request": (*_REQUEST, "owner_email"),
        "reply": ("number", "reply", "transcript", "manager", "estate"),
        "online-code": _CODE,
        "online-code-short": _CODE,
        "online-change": _CHANGE,
        "online-change-short": _CHANGE,
        "online-office": (*_CHANGE, "facts"),
        "online-request": (*_ONLINE, "owner", "login", "subject", "words", "files", "number"),
    },
    letters=frozenset(
        {"statement", "request", "reply", "online-code", "online-change", "online-office"}
        | {"online-request"}
    ),
)
