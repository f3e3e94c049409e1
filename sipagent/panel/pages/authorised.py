"""Numbers outside from which calls can be ordered: their form."""

from sipagent.panel.forms.entries import EntryPages
from sipagent.panel.forms.entry_form import EntryForm
from sipagent.panel.forms.fields import Field
from sipagent.panel.forms.naming import Chosen, schedules, users

AUTHORISED = EntryPages(
    EntryForm(
        "authorised",
        (
            Field("number", needed=True, input="tel", priced=True),
            Chosen("user", among=users),
            Field("shown", input="tel"),
            Chosen("schedule", among=schedules),
        ),
    ),
    ("number", "user", "shown", "schedule"),
    template="exchange/authorised.html",
)
