"""The chat of owners: they are known by their login, and apart from whoever asks as a stranger."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sipagent.helpdesk.chat.agents import Agents
from sipagent.helpdesk.chat.chats import Chats
from sipagent.helpdesk.chat.model import State
from sipagent.tickets.model import AskerKind
from sipagent.tickets.tickets import Tickets
from tests.panel.owner.owners import LOGIN, come_in, owners

pytestmark = pytest.mark.unit


def test_an_owner_asks_and_is_known(tmp_path: Path) -> None:
    with owners(tmp_path, helpdesk={"hours": ""}) as panel:
        assert panel.browser().get("/owner/chat").url.path == "/owner"
        panel.store.blocking.write(lambda db: Agents(db).seen(["anna"], datetime.now(UTC)))
        anna = come_in(panel)
        assert 'href="/owner/chat"' in anna.get("/owner").text
        page = anna.get("/owner/chat").text
        assert 'value="+48600100101"' in page
        fields = {"name": "Anna", "phone": "600100101", "email": "", "question": "Winda?"}
        page = anna.post("/owner/chat/begin", **fields, key="k").text
        assert "1." in page
        assert 'data-events="/owner/chat/events"' in page
        (chat,) = panel.store.blocking.read(lambda db: Chats(db).live())
        assert (chat.visitor.kind, chat.visitor.ref) == (AskerKind.OWNER, LOGIN)
        assert chat.visitor.manager is not None
        assert "Winda?" not in panel.browser().get("/chat").text
        again = come_in(panel)
        assert "Winda?" in again.get("/owner/chat").text, "in another browser, too"
        again.post("/owner/chat/end", deed="later")
        (over,) = panel.store.blocking.read(lambda db: [Chats(db).find(chat.id)])
        assert over.state is State.TICKET
        ticket = panel.store.blocking.read(lambda db: Tickets(db).find(over.ticket or 0))
        assert ticket.asker.manager == chat.visitor.manager
        assert str(over.ticket) in again.get("/owner/requests").text, "it stands with the others"
