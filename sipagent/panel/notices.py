"""Notices on pages: what pops up for who has asked, as it changes, in all windows alike.

It is the same on pages of the panel and on those of owners: a ``Corner`` says whose it is.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from sipagent.helpdesk.notices.notices import Later, Notice, Notices, Whom
from sipagent.panel.guard import own_path
from sipagent.panel.pages.now import AGAIN, BREATH, event, number
from sipagent.panel.permissions import Permission
from sipagent.panel.web import PAGES, Route, Stream, Visit, Way, missing, moved
from sipagent.tickets.choices import choose_mail, wants_mail

#: Notices that pop up at the same time; of others it is said how many there are.
_MOST = 3
_PART = "helpdesk/notices_part.html"


@dataclass(frozen=True, slots=True)
class Corner:
    """Where notices pop up.

    Args:
        path: below which their routes are.
        threads: where somebody sees the own tickets; each one is below it, by its number.
        whom: who is in.
        strangers: whether they are none of the staff, whose places they must not take.
    """

    path: str
    threads: str
    whom: Callable[[Visit], Whom]
    strangers: bool = False

    def popups(self, visit: Visit) -> "Popups":
        """Return what pops up for who is in; blocks."""
        found = visit.house.data.read(lambda db: Notices(db).shown(self.whom(visit)))
        return Popups(self, "-".join(self.whom(visit)), found)

    def routes(self, permission: Permission) -> tuple[Way, ...]:
        """Return what shows notices anew, and puts them away, for who has a permission."""
        return (
            Route(f"{self.path}/part", permission, self._part),
            Stream(f"{self.path}/events", permission, self._events, strangers=self.strangers),
            Route(f"{self.path}/later", permission, self._postpone, "POST"),
            Route(f"{self.path}/delete", permission, self._delete, "POST"),
            Route(f"{self.path}/mail", permission, self._choose_mail, "POST"),
        )

    def unopened(self, visit: Visit) -> frozenset[int]:
        """Return the numbers of tickets with answers that who is in has never seen; blocks."""
        return visit.house.data.read(lambda db: Notices(db).unopened(self.whom(visit)))

    def opened(self, visit: Visit, number: int) -> None:
        """Know that who is in sees a ticket of theirs; blocks."""
        if number in self.unopened(visit):
            visit.house.data.write(lambda db: Notices(db).opened(self.whom(visit), number))

    def wants_mail(self, visit: Visit) -> bool:
        """Whether who is in gets answers by e-mail as well; blocks."""
        return visit.house.data.read(lambda db: wants_mail(db, *self.whom(visit)))

    def _choose_mail(self, visit: Visit) -> Response:
        wanted = "wanted" in visit.form
        visit.house.data.write(lambda db: choose_mail(db, *self.whom(visit), wanted=wanted))
        return moved(own_path(visit.form.get("back"), self.threads))

    def _part(self, visit: Visit) -> Response:
        return visit.page(_PART, popups=self.popups(visit))

    async def _events(self, visit: Visit) -> AsyncIterator[str]:
        """Yield what pops up, each time that it is something else."""
        live, known, shown = visit.house.notices, 0, None
        yield f"retry: {1000 * AGAIN}\n\n"
        with live.looking():
            while True:
                snapshot = await live.after(known, BREATH)
                if snapshot is None:
                    yield "event: breath\ndata:\n\n"
                    continue
                known = snapshot.number
                popups = await PAGES.run(self.popups, visit)
                if popups.all != shown:
                    shown = popups.all
                    yield event(visit.house.draw(_PART, visit, popups=popups), known)

    def _postpone(self, visit: Visit) -> Response:
        try:
            until = Later(visit.form.get("when", "")).after(visit.now, visit.zone)
        except ValueError:
            raise missing() from None
        return self._done(visit, lambda kept, entry: kept.postpone(self.whom(visit), entry, until))

    def _delete(self, visit: Visit) -> Response:
        return self._done(visit, lambda kept, entry: kept.delete(self.whom(visit), entry))

    def _done(self, visit: Visit, work: Callable[[Notices, int], None]) -> Response:
        entry = number(visit.form.get("entry"))
        visit.house.data.write(lambda db: work(Notices(db), entry))
        if visit.by_script:
            return self._part(visit)
        return moved(own_path(visit.form.get("back"), self.threads))


@dataclass(frozen=True, slots=True)
class Popups:
    """What pops up.

    Args:
        corner: where.
        who: whose it is: windows of nobody else agree.
        all: all notices, the latest first.
    """

    corner: Corner
    who: str
    all: Sequence[Notice]

    @property
    def shown(self) -> Sequence[Notice]:
        """Those that are seen."""
        return self.all[:_MOST]

    @property
    def more(self) -> int:
        """How many there are besides."""
        return len(self.all) - len(self.shown)
