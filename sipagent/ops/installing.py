"""Installing the daemon as a service of systemd, and removing it.

The plan is made first and can be shown; nothing is written over what somebody has edited unless
that is asked for.
"""

import difflib
import hashlib
import os
import pwd
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sipagent import shipped
from sipagent.config import Config
from sipagent.errors import SetupError
from sipagent.ops.unit import (
    PACKAGED_UNITS,
    UNITS,
    Place,
    credentials,
    edited_paths,
    units,
    written_paths,
)

#: There while systemd runs as the first process (sd_booted(3)).
_BOOTED = Path("/run/systemd/system")
_SUM = "# sum: "
#: What the daemon only reads: keys of ``[paths]``.
_READ = ("scenarios", "prompts", "voices", "models")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; ``what`` names it as a command would."""

    what: str
    do: Callable[[], None]


@dataclass(slots=True)
class Plan:
    """What is to be done, in order, and what stands in the way."""

    steps: list[Step] = field(default_factory=list)
    #: Diffs of files that somebody has edited since they were installed.
    edited: list[str] = field(default_factory=list)
    #: What is left to the operator.
    advice: list[str] = field(default_factory=list)

    def add(self, what: str, do: Callable[[], None]) -> None:
        """Do this after the others."""
        self.steps.append(Step(what, do))


def install_plan(
    place: Place,
    config: Config,
    root: Path = Path("/"),
    *,
    first: Sequence[Step] = (),
    force: bool = False,
) -> Plan:
    """Return what is missing of an installed service; nothing where all of it is there.

    Args:
        place: where sipagent is.
        config: its settings.
        root: where the machine's file system begins; another one in tests.
        first: what has to be there before the service starts.
        force: write over what was edited.
    """
    plan = Plan()
    if not _user_exists(place.user):
        options = ("--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin")
        _command(plan, "useradd", *options, "--home-dir", str(place.state), place.user)
    _directories(plan, place, config, root)
    plan.steps += first
    changed = False
    for name, text in units(place, config).items():
        if not _packaged(root, name, text):
            changed |= _unit(plan, _within(root, UNITS / name), text, force)
    if _BOOTED.exists():
        if changed:
            _command(plan, "systemctl", "daemon-reload")
        if not _enabled(place.name):
            _command(plan, "systemctl", "enable", "--now", f"{place.name}.service")
        elif changed:
            plan.advice.append(f"the new unit counts from: systemctl restart {place.name}")
    else:
        plan.advice.append(
            f"systemd does not run here; later: systemctl enable --now {place.name}.service"
        )
    for name in credentials(config):
        if not _within(root, place.secrets / name).exists():
            plan.advice.append(f"put the password {name!r} into {place.secrets / name}")
    return plan


def remove_plan(place: Place, root: Path = Path("/")) -> Plan:
    """Return what takes the service away; its data, settings and user stay."""
    plan = Plan()
    files = [
        _within(root, UNITS / f"{place.name}{end}")
        for end in ("-again.timer", "-panel.service", ".service")
    ]
    found = [file for file in files if file.exists()]
    if found and _BOOTED.exists():
        for file in found:
            _command(plan, "systemctl", "disable", "--now", file.name)
    for file in found:
        plan.add(f"rm {file}", file.unlink)
    if found and _BOOTED.exists():
        _command(plan, "systemctl", "daemon-reload")
    plan.advice.append(f"kept: {place.state}, {place.config.parent}, the user {place.user}")
    return plan


def hidden_from(place: Place, config: Config) -> list[Path]:
    """Return what another user than root could not reach: directories closed to all others."""
    paths = (getattr(config.paths, key) for key in _READ)
    shared = (path for path in paths if not path.is_relative_to(place.state))
    read = (place.home, place.python.resolve(), *shared)
    return list(dict.fromkeys(closed for path in read for closed in _closed(path)))


def stamped(text: str) -> str:
    """Return a unit with its own sum in the last line: an edit shows."""
    return f"{text}\n{_SUM}{_digest(text)}\n"


def edited(content: str) -> bool:
    """Return whether somebody has edited an installed unit."""
    text, _, end = content.rpartition(f"\n{_SUM}")
    return end.strip() != _digest(text)


def default_config(place: Place) -> str:
    """Return agent.toml as shipped, its ``[paths]`` set for a service.

    The model that scripts/setup has put into a checkout stays there.
    """
    kept = {"database": "sipagent.db", "maildir": "mail"}
    own = {
        key: place.state / kept.get(key, key)
        for key in (
            "database",
            "recordings",
            "attachments",
            "outbox",
            "maildir",
            "models",
            "voices",
        )
    }
    own["cache"] = place.cache
    own["local"] = place.config.parent
    if not shipped.INSTALLED:
        own["models"] = shipped.ROOT / "data/models"
    head, mark, tail = shipped.AGENT_TOML.read_text("utf-8").partition("[paths]\n")
    for key, path in own.items():
        tail = re.sub(rf'^{key} = ".*"$', f'{key} = "{path}"', tail, count=1, flags=re.MULTILINE)
    return head + mark + tail


def _packaged(root: Path, name: str, text: str) -> bool:
    """Return whether a Debian package has brought this very unit, and no other one hides it."""
    packaged = _within(root, PACKAGED_UNITS / name)
    if _within(root, UNITS / name).exists() or not packaged.exists():
        return False
    return packaged.read_text("utf-8") == stamped(text)


def _unit(plan: Plan, path: Path, text: str, force: bool) -> bool:
    """Plan to write a unit where it is missing or old; return whether it is to be written."""
    wanted = stamped(text)
    there = path.read_text("utf-8") if path.exists() else None
    if there == wanted:
        return False
    if there is not None and edited(there) and not force:
        plan.edited.append(diff(path, there, wanted))
        return False
    plan.add(f"write {path}", lambda: _write(path, wanted))
    return True


def diff(path: Path, there: str, wanted: str) -> str:
    """Return what writing a file anew would change."""
    lines = difflib.unified_diff(
        there.splitlines(), wanted.splitlines(), f"{path} (there)", f"{path} (new)", lineterm=""
    )
    return "\n".join(lines)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.write_text(text, "utf-8")
    unfinished.chmod(0o644)
    unfinished.replace(path)


def _directories(plan: Plan, place: Place, config: Config, root: Path) -> None:
    """Plan to make those that are missing, each for whom writes there."""
    for directory in dict.fromkeys((place.state, place.cache, *written_paths(config))):
        _directory(plan, root, directory, 0o700, place.user)
    for directory, mode in ((place.config.parent, 0o755), (place.secrets, 0o700)):
        _directory(plan, root, directory, mode)
    for directory in edited_paths(config):
        _directory(plan, root, directory, 0o755, place.user)


def _directory(plan: Plan, root: Path, path: Path, mode: int, owner: str = "root") -> None:
    """Plan to make a directory; one that is there is left as it is."""
    target = _within(root, path)
    if not target.exists():
        plan.add(f"mkdir -m {mode:o} {target} for {owner}", lambda: _own(target, mode, owner))
    elif owner != "root" and _name_of(target.stat().st_uid) != owner:
        # It may be anything, such as a home: whoever set it in agent.toml knows what to open.
        plan.advice.append(f"{target}: has to be writable by {owner}")


def _own(path: Path, mode: int, owner: str) -> None:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    user = pwd.getpwnam(owner)
    os.chown(path, user.pw_uid, user.pw_gid)


def _command(plan: Plan, *words: str) -> None:
    plan.add(" ".join(words), lambda: _run(words))


def _run(words: Sequence[str]) -> None:
    try:
        subprocess.run(words, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise SetupError(f"{words[0]} is not there; install it, and try again") from None
    except subprocess.CalledProcessError as error:
        said = str(error.stderr).strip() or f"status {error.returncode}"
        raise SetupError(f"{' '.join(words)} failed: {said}") from None


def _enabled(name: str) -> bool:
    asked = subprocess.run(
        ("systemctl", "is-enabled", f"{name}.service"), capture_output=True, check=False
    )
    return asked.returncode == 0


def _user_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _closed(path: Path) -> Iterator[Path]:
    for step in (path, *path.parents):
        if step.is_dir() and not step.stat().st_mode & 0o001:
            yield step


def _within(root: Path, path: Path) -> Path:
    return root / os.path.relpath(path, "/")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
