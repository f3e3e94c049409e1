"""The phones of users: their form, what is typed into them, and links for Linphone."""

import contextlib

from starlette.responses import Response

from sipagent.errors import DataError, SetupError
from sipagent.exchange.reading import load
from sipagent.exchange.softphone import linphone
from sipagent.panel import phone_links, softphones
from sipagent.panel.forms.entries import EntryPages
from sipagent.panel.forms.entry_form import EntryForm
from sipagent.panel.forms.fields import Field
from sipagent.panel.forms.naming import Chosen, users
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing


class _Phones(EntryPages):
    """Pages of phones; the account and the password of a new one are drawn by the line."""

    def new(self, visit: Visit) -> Response:
        """Show a form with the user that the address names."""
        user = visit.query.get("user", "")
        return self.page(visit, None, {**self.form.typed(None), "user": user})

    def add(self, visit: Visit) -> Response:
        """Give a user one more phone."""
        typed = self.form.sent(visit.form)
        user, label = str(typed["user"]), str(typed["label"])
        try:
            return softphones.given(visit, user, label, self.path)
        except DataError as error:
            details = {"": str(error)}
            trouble = visit.words("form.wrong")
            return self.page(visit, None, typed, 422, trouble=trouble, details=details)


PHONES = _Phones(
    EntryForm("phones", (Chosen("user", among=users), Field("label"))),
    ("account", "user", "label"),
    template="exchange/phone.html",
)


def _account(visit: Visit) -> str:
    """Return the phone that the address names.

    Raises:
        Refused: there is none.
    """
    entry = PHONES.entry(visit, visit.house.data.read(load))
    if entry is None:
        raise missing()
    return entry.key


def _renew(visit: Visit) -> Response:
    account = _account(visit)
    return softphones.renewed(visit, account, PHONES.address(account))


def _link(visit: Visit) -> Response:
    account = _account(visit)
    return softphones.linked(visit, account, PHONES.address(account))


def _set_up(visit: Visit) -> Response:
    """Set Linphone up; a browser, and whatever looks at links, is told what the link is for."""
    if not visit.by_linphone:
        return visit.page("phones/for_linphone.html")
    told = visit.house.data.write(
        lambda db: phone_links.use(db, visit.names["token"], visit.now, visit.house.config.sip)
    )
    if told is None:
        raise missing("refused.link")
    with contextlib.suppress(SetupError):  # no line runs: it knows the phone when it does
        visit.house.ask("exchange.catch-up")  # Linphone registers at once
    return Response(linphone(told), media_type="application/xml")


ROUTES = (
    Route("/exchange/phones/renew", Permission.EXCHANGE, _renew, "POST"),
    Route("/exchange/phones/link", Permission.EXCHANGE, _link, "POST"),
    Route("/phone/{token}", Permission.ANYBODY, _set_up),
)
