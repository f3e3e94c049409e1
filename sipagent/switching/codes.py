"""Keys that ask for something during a call, and which of them are held back; no network."""

from collections.abc import Collection
from dataclasses import dataclass

#: Puts the other one through to the number behind it; or asks there first.
BLIND, CONSULT = "*2", "*3"
#: Begins a recording, or ends it; makes it silent for a time, or not any more.
RECORD, PAUSE_RECORDING = "*1", "*4"
#: Ends what is asked there, and leads back to who waits.
BACK = "*"
#: Seconds without a key that end a number, or what was no code.
PAUSE = 3.0
_STAR, _END = "*", "#"
_KEPT = frozenset({_STAR, BLIND, CONSULT})
#: No number that is dialled is longer.
_LONGEST = 20


@dataclass(frozen=True, slots=True)
class Typed:
    """What has become of keys: those that are ``relayed`` now, and the number that was ``dialled``.

    Empty where there is none; ``code`` is what stood before the number, or a command by itself.
    """

    relayed: str = ""
    dialled: str = ""
    code: str = ""


class Codes:
    """The keys of one who may put through: a code, a number, and ``#`` or a pause.

    A key is held back only while it may still belong to a code; whatever turns out to be none goes
    on as it was typed.

    Args:
        commands: codes that stand for themselves; looked at whenever a key comes.
    """

    def __init__(self, commands: Collection[str] = ()) -> None:
        self._commands = commands
        self._kept = ""

    @property
    def waiting(self) -> bool:
        """Whether keys are held back, so that a pause counts."""
        return bool(self._kept)

    def feed(self, key: str) -> Typed:
        """Take a key."""
        typed = self._kept + key
        if typed in self._commands:
            self._kept = ""
            return Typed(code=typed)
        if typed in _KEPT:
            return self._keep(typed)
        code, number = typed[:2], typed[2:]
        if code not in _KEPT:
            # A star may begin a code at any time.
            return self._keep(_STAR, self._kept) if key == _STAR else self._let(typed)
        if key == _END:
            return self._dialled(code, number[:-1]) if number[:-1] else self._let(typed)
        return self._keep(typed) if len(number) <= _LONGEST else self._let(typed)

    def forget(self) -> None:
        """Begin anew: whoever has typed it does something else."""
        self._kept = ""

    def time_up(self) -> Typed:
        """Take that no key has come for ``PAUSE`` seconds."""
        code, number = self._kept[:2], self._kept[2:]
        return self._dialled(code, number) if number else self._let(self._kept)

    def _keep(self, kept: str, relayed: str = "") -> Typed:
        self._kept = kept
        return Typed(relayed)

    def _let(self, typed: str) -> Typed:
        self._kept = ""
        return Typed(typed)

    def _dialled(self, code: str, number: str) -> Typed:
        self._kept = ""
        return Typed(dialled=number, code=code)


class BackCode(Codes):
    """The keys of one who lets another one wait: ``*`` leads back, all others go on at once."""

    def feed(self, key: str) -> Typed:
        """Take a key."""
        return Typed(dialled=BACK, code=BACK) if key == BACK else Typed(key)
