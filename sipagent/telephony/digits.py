"""The keys of a telephone, and collecting them: a state machine without clock or network."""

#: The keys row by row, and the tones of rows and columns in Hz (ITU-T Q.23).
PAD = ("123A", "456B", "789C", "*0#D")
ROWS = (697, 770, 852, 941)
COLUMNS = (1209, 1336, 1477, 1633)
#: Every key a telephone can send (RFC 4733, section 3.2, events 0 to 15).
KEYS = frozenset("".join(PAD))


class DigitCollector:
    """One collection: it is fed keys and time-outs, and says when it is complete.

    Whoever owns the clock feeds it: a key with ``feed``, the end of a wait with ``expire``. The
    wait is the one before the first digit while ``empty``, else the one between digits.

    Args:
        digits: number of digits after which the collection is complete, at least 1.
        end: keys that complete it and are not part of the result.
        commands: keys that complete it at once; they drop what was typed and are the result.
    """

    def __init__(self, digits: int, end: str = "", commands: str = "") -> None:
        if digits < 1:
            raise ValueError(f"a collection takes at least 1 digit, not {digits}")
        if both := set(end) & set(commands):
            raise ValueError(f"{''.join(sorted(both))!r} cannot both end and command")
        if unknown := set(end + commands) - KEYS:
            raise ValueError(f"{''.join(sorted(unknown))!r} is not on a telephone")
        self._digits = digits
        self._end = end
        self._commands = commands
        self._typed = ""
        self._complete = False

    @property
    def empty(self) -> bool:
        """Whether no digit was typed yet."""
        return not self._typed

    def feed(self, digit: str) -> str | None:
        """Take one key; return the result when it completes the collection, else None.

        Raises:
            ValueError: it is not a key of a telephone, or the collection was complete.
        """
        if len(digit) != 1 or digit not in KEYS:
            raise ValueError(f"{digit!r} is not a key of a telephone")
        self._still_open()
        if digit in self._commands:
            self._typed = digit
        elif digit not in self._end:
            self._typed += digit
            if len(self._typed) < self._digits:
                return None
        return self._finish()

    def expire(self) -> str:
        """Take the end of a wait; return what was typed by then, the empty string for silence.

        Raises:
            ValueError: the collection was complete.
        """
        self._still_open()
        return self._finish()

    def _still_open(self) -> None:
        if self._complete:
            raise ValueError("the collection is complete; start another one")

    def _finish(self) -> str:
        self._complete = True
        return self._typed
