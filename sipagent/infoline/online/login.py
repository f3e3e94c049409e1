"""Who of the owners is let in on the page: a login, and a code that was sent to them, or a PIN.

Failures are those of the telephone: what is typed wrong here makes the login wait there, and the
other way round; so does what comes from one address of the network. See
``docs/decisions/097-owners-page.md``.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import sqlite_utils

from sipagent.access.lockout import Kind, Lockout, Source
from sipagent.access.networks import network
from sipagent.config import LoginSection
from sipagent.infoline.directory import Directory
from sipagent.infoline.login import LONGEST_LOGIN, LoginResult, Verdict, standing
from sipagent.infoline.online import codes
from sipagent.infoline.pins import Pins
from sipagent.store.data import Data


class OnlineLogin:
    """Decides about codes and PINs; what is asked here blocks.

    Args:
        data: with the tables of owners online.
        settings: how often somebody may err.
    """

    def __init__(self, data: Data, settings: LoginSection) -> None:
        self._data = data
        self._lockout = Lockout(settings)
        self._pins = Pins(data, settings)

    def code(
        self, login: str, holder: str, code: str, *, browser: str, now: datetime
    ) -> LoginResult:
        """Decide about a code.

        Args:
            login: as it was typed.
            holder: which browser has asked for the code: only there it is taken.
            code: as it was typed.
            browser: its IP address.
            now: the time, with its offset.
        """
        sources = (*_of_login(login), _of_browser(browser))
        return self._data.write(partial(self._decided, sources, login, holder, code, now))

    def pin(self, login: str, pin: str, *, browser: str, now: datetime) -> LoginResult:
        """Decide about a PIN, where the owner's manager or estate lets them count."""
        sources = _of_login(login)
        if wait := self._data.read(partial(self._wait, sources, now)):
            return LoginResult(Verdict.LOCKED, wait=wait)
        number = _of_browser(browser).value
        result = self._pins.decide(login, pin, number, now, asserted=False)
        if result.owner is not None:
            self._data.write(lambda db: self._lockout.forget(db, *sources))
        elif result.verdict is Verdict.REFUSED:
            claimed = Source(Kind.LOGIN, login[:LONGEST_LOGIN], asserted=False)
            wait = self._data.write(lambda db: self._lockout.count(db, claimed, now))
            return LoginResult(result.verdict, wait=_longest(wait, result.wait))
        return result

    def _decided(
        self,
        sources: Sequence[Source],
        login: str,
        holder: str,
        code: str,
        now: datetime,
        db: sqlite_utils.Database,
    ) -> LoginResult:
        if wait := self._wait(sources, now, db):
            return LoginResult(Verdict.LOCKED, wait=wait)
        right = codes.take(db, subject(login, holder), code, now)
        owner = Directory(db).find(login)
        if right and owner is not None:
            self._lockout.forget(db, *sources)
            return LoginResult(standing(owner), owner)
        counted = [one for one in sources if not one.asserted]
        waits = [self._lockout.count(db, one, now) for one in counted]
        return LoginResult(Verdict.REFUSED, wait=_longest(*waits))

    def _wait(
        self, sources: Sequence[Source], now: datetime, db: sqlite_utils.Database
    ) -> timedelta | None:
        return _longest(*(self._lockout.wait(db, one, now) for one in sources))


def subject(login: str, holder: str) -> str:
    """Return what a code of a login is for: coming in with one browser."""
    return f"login:{holder}:{login}"


def _of_login(login: str) -> tuple[Source, ...]:
    """Return what is counted for a login, on the telephone and here.

    Nobody fills the tables with made-up texts: of a longer one the beginning counts.
    """
    value = login[:LONGEST_LOGIN]
    return (
        Source(Kind.LOGIN, value, asserted=False),
        Source(Kind.LOGIN, value, asserted=True),
        Source(Kind.PIN_LOGIN, value, asserted=False),
    )


def _of_browser(address: str) -> Source:
    """Return what is counted for an address of the network; no number looks like it."""
    return Source(Kind.PIN_NUMBER, f"web:{network(address)}", asserted=False)


def _longest(*waits: timedelta | None) -> timedelta | None:
    return max((one for one in waits if one), default=None)
