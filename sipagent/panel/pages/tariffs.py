"""What calls over the trunks cost: the form of a tariff."""

from sipagent.panel.forms.entries import EntryPages
from sipagent.panel.forms.entry_form import EntryForm
from sipagent.panel.forms.fields import Amount, Field

TARIFFS = EntryPages(
    EntryForm(
        "tariffs",
        (
            Field("prefix", needed=True, input="tel"),
            Field("name", needed=True),
            Amount("per_minute", needed=True),
            Amount("connection", needed=True),
            Field("increment", needed=True, inputmode="numeric"),
            Field("vat", needed=True, inputmode="numeric"),
        ),
    ),
    ("prefix", "name", "per_minute", "connection", "increment", "vat"),
    list_template="exchange/listed.html",
)
