"""Numbers outside from which calls can be ordered: their form."""

from sipagent.exchange.model import Exchange
from sipagent.panel.forms.entries import EntryPages
from sipagent.panel.forms.entry_form import EntryForm
from sipagent.panel.forms.fields import Field, Select
from sipagent.panel.pages.phones import users


def _schedules(there: Exchange) -> dict[str, str]:
    return {one.name: one.name for one in there.schedules}


AUTHORISED = EntryPages(
    EntryForm(
        "authorised",
        (
            Field("number", needed=True, input="tel", priced=True),
            Select("user", more=users),
            Field("shown", input="tel"),
            Select("schedule", values=("",), more=_schedules),
        ),
    ),
    ("number", "user", "shown", "schedule"),
    template="exchange/authorised.html",
)
