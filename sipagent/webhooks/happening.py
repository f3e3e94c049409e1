"""What can happen that programs are told of, and what they are told."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlite_utils
from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Told:
    """What programs are told of something.

    Args:
        document: what it is, as it is now.
        manager: id of the manager whose owner it is about; None: nobody's.
        call: id of the call in which it has happened; empty: in none.
    """

    document: BaseModel
    manager: int | None = None
    call: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """A kind of thing that happens.

    Args:
        kind: its name, such as ``call.ended``; a trigger notes it (``schema.noting``).
        document: of what is told.
        tell: returns what is told of a subject; None: it is not there any more.
    """

    kind: str
    document: type[BaseModel]
    tell: Callable[[sqlite_utils.Database, str], Told | None]
