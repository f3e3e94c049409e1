"""Parts of pages about tickets that go on changing: events each time that they look different."""

from collections.abc import AsyncIterator, Callable

from sipagent.panel.guard import Refused
from sipagent.panel.live import Snapshot
from sipagent.panel.pages.now import AGAIN, BREATH, event, number
from sipagent.panel.web import PAGES, Visit


def snapshot(visit: Visit) -> Snapshot:
    """Return how tickets are now, for a page that is about to show them."""
    return visit.house.watching.live.look()


async def parts(visit: Visit, draw: Callable[[Visit], str]) -> AsyncIterator[str]:
    """Yield a part of a page as an event each time that it looks different.

    Args:
        visit: of who looks on; its query says which snapshot the page shows (``after``).
        draw: makes the part; it runs in a thread.
    """
    live, known, shown = visit.house.watching.live, number(visit.query.get("after")), ""
    yield f"retry: {1000 * AGAIN}\n\n"
    with live.looking():
        while True:
            changed = await live.after(known, BREATH)
            if changed is None:
                yield "event: breath\ndata:\n\n"
                continue
            known = changed.number
            try:
                part = await PAGES.run(draw, visit)
            except Refused:  # it is not there any more, or not theirs
                return
            if part != shown:
                shown = part
                yield event(part, known)
