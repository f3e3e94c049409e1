"""The queues of the exchange: whom callers wait for, what they hear, where they go on to."""

from collections.abc import Sequence
from typing import Any, get_args

from sipagent.exchange.queues.model import Occasion, Strategy, Told
from sipagent.panel.forms.each import Each
from sipagent.panel.forms.entries import EntryPages
from sipagent.panel.forms.entry_form import EntryForm
from sipagent.panel.forms.fields import Check, Field, Select, Several
from sipagent.panel.forms.naming import Chosen, announcements, leads_on, members
from sipagent.panel.forms.rows import Column, References, Rows
from sipagent.panel.pages.journeys import beside


def _cells(member: dict[str, Any]) -> Sequence[str]:
    return member["who"], str(member["tier"]), ", ".join(member["skills"])


def _member(cells: Sequence[str]) -> object:
    who, tier, skills = cells
    return {
        "who": who,
        "tier": tier or "1",
        "skills": [one.strip() for one in skills.split(",") if one.strip()],
    }


_MEMBERS = References(
    "members",
    columns=(
        Column("who", "select"),
        Column("tier", inputmode="numeric", usual="1"),
        Column("skills"),
    ),
    among=members,
    apart=_cells,
    together=_member,
)

_FORM = EntryForm(
    "queues",
    (
        Field("name", needed=True),
        Field("number", needed=True, inputmode="numeric"),
        Select("strategy", values=tuple(Strategy)),
        _MEMBERS,
        Check("anyone"),
        Field("ring", inputmode="numeric"),
        Field("wrap_up", inputmode="numeric"),
        Field("misses", inputmode="numeric"),
        Field("email", input="email"),
        Check("whisper"),
        Field("priority", inputmode="numeric"),
        Field("longest", inputmode="numeric"),
        Field("most", inputmode="numeric"),
        Each("leads", keys=get_args(Occasion), among=leads_on),
        Field("announce", inputmode="numeric"),
        Several("tells", values=get_args(Told)),
        Chosen("greeting", among=announcements),
        Chosen("music", among=announcements),
        Rows("between", columns=(Column("announcement", "select"),), among=announcements),
        Field("leave_key", inputmode="numeric"),
        Field("callback_key", inputmode="numeric"),
        Field("callback_tries", inputmode="numeric"),
        Field("callback_minutes", inputmode="numeric"),
        Select("recorded", values=("no", "announced", "unannounced")),
    ),
)

QUEUES = EntryPages(
    _FORM, ("name", "number", "strategy", "members"), template="exchange/led.html", beside=beside
)
