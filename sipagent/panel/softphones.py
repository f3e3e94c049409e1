"""What somebody is shown who sets a phone up: what is typed into it, or a link for Linphone."""

import segno
from markupsafe import Markup
from starlette.responses import Response

from sipagent.exchange import accounts
from sipagent.panel import phone_links
from sipagent.panel.web import Visit


def given(visit: Visit, user: str, label: str, back: str) -> Response:
    """Give a user one more phone, and show what is typed into it.

    Args:
        visit: who asks.
        user: whose phone it is.
        label: what it is.
        back: where one goes on.

    Raises:
        DataError: as ``accounts.give``.
    """
    sip, by = visit.house.config.sip, visit.person.name
    told = visit.house.data.write(lambda db: accounts.give(db, user, sip, label=label, by=by))
    return visit.page("phones/given.html", told=told, code=_code(str(told)), back=back)


def renewed(visit: Visit, account: str, back: str) -> Response:
    """Give a phone another password, and show it.

    Raises:
        DataError: as ``accounts.renew``.
    """
    sip, by = visit.house.config.sip, visit.person.name
    told = visit.house.data.write(lambda db: accounts.renew(db, account, sip, by=by))
    return visit.page("phones/given.html", told=told, code=_code(str(told)), back=back)


def linked(visit: Visit, account: str, back: str) -> Response:
    """Show a link by which Linphone sets itself up as a phone.

    Raises:
        DataError: as ``phone_links.make``.
    """
    hours, by = visit.house.config.panel.link, visit.person.name
    token = visit.house.data.write(lambda db: phone_links.make(db, account, visit.now, hours, by))
    link = f"{visit.house.origin}/phone/{token}"
    return visit.page(
        "phones/link.html", account=account, link=link, code=_code(link), hours=hours, back=back
    )


def _code(text: str) -> Markup:
    return Markup(segno.make_qr(text, error="m").svg_inline(omitsize=True))
