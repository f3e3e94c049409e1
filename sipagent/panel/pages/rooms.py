"""The rooms of the exchange, in which many talk."""

from sipagent.panel.forms.entries import EntryPages
from sipagent.panel.forms.entry_form import EntryForm
from sipagent.panel.forms.fields import Check, Field
from sipagent.panel.forms.naming import Chosen, announcements

_FORM = EntryForm(
    "rooms",
    (
        Field("name", needed=True),
        Field("number", needed=True),
        Field("people", inputmode="numeric"),
        Chosen("greeting", among=announcements),
        Check("tones"),
        Check("names"),
        Check("count"),
        Check("wait"),
        Check("record"),
    ),
)


ROOMS = EntryPages(_FORM, ("name", "number", "people"), template="exchange/with_pins.html")
