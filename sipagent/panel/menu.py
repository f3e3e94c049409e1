"""The menu: sections, and the pages of each; whoever may not open a page does not see it there."""

from collections.abc import Sequence
from dataclasses import dataclass

from sipagent.panel.permissions import Permission
from sipagent.panel.web import Visit


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that the menu names.

    Args:
        path: where it stands; what stands below it belongs to it.
        key: its name, ``nav.KEY`` among the texts.
        permission: what its route asks for.
    """

    path: str
    key: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class Section:
    """Pages that belong together; the first one opens with the section."""

    key: str
    entries: tuple[Entry, ...]

    @property
    def path(self) -> str:
        """Where it opens."""
        return self.entries[0].path


MENU = (
    Section(
        "now",
        (
            Entry("/live", "live", Permission.LIVE),
            Entry("/wallboard", "wallboard", Permission.LIVE),
            Entry("/listening", "listening", Permission.LISTEN),
        ),
    ),
    Section(
        "history",
        (
            Entry("/calls", "calls", Permission.HISTORY),
            Entry("/recordings", "recordings", Permission.RECORDINGS),
            Entry("/statistics", "statistics", Permission.STATISTICS),
            Entry("/bills", "bills", Permission.BILLS),
        ),
    ),
    Section(
        "exchange",
        (
            Entry("/exchange/users", "users", Permission.EXCHANGE),
            Entry("/exchange/phones", "phones", Permission.EXCHANGE),
            Entry("/exchange/outside", "outside", Permission.EXCHANGE),
            Entry("/exchange/authorised", "authorised", Permission.EXCHANGE),
            Entry("/exchange/numbers", "numbers", Permission.EXCHANGE),
            Entry("/exchange/groups", "groups", Permission.EXCHANGE),
            Entry("/exchange/queues", "queues", Permission.EXCHANGE),
            Entry("/exchange/rooms", "rooms", Permission.EXCHANGE),
            Entry("/exchange/boxes", "boxes", Permission.EXCHANGE),
            Entry("/exchange/schedules", "schedules", Permission.EXCHANGE),
            Entry("/exchange/announcements", "announcements", Permission.EXCHANGE),
            Entry("/exchange/tariffs", "tariffs", Permission.EXCHANGE),
            Entry("/exchange/orders", "orders", Permission.EXCHANGE),
            Entry("/exchange/changes", "changes", Permission.EXCHANGE),
        ),
    ),
    Section(
        "helpdesk",
        (
            Entry("/helpdesk/tickets", "tickets", Permission.HELPDESK),
            Entry("/helpdesk/chats", "chats", Permission.CHATS),
            Entry("/helpdesk/own", "own-tickets", Permission.ACCOUNT),
            Entry("/helpdesk/new", "new-ticket", Permission.ACCOUNT),
            Entry("/helpdesk/knowledge", "knowledge", Permission.KNOWLEDGE),
            Entry("/helpdesk/agents", "agents", Permission.EXCHANGE),
        ),
    ),
    Section(
        "infoline",
        (
            Entry("/infoline/owners", "owners", Permission.INFOLINE),
            Entry("/infoline/offices", "offices", Permission.INFOLINE),
            Entry("/infoline/outbox", "outbox", Permission.INFOLINE),
            Entry("/infoline/lockouts", "lockouts", Permission.INFOLINE),
            Entry("/infoline/import", "import", Permission.INFOLINE),
        ),
    ),
    Section(
        "own",
        (
            Entry("/own", "own-calls", Permission.OWN),
            Entry("/own/messages", "messages", Permission.OWN),
            Entry("/own/phones", "phones", Permission.OWN),
            Entry("/own/orders", "own-orders", Permission.OWN),
        ),
    ),
    Section("scenarios", (Entry("/scenarios", "scenarios", Permission.SCENARIOS),)),
)


def menu(visit: Visit, sections: Sequence[Section] = MENU) -> list[Section]:
    """Return what the menu shows to who asks."""
    seen = ((one.key, [e for e in one.entries if visit.may(e.permission)]) for one in sections)
    return [Section(key, tuple(entries)) for key, entries in seen if entries]


def here(shown: Sequence[Section], path: str) -> tuple[Section, Entry] | None:
    """Return the section and the entry to which a page belongs; the longest path counts."""
    found = [(one, entry) for one in shown for entry in one.entries if _below(path, entry.path)]
    return max(found, key=lambda pair: len(pair[1].path), default=None)


def _below(path: str, above: str) -> bool:
    return path == above or path.startswith(f"{above}/")
