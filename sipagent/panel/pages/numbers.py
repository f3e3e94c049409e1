"""The numbers of the trunks, and where each leads."""

from collections.abc import Sequence

from sipagent.exchange.model import Exchange
from sipagent.exchange.values import Kind, Ref
from sipagent.panel.forms import naming
from sipagent.panel.forms.entries import EntryPages
from sipagent.panel.forms.entry_form import EntryForm
from sipagent.panel.forms.fields import Choice, Field, Select
from sipagent.panel.forms.naming import Chosen
from sipagent.panel.pages.journeys import beside
from sipagent.panel.web import Visit


def _leads(visit: Visit, there: Exchange) -> Sequence[Choice]:
    """Return what numbers can lead to: scenarios, and entries."""
    refs = (Ref(Kind.SCENARIO, name) for name in sorted(visit.house.desk.files()))
    scenarios = [Choice(str(ref), naming.read(visit.words, ref)) for ref in refs]
    return [*scenarios, *naming.entries(visit, there)]


_FORM = EntryForm(
    "numbers",
    (
        Field("number", needed=True, input="tel"),
        Chosen("leads_to", needed=True, among=_leads),
        Select("recorded", values=("no", "announced", "unannounced")),
    ),
)

NUMBERS = EntryPages(
    _FORM,
    ("number", "leads_to", "recorded"),
    template="exchange/led.html",
    beside=beside,
)
