"""Recording at work: conversations are followed, and recorded where they are to be."""

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path

import structlog

from sipagent.config import Config
from sipagent.domain import House, Staff
from sipagent.errors import SetupError, SipAgentError
from sipagent.exchange.about import About
from sipagent.exchange.led import Led
from sipagent.exchange.model import Exchange
from sipagent.exchange.recording.following import Following, Running
from sipagent.exchange.recording.kept import Beginning, Kept, Recordings
from sipagent.exchange.recording.keys import keys_of, opened_key
from sipagent.exchange.recording.policy import Rule
from sipagent.exchange.recording.seats import Seats, names
from sipagent.exchange.recording.tape import Place, StoredTape, settle
from sipagent.exchange.switchboard import Switchboard
from sipagent.messages.templates import Templates
from sipagent.scenario.talk import Talk
from sipagent.switching.attending import Attending
from sipagent.switching.member import Member
from sipagent.telephony.leg import Leg

log = structlog.get_logger(__name__)


class RecordingStaff(Staff):
    """Makes recordings; ``following.Deck`` fits.

    Args:
        house: what it works with.
        board: whose conversations they are.
    """

    def __init__(self, house: House, board: Switchboard) -> None:
        self._config = house.config
        self._store = house.store
        self._board = board
        self._keys = keys_of(house.config)
        self._running: list[Running] = []
        self._following: set[asyncio.Task[None]] = set()
        board.attendance.subscribe(self.attends)

    async def start(self) -> None:
        """Keep what was being recorded when an earlier run died."""
        left = await self._store.read(lambda db: Recordings(db).going_on())
        for one in left:
            await self._recover(one)

    async def stop(self) -> None:
        """Return once every recording is kept; the calls are over."""
        await asyncio.gather(*self._following, return_exceptions=True)

    def use(self, config: Config, templates: Templates) -> None:
        """Record as other settings say from now on; a key that cannot be read changes nothing."""
        try:
            self._keys = keys_of(config)
        except SetupError as error:
            log.error("recordings are sealed with the key as before", reason=str(error))
        self._config = config

    def attends(self, record: Leg, talk: Talk) -> Attending:
        """Follow a conversation that begins."""
        following = Following(record, talk, self)
        self._following.add(following.done)
        following.done.add_done_callback(self._following.discard)
        return following

    # For those that follow

    @property
    def exchange(self) -> Exchange:
        """The exchange as it is now."""
        return self._board.now.exchange

    @property
    def longest_pause(self) -> float:
        """Seconds after which a pause ends by itself."""
        return float(self._config.recording.longest_pause)

    async def begin(
        self, record: Leg, talk: Talk, rule: Rule, members: Sequence[Member]
    ) -> StoredTape:
        """Begin a recording of a conversation.

        Raises:
            SipAgentError, OSError: it cannot be.
        """
        key, sealed = self._keys.new() if self._keys is not None else (None, None)
        end = "wav" if key is None else "sealed"
        name = f"call-{record.id}-{secrets.token_hex(3)}.{end}"
        left, right = Seats().seated(members)
        what = Beginning(
            record.id,
            rule.why,
            rule.announced,
            names(left),
            names(right),
            (talk.facts.get(Led) or Led()).user,
            talk.facts.get(About) or About(),
            talk.language,
            name,
            sealed,
        )
        tape = StoredTape(self._store, Place(self._folder / name, key))
        await tape.open(members[0].leg, what)
        return tape

    def found(self, members: Sequence[Member]) -> Running | None:
        """Return the recording that goes on of a conversation from which one of these comes."""
        legs = [one.leg for one in members]
        running = (
            one for one in self._running if any(leg is there for leg in one.legs for there in legs)
        )
        return next(running, None)

    def running(self, running: Running, on: bool) -> None:
        """Know of a recording that goes on, or no longer."""
        (self._running.append if on else self._running.remove)(running)

    @property
    def _folder(self) -> Path:
        return self._config.paths.recordings

    async def _recover(self, one: Kept) -> None:
        try:
            key = opened_key(one.key, self._keys)
            seconds = await settle(self._store, one.id, Place(self._folder / one.file, key))
        except (SipAgentError, OSError) as error:
            log.error("a recording cannot be made whole", recording=one.id, reason=str(error))
            await self._store.write(lambda db: Recordings(db).end(one.id, 0.0, 0.0, b""))
        else:
            log.warning("a recording that a run that died has left is kept", seconds=seconds)
