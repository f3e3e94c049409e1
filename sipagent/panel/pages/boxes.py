"""The boxes of the exchange, where messages are left."""

from typing import get_args

from sipagent.exchange.model import Greeting
from sipagent.panel.forms.each import Each
from sipagent.panel.forms.entries import EntryPages
from sipagent.panel.forms.entry_form import EntryForm
from sipagent.panel.forms.fields import Check, Field
from sipagent.panel.forms.naming import Chosen, announcements, owners

_FORM = EntryForm(
    "boxes",
    (
        Field("name", needed=True),
        Chosen("owner", needed=True, among=owners),
        Field("number", inputmode="numeric"),
        Field("email", input="email"),
        Field("messages", inputmode="numeric"),
        Field("seconds", inputmode="numeric"),
        Check("tickets"),
        Each("greetings", keys=get_args(Greeting), among=announcements),
    ),
)

BOXES = EntryPages(_FORM, ("name", "owner", "number", "email"), template="exchange/with_pins.html")
