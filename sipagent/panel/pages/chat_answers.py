"""Short answers of the chat: an agent's own ones, and those of all, which administrators keep."""

from collections.abc import Mapping

from starlette.responses import Response

from sipagent.helpdesk.chat.answers import ShortAnswers, Wrong
from sipagent.helpdesk.chat.words import LONGEST, LONGEST_NAME, taken
from sipagent.panel.forms.entries import number_of
from sipagent.panel.permissions import Permission, Role
from sipagent.panel.web import Route, Visit, moved

_PLACE = "/helpdesk/chats/answers"
_BLANK: Mapping[str, object] = {"title": "", "text": "", "shared": False}


def _show(
    visit: Visit, status: int = 200, typed: Mapping[str, object] = _BLANK, wrong: str = ""
) -> Response:
    kept = visit.house.data.read(lambda db: ShortAnswers(db).of(visit.person.name))
    answers = [
        {"id": one.id, "title": one.title, "text": one.text, "shared": not one.agent}
        for one in kept
    ]
    return visit.page(
        "helpdesk/chat_answers.html",
        status,
        answers=answers,
        typed=typed,
        wrong=wrong,
        shares=_shares(visit),
        longest=LONGEST,
        longest_name=LONGEST_NAME,
    )


def _keep(visit: Visit) -> Response:
    """Keep an answer, or remove one; those of all are changed by administrators only."""
    form, shared = visit.form, bool(visit.form.get("shared")) and _shares(visit)
    agent = "" if shared else visit.person.name
    key = number_of(form.get("id", "")) or None
    title, text = " ".join(taken(form.get("title", "")).split()), taken(form.get("text", ""))
    if key is not None and form.get("remove"):
        visit.house.data.write(lambda db: ShortAnswers(db).remove(agent, key))
        return moved(_PLACE)
    try:
        visit.house.data.write(lambda db: ShortAnswers(db).keep(agent, title, text, key))
    except Wrong as error:
        return _show(visit, 422, {"title": title, "text": text, "shared": shared}, error.key)
    return moved(_PLACE)


def _shares(visit: Visit) -> bool:
    return visit.person.role is Role.ADMINISTRATOR


ROUTES = (
    Route(_PLACE, Permission.CHATS, _show),
    Route(_PLACE, Permission.CHATS, _keep, "POST"),
)
