"""What a user is told who may not use a file: whose it is, and how to be that user."""

import os
import pwd
import shlex
import sys
from pathlib import Path


def refused(error: BaseException | None) -> Path | None:
    """Return the file that this user may not use, where that is what an error comes from."""
    while error is not None:
        if isinstance(error, PermissionError) and error.filename is not None:
            return Path(os.fsdecode(error.filename))
        error = error.__cause__ or error.__context__
    return None


def sentence(path: Path) -> str:
    """Return that this user may not use a file."""
    return f"{path}: the user {_name(os.geteuid())} may not use it"


def advice(path: Path) -> str:
    """Return how to do with a file what this command has just tried."""
    owner = _owner(path)
    words = shlex.join([os.path.abspath(sys.argv[0]), *sys.argv[1:]])
    if owner == "root":
        return f"run it as root: sudo {words}"
    return f"run it as root or as the user {owner}: sudo -u {shlex.quote(owner)} {words}"


def _owner(path: Path) -> str:
    """Return who owns a file, as far as this user can see: else the folder that hides it."""
    for one in (path, *path.parents):
        try:
            return _name(one.stat().st_uid)
        except OSError:
            continue
    return "root"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"  # as sudo takes it
