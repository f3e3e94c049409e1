"""Tables of the help desk, gathered from its rooms; those first that others refer to."""

from collections.abc import Sequence

from sipagent.helpdesk.chat.schema import chats
from sipagent.helpdesk.knowledge.schema import knowledge
from sipagent.helpdesk.mail.schema import mail_in
from sipagent.helpdesk.notices.schema import notices
from sipagent.store.database import Migrations
from sipagent.tickets.happenings import ticket_happenings
from sipagent.tickets.schema import tickets

HELPDESK: Sequence[Migrations] = (
    tickets,
    ticket_happenings,
    notices,
    knowledge,
    mail_in,
    chats,
)
