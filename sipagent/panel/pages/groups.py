"""The groups of the exchange: who rings for one number, and in which order."""

from sipagent.panel.forms.entries import EntryPages
from sipagent.panel.forms.entry_form import EntryForm
from sipagent.panel.forms.fields import Field, Select
from sipagent.panel.forms.naming import members
from sipagent.panel.forms.rows import Column, References
from sipagent.panel.pages.journeys import beside

_FORM = EntryForm(
    "groups",
    (
        Field("name", needed=True),
        Field("number", needed=True, inputmode="numeric"),
        Select("order", values=("at-once", "in-turn", "random")),
        Field("seconds", inputmode="numeric"),
        References("members", columns=(Column("who", "select"),), among=members),
    ),
)

GROUPS = EntryPages(
    _FORM, ("name", "number", "order", "members"), template="exchange/led.html", beside=beside
)
