"""The systemd units, made from one template for the place where sipagent is."""

import string
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from sipagent.config import Config

#: Seconds beside ``line.drain`` until the daemon is killed: last BYEs, records, the mail under way.
ENDING = 20
#: Ports below this one are root's.
_PRIVILEGED = 1024
#: Where units are: an operator's, and before them those of a package (systemd.unit(5)).
UNITS = Path("/etc/systemd/system")
PACKAGED_UNITS = Path("/usr/lib/systemd/system")
#: What ``ProtectHome=yes`` hides (systemd.exec(5)).
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where sipagent is on a machine; all paths are absolute.

    ``home`` is where voices, scenarios, prompts and manuals are (``sipagent.shipped``), ``python``
    the interpreter of the virtual environment.
    """

    name: str
    user: str
    home: Path
    python: Path
    config: Path

    @property
    def state(self) -> Path:
        """What has to be kept: ``StateDirectory=``."""
        return Path("/var/lib") / self.name

    @property
    def cache(self) -> Path:
        """What can be made again: ``CacheDirectory=``."""
        return Path("/var/cache") / self.name

    @property
    def secrets(self) -> Path:
        """Where the files of ``LoadCredential=`` are."""
        return self.config.parent / "credentials"


def units(place: Place, config: Config) -> dict[str, str]:
    """Return the units, by the names of their files."""
    values = _values(place, config)
    return {
        f"{place.name}.service": _fill("sipagent.service", values),
        f"{place.name}-again.timer": _fill("sipagent-again.timer", values),
        f"{place.name}-panel.service": _fill("sipagent-panel.service", values),
    }


def written_paths(config: Config) -> list[Path]:
    """Return the directories that the daemon writes into."""
    paths = config.paths
    kept = (paths.database.parent, paths.recordings, paths.outbox, paths.maildir)
    mailbox = config.helpdesk.mail.maildir
    others = () if mailbox is None else (mailbox,)
    return list(dict.fromkeys((*kept, paths.attachments, paths.cache, *others)))


def edited_paths(config: Config) -> list[Path]:
    """Return the directories of what administrators change in the panel, beside the database."""
    return [config.paths.announcements, config.paths.all_scenarios[-1]]


def credentials(config: Config) -> list[str]:
    """Return the names of the credentials that agent.toml asks systemd for."""
    named = (section.password_credential for _, section in config.with_passwords())
    return list(dict.fromkeys(name for name in named if name))


def _values(place: Place, config: Config) -> dict[str, str]:
    own = (place.state, place.cache)
    others = [p for p in written_paths(config) if not any(p.is_relative_to(d) for d in own)]
    seen = (place.home, place.python, place.config, *others)
    privileged = 0 < config.sip.port < _PRIVILEGED
    # A read-only view of home directories lets ReadWritePaths= open single ones.
    at_home = any(path.is_relative_to(home) for path in seen for home in _HOMES)
    return {
        "name": place.name,
        "user": place.user,
        "home": str(place.home),
        "manual": str(place.home / "docs/operations.md"),
        "panel_manual": str(place.home / "docs/panel.md"),
        "python": str(place.python),
        "config": str(place.config),
        "stop": str(config.line.drain + ENDING),
        "credentials": _credentials(place, config),
        "protect_home": "read-only" if at_home else "yes",
        "writable": "".join(f"ReadWritePaths={path}\n" for path in others),
        # One that is not there yet keeps the panel from nothing else.
        "edited": "".join(f"ReadWritePaths=-{path}\n" for path in edited_paths(config)),
        # Whisper's library makes its machine code while it runs (oneDNN).
        "deny_write_execute": "no" if config.transcription.enabled else "yes",
        "capabilities": "CAP_NET_BIND_SERVICE" if privileged else "",
        # A capability in a user namespace of its own opens no port of the machine's.
        "private_users": "no" if privileged else "yes",
    }


def _credentials(place: Place, config: Config) -> str:
    names = credentials(config)
    if not names:
        return f"#LoadCredential=trunk:{place.secrets / 'trunk'}"
    return "\n".join(f"LoadCredential={name}:{place.secrets / name}" for name in names)


def _fill(template: str, values: dict[str, str]) -> str:
    text = resources.files(__package__).joinpath("units", template).read_text("utf-8")
    return string.Template(text).substitute(values)
