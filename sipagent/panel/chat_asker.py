"""Who asks in a chat: a stranger, somebody of the panel, an owner; and how each is known again."""

from collections.abc import Mapping
from dataclasses import replace

from sipagent.exchange.model import User
from sipagent.exchange.reading import load
from sipagent.infoline.directory import Directory
from sipagent.infoline.requests import asker_of
from sipagent.panel.guard import Door
from sipagent.panel.passes import digest
from sipagent.panel.web import Visit
from sipagent.tickets.model import Asker, AskerKind

#: Where strangers and people of the panel ask, and where owners do.
PLACE, OF_OWNERS = "/chat", "/owner/chat"


def place_of(visit: Visit) -> str:
    """Return where who asks has the chat."""
    return OF_OWNERS if visit.door is Door.OWNERS else PLACE


def token_of(visit: Visit) -> str:
    """Return by what a chat is known again: who is in, or what the browser keeps."""
    if visit.owner_session is not None:
        return digest(f"owner {visit.owner.login}")
    if visit.inside:
        return digest(f"person {visit.person.id}")
    return digest(f"browser {visit.keep or visit.cookie}")


def is_stranger(visit: Visit) -> bool:
    """Whether nobody knows who asks."""
    return visit.owner_session is None and not visit.inside


def known(visit: Visit) -> Mapping[str, str]:
    """Return name, telephone and address of who asks, as far as they are known."""
    if visit.owner_session is not None:
        owner = visit.owner
        phone, email = (next(iter(some), "") for some in (owner.phones, owner.emails))
        return {"name": owner.name, "phone": phone, "email": email}
    if not visit.inside:
        return {"name": "", "phone": "", "email": ""}
    person = visit.person
    user = visit.house.data.read(load).exchange.find("users", person.user or "")
    phone = user.mobile if isinstance(user, User) else ""
    return {"name": person.user or person.name, "phone": phone, "email": person.email}


def asker(visit: Visit, name: str, phone: str, email: str) -> Asker:
    """Return who asks, with what they have typed of themselves."""
    if visit.owner_session is not None:
        owner = visit.owner
        premises = visit.house.data.read(lambda db: Directory(db).charges(owner.id))
        found = asker_of(owner, premises, phone, visit.language)
    elif visit.inside:
        found = Asker(AskerKind.USER, visit.person.name, name)
    else:
        found = Asker(AskerKind.VISITOR, "", name)
    return replace(found, name=name, phone=phone, email=email, language=visit.language)
