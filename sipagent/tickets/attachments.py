"""Attachments: files that somebody sends with a message, checked, and kept beside the database.

A file is on the disk for good before the row that names it; one that no row names is swept up
later. It stands there under a random name: what somebody has called it is only ever shown.
"""

import contextlib
import os
import re
import secrets
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sipagent.config import Config
from sipagent.errors import SetupError
from sipagent.messages.files import make_directory, sync_directory, write_durably
from sipagent.tickets import documents, kinds, pictures
from sipagent.tickets.kinds import OFFICE, PDF, TEXT
from sipagent.tickets.model import Attachment
from sipagent.tickets.unfit import Unfit, Why

#: Names that are given here; nothing else in the folder is ever deleted.
_OURS = re.compile(r"[0-9a-f]{32}(?:\.small)?")
_SMALL = ".small"


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that somebody wants to attach, under the name that they call it by."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Fit:
    """What is kept of a file; ``small`` is empty but for pictures."""

    name: str
    media: str
    content: bytes
    small: bytes = b""


class Attachments:
    """The folder of attachments.

    Args:
        folder: ``paths.attachments``.
        most: how many may come with one message.
        most_bytes: of each.
    """

    def __init__(self, folder: Path, most: int, most_bytes: int) -> None:
        self._folder = folder
        self._most = most
        self._most_bytes = most_bytes

    @classmethod
    def of(cls, config: Config) -> "Attachments":
        """Return the folder of a line, as its settings say."""
        helpdesk = config.helpdesk
        return cls(config.paths.attachments, helpdesk.attachments, helpdesk.attachment_bytes)

    def keep(self, offered: Iterable[Offered]) -> tuple[Attachment, ...]:
        """Keep files, all of them or none, one after the other; they are on the disk then.

        It takes a second for a large picture, and belongs into a thread (``threads.FILES``).

        Raises:
            Unfit: what is wrong with the first one that may not be kept.
            SetupError: the disk is full, or cannot be written.
        """
        kept, unfit = self.sift(offered, all_or_none=True)
        if unfit:
            raise unfit[0]
        return kept

    def sift(
        self, offered: Iterable[Offered], *, all_or_none: bool = False
    ) -> tuple[tuple[Attachment, ...], tuple[Unfit, ...]]:
        """Keep those files that may be kept, as of a mail, and return what is wrong with others.

        Args:
            offered: what somebody has sent; whatever it is.
            all_or_none: whether nothing is kept where one is unfit.

        Raises:
            SetupError: the disk is full, or cannot be written; nothing is kept.
        """
        kept: list[Attachment] = []
        unfit: list[Unfit] = []
        try:
            for one in offered:
                try:
                    if len(kept) >= self._most:
                        raise Unfit(one.name, Why.COUNT)
                    kept.append(self._written(self._checked(one)))
                except Unfit as error:
                    unfit.append(error)
                    if all_or_none:
                        break
            if kept:
                sync_directory(self._folder)
        except OSError as error:
            self.drop([one.file for one in kept])
            raise self._refusal(error) from error
        if all_or_none and unfit:
            self.drop([one.file for one in kept])
            kept.clear()
        return tuple(kept), tuple(unfit)

    def content(self, file: str) -> Path | None:
        """Return where a file stands; None: it is gone."""
        return self._found(file)

    def small(self, file: str) -> Path | None:
        """Return where the small picture (WebP) of one stands; None: there is none."""
        return self._found(file + _SMALL)

    def drop(self, files: Collection[str]) -> None:
        """Delete files with their small ones; one that is gone already is nobody's loss."""
        for name in files:
            for file in stands_as(name):
                if _OURS.fullmatch(file):
                    with contextlib.suppress(OSError):
                        (self._folder / file).unlink()

    def strays(self, known: Collection[str], age: float) -> list[str]:
        """Return files that are not ``known`` and older than ``age`` seconds.

        A younger one may be on its way into the database.
        """
        if not self._folder.is_dir():
            return []
        oldest = time.time() - age
        names = {
            entry.name.removesuffix(_SMALL)
            for entry in os.scandir(self._folder)
            if _OURS.fullmatch(entry.name) and _written_at(entry) < oldest
        }
        return sorted(names - set(known))

    def _checked(self, offered: Offered) -> _Fit:
        name, kind = kinds.named(offered.name)
        content = offered.content
        if len(content) > self._most_bytes:
            raise Unfit(name, Why.SIZE)
        kinds.require(kind, name, content)
        if kind.picture:
            whole, small = pictures.made_anew(kind, name, content)
            kept = pictures.kept_as(kind)
            if kept is not kind:
                name = str(PurePosixPath(name).with_suffix(f".{kept.endings[0]}"))
            return _Fit(name, kept.media, whole, small)
        if kind is TEXT:
            return _Fit(name, kind.media, (kinds.text_of(content) or "").encode())
        if kind is PDF or kind in OFFICE:
            documents.require(kind, name, content)
        return _Fit(name, kind.media, content)

    def _written(self, fit: _Fit) -> Attachment:
        """Write a file; the name of it is on the disk once its folder is."""
        kept = Attachment(fit.name, secrets.token_hex(16), fit.media, len(fit.content))
        try:
            make_directory(self._folder)
            write_durably(self._folder / kept.file, fit.content)
            if fit.small:
                write_durably(self._folder / f"{kept.file}{_SMALL}", fit.small)
        except OSError:
            self.drop([kept.file])
            raise
        return kept

    def _refusal(self, error: OSError) -> SetupError:
        return SetupError(
            f"{self._folder}: an attachment cannot be kept: {error.strerror}; make room, or "
            "check the rights and paths.attachments"
        )

    def _found(self, file: str) -> Path | None:
        path = self._folder / file
        return path if _OURS.fullmatch(file) and path.is_file() else None


def stands_as(file: str) -> tuple[str, str]:
    """Return the names in the folder that a file may have: its own, and that of the small one."""
    return file, file + _SMALL


def _written_at(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat().st_mtime
    except OSError:  # gone meanwhile
        return float("inf")
