"""Listening to a box: its messages one after the other, and what a key does with each."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from enum import StrEnum

import structlog

from sipagent import tasks, times
from sipagent.dictation.recordings import played
from sipagent.errors import SipAgentError
from sipagent.exchange.model import Box, User
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.voicemail.boxes import is_own
from sipagent.exchange.voicemail.calling_back import call_back
from sipagent.exchange.voicemail.mailboxes import Mailboxes
from sipagent.exchange.voicemail.messages import State, VoiceMessage
from sipagent.exchange.voicemail.own_greeting import change_greeting
from sipagent.exchange.voicemail.pins import choose_pin
from sipagent.scenario.choice import NO_CHOICE, WRONG_CHOICE, Patience, choice_lines, choose
from sipagent.scenario.step import Line, line
from sipagent.scenario.talk import Said, Talk
from sipagent.speech.words import Digits, Name
from sipagent.telephony.leg import Leg
from sipagent.threads import FILES


class Key(StrEnum):
    """What a key does while there is a message."""

    AGAIN = "1"
    SAVE = "2"
    DELETE = "3"
    PREVIOUS = "4"
    CALL_BACK = "5"
    SETTINGS = "9"
    HELP = "0"
    NEXT = "#"
    BACK = "*"


class Setting(StrEnum):
    """What a key changes."""

    GREETING = "1"
    PIN = "2"
    BACK = "*"


#: Those that are told after each message; the others still work.
_TOLD = (Key.NEXT, Key.AGAIN, Key.SAVE, Key.DELETE, Key.HELP)
#: Keys after the last message, and where there is none.
_AT_THE_END = (Key.AGAIN, Key.SETTINGS, Key.BACK)

_PATIENCE = Patience(8.0, silences=3, wrong=5)
#: Is not told of numbers at home.
_POLISH = "+48"

log = structlog.get_logger(__name__)


def lines() -> Iterable[Line]:
    """Return all that is said to who listens."""
    yield line("voicemail.count", fields=["new", "saved"])
    yield line("voicemail.count-new", fields=["new"])
    yield line("voicemail.count-saved", fields=["saved"])
    for key in ("count-none", "from-hidden", "gone", "saved", "restored"):
        yield line(f"voicemail.{key}")
    for key in ("new", "saved", "deleted"):
        yield line(f"voicemail.message-{key}", fields=["number"])
    yield line("voicemail.from-user", fields=["name"])
    yield line("voicemail.from-number", fields=["number"])
    for key in ("today", "yesterday"):
        yield line(f"voicemail.{key}", fields=["time"])
    yield line("voicemail.on-day", fields=["day", "time"])
    yield line("voicemail.keys", keys=_TOLD)
    yield line("voicemail.help", keys=Key)
    yield line("voicemail.deleted", keys=[Key.DELETE])
    yield line("voicemail.end", keys=_AT_THE_END)
    yield line("voicemail.end-of-none", keys=_AT_THE_END[1:])
    yield line("voicemail.settings", keys=Setting)
    yield from choice_lines(_PATIENCE, ())


class Listening:
    """One who listens to a box.

    What is deleted can be had back until the call is over; only then it is gone, so that whatever
    ends the call badly deletes nothing.

    Args:
        call: who listens.
        talk: of the call.
        box: which is listened to.
        user: whose phone it is; None: nobody's, who may not call back.
    """

    def __init__(self, call: Leg, talk: Talk, box: Box, user: User | None) -> None:
        self._call = call
        self._talk = talk
        self._box = box
        self._user = user
        self._boxes = talk.service(Mailboxes)
        self._messages: Sequence[VoiceMessage] = ()
        self._deleted: set[int] = set()

    async def run(self) -> None:
        """Tell what there is, and play it, the new ones first, until the caller has enough.

        Raises:
            HungUp: the caller is gone; what was deleted is.
        """
        found = await self._boxes.messages(self._box.name)
        self._messages = sorted(found, key=lambda one: one.state is not State.NEW)
        self._talk.prepare([self._talk("voicemail.keys")])
        self._prepare(0)
        try:
            await self._call.say(self._counted())
            await self._walk()
        finally:
            await tasks.to_the_end(self._empty(), f"empty-{self._call.id}")

    async def _walk(self) -> None:
        at = 0
        while True:
            if at >= len(self._messages):
                if await self._at_the_end() == Key.BACK:
                    return
                at = 0
                continue
            key = await self._heard(self._messages[at], at)
            if key in (Key.BACK, NO_CHOICE, WRONG_CHOICE):
                return
            at = max(0, at - 1) if key == Key.PREVIOUS else at + (key != Key.AGAIN)

    async def _heard(self, message: VoiceMessage, at: int) -> str:
        """Play a message; return the key that leads away from it."""
        call = self._call
        call.note("voicemail-heard", message=message.id)
        self._prepare(at + 1)
        await call.say(self._heading(message, at))
        try:
            audio = await FILES.run(played, self._boxes.path(message), "voicemail.recording")
        except OSError:
            await call.say(self._talk("voicemail.gone"))
        else:
            await call.say(audio)
        await self._boxes.save(message)
        hint = "voicemail.keys"
        while True:
            key = await self._key(hint, Key)
            match key:
                case Key.HELP:
                    hint = "voicemail.help"
                    continue
                case Key.DELETE:
                    await self._delete(message)
                case Key.CALL_BACK:
                    await call_back(call, self._talk, message, self._user)
                case Key.SETTINGS:
                    await self._settings()
                case Key.SAVE:
                    await call.say(self._talk("voicemail.saved"))
                    return Key.NEXT
                case _:
                    return key
            hint = "voicemail.keys"

    async def _delete(self, message: VoiceMessage) -> None:
        """Delete a message, or have it back."""
        self._deleted ^= {message.id}
        gone = message.id in self._deleted
        await self._call.say(self._talk("voicemail.deleted" if gone else "voicemail.restored"))

    async def _empty(self) -> None:
        """Delete what was deleted; what cannot be is there still, and told of again."""
        for message in self._messages:
            if message.id in self._deleted:
                try:
                    await self._boxes.delete(message)
                except (OSError, SipAgentError) as error:
                    log.error("message not deleted", message=message.id, reason=str(error))

    async def _at_the_end(self) -> str:
        """Tell that there is no other message; return ``*``, or ``1`` to begin again."""
        prompt = "voicemail.end" if self._messages else "voicemail.end-of-none"
        keys = _AT_THE_END if self._messages else _AT_THE_END[1:]
        while (key := await self._key(prompt, keys)) == Key.SETTINGS:
            await self._settings()
        return Key.AGAIN if key == Key.AGAIN else Key.BACK

    async def _settings(self) -> None:
        """Let the greeting and the PIN be changed."""
        while True:
            key = await self._key("voicemail.settings", Setting)
            if key == Setting.GREETING:
                await change_greeting(self._call, self._talk, self._box)
            elif key == Setting.PIN and is_own(self._box, self._user):
                await choose_pin(self._call, self._talk, self._box)
            elif key == Setting.PIN:  # the others would be shut out
                await self._call.say(self._talk("voicemail.pin-not-own"))
            else:
                return

    async def _key(self, prompt: str, keys: Iterable[str]) -> str:
        return await choose(
            self._call,
            self._talk,
            lambda: [self._talk(prompt)],
            keys=set(keys),
            service=(),
            patience=_PATIENCE,
        )

    # What is said

    def _counted(self) -> Said:
        """Return how many messages there are."""
        new = sum(one.state is State.NEW for one in self._messages)
        saved = len(self._messages) - new
        match bool(new), bool(saved):
            case True, True:
                return self._talk("voicemail.count", new=new, saved=saved)
            case True, False:
                return self._talk("voicemail.count-new", new=new)
            case False, True:
                return self._talk("voicemail.count-saved", saved=saved)
            case _:
                return self._talk("voicemail.count-none")

    def _prepare(self, at: int) -> None:
        """Have the heading of a message made before it is said."""
        if at < len(self._messages):
            self._talk.prepare([self._heading(self._messages[at], at)])

    def _heading(self, message: VoiceMessage, at: int) -> Said:
        """Return which message it is, from whom and when."""
        talk = self._talk
        state = "deleted" if message.id in self._deleted else message.state.value
        return talk.join(
            [
                talk(f"voicemail.message-{state}", number=at + 1),
                self._caller(message),
                self._when(message),
            ]
        )

    def _caller(self, message: VoiceMessage) -> Said:
        if message.extension:
            name = Name(message.name or message.extension)
            return self._talk("voicemail.from-user", name=name)
        number = message.number
        if number is None:
            return self._talk("voicemail.from-hidden")
        at_home = self._talk.service(Switchboard).country == "PL"
        told = number.removeprefix(_POLISH) if at_home else number
        return self._talk("voicemail.from-number", number=Digits(told))

    def _when(self, message: VoiceMessage) -> Said:
        came = times.in_zone(message.created, self._talk.zone)
        clock = Name(f"{came.hour}:{came.minute:02d}")
        today = self._talk.local().date()
        if came.date() == today:
            return self._talk("voicemail.today", time=clock)
        if came.date() == today - timedelta(days=1):
            return self._talk("voicemail.yesterday", time=clock)
        return self._talk("voicemail.on-day", day=came.date(), time=clock)
