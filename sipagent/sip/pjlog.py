"""What PJSIP has to say, in the log of the line: one line each, and not without end.

PJSIP quotes malformed messages as they came, line breaks, numbers and all. Written out like that,
a stranger would write lines of the log, fill the disk, and show what the log else hides.
"""

import logging
import re

import pjsua2 as pj

from sipagent.rate import Limit

#: Up to this level of ``log.pjsip`` its lines go into the log; beyond it they are for tracing.
_PLAIN = 3
_LEVELS = {1: logging.WARNING, 2: logging.WARNING, 3: logging.INFO}
#: Lines that are written at once; one more comes back a second.
_BURST = 20.0
#: Characters of a line.
_LONGEST = 300
#: Digits that may be a telephone number; the last three stay, as everywhere in the log.
_NUMBER = re.compile(r"\+?\d{5,}(?=\d{3})")
_STAMP = re.compile(r"^\d\d:\d\d:\d\d\.\d+\s+")
_log = logging.getLogger(__name__)


def written_by(level: int) -> pj.LogWriter | None:
    """Return a writer for ``log.pjsip``; None where PJSIP is to print all, for whoever traces it.

    The endpoint owns the writer, and deletes it at its end.
    """
    return PjLog().__disown__() if level <= _PLAIN else None


class PjLog(pj.LogWriter):  # type: ignore[misc]
    """Takes the lines of PJSIP."""

    def __init__(self) -> None:
        super().__init__()
        self._limit = Limit(_BURST)

    def write(self, entry: pj.LogEntry) -> None:
        """Write one line, unless there were too many."""
        level = _LEVELS.get(int(entry.level), logging.DEBUG)
        if level >= logging.WARNING:
            passed, dropped = self._limit.pass_one()
            if dropped:
                _log.warning("pjsip: %d lines more", dropped)
            if not passed:
                return
        _log.log(level, "pjsip: %s", one_line(str(entry.msg)))


def one_line(text: str) -> str:
    """Return the first line of what PJSIP says, without its clock and without control characters.

    The lines behind it quote messages of the far end. Telephone numbers are hidden.
    """
    line = next(iter(text.strip().splitlines()), "")
    line = _STAMP.sub("", line)[:_LONGEST]
    line = "".join(char if char.isprintable() else "?" for char in line)
    return _NUMBER.sub("•••", line)
