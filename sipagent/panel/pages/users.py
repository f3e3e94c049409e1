"""The users of the exchange: their form, and their list."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sipagent.exchange.entry import Entry
from sipagent.exchange.reading import Stored
from sipagent.exchange.values import Right
from sipagent.panel.forms.entries import EntryPages
from sipagent.panel.forms.entry_form import EntryForm
from sipagent.panel.forms.fields import Amount, Check, Field, Select, Several
from sipagent.panel.web import Visit

_FORM = EntryForm(
    "users",
    (
        Field("name", needed=True),
        Field("number", needed=True, inputmode="numeric"),
        Field("email", input="email"),
        Field("mobile", input="tel", priced=True),
        Select("role", values=("user", "administrator")),
        Several("rights", values=tuple(Right), others=True),
        Field("shown", input="tel"),
        Select("language", values=("pl", "en")),
        Field("daily_minutes", inputmode="numeric"),
        Field("daily_international", inputmode="numeric"),
        Amount("daily_amount"),
        Field("calls_at_once", inputmode="numeric"),
        Select("recorded", values=("no", "announced", "unannounced")),
        Check("listening_tone"),
    ),
)


def _phones(stored: Stored) -> Mapping[str, str]:
    """Return the phones of each user."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in stored.exchange.phones:
        found[one.user].append(one.account)
    return {user: ", ".join(accounts) for user, accounts in found.items()}


def _beside(visit: Visit, stored: Stored, entry: Entry) -> Mapping[str, Any]:
    return {"phones": [one for one in stored.exchange.phones if one.user == entry.key]}


USERS = EntryPages(
    _FORM,
    ("name", "number", "mobile", "email"),
    more={"phones": _phones},
    list_template="exchange/listed.html",
    template="exchange/user.html",
    beside=_beside,
)
