"""agent.toml: every setting of the daemon, with its default and its meaning.

Any key can be overridden from the environment: ``SIPAGENT_SECTION__KEY=value``, the value
written as in TOML (``SIPAGENT_SIP__PORT=5070``); a bare word is taken as a string.
"""

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sipagent import toml
from sipagent.errors import ConfigError

ENV_PREFIX = "SIPAGENT_"


class Section(BaseModel):
    """A table of agent.toml: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        raise ValueError(f"{value!r} is not an address or network such as 192.0.2.0/24") from None
    return value


def _address(value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        raise ValueError(f"{value!r} is not an IP address such as 0.0.0.0") from None
    return value


Network = Annotated[str, AfterValidator(_network)]
Address = Annotated[str, AfterValidator(_address)]


class SipSection(Section):
    """``[sip]``: where the line listens and what it can bear."""

    address: Address = "0.0.0.0"
    port: int = Field(5060, ge=0, le=65535)
    transports: tuple[Literal["udp", "tcp"], ...] = Field(("udp", "tcp"), min_length=1)
    #: Address to write into SIP and SDP when it differs from ``address`` (NAT).
    public_address: Address | None = None
    rtp_first_port: int = Field(10000, ge=1024, le=65000)
    #: 4 ports a call: RTP and RTCP, and room for those that are just closing.
    rtp_ports: int = Field(20000, ge=16, le=60000)
    max_calls: int = Field(500, ge=1)
    codecs: tuple[str, ...] = Field(("PCMA/8000", "PCMU/8000"), min_length=1)
    #: Peers whose P-Asserted-Identity is believed: the trunk, never the open Internet.
    trusted: tuple[Network, ...] = ()
    user_agent: str = "sipagent"

    @model_validator(mode="after")
    def _ports_fit(self) -> "SipSection":
        if self.rtp_first_port + self.rtp_ports > 65536:
            raise ValueError("rtp_first_port + rtp_ports go beyond port 65535")
        return self


class TrunkSection(Section):
    """``[[trunk]]``: a carrier's line on which the daemon registers (RFC 3261, section 10)."""

    name: str = Field(min_length=1)
    registrar: str = Field(pattern=r"^sips?:")
    user: str = Field(min_length=1)
    auth_user: str = ""
    password_file: Path | None = None
    #: Seconds between registrations.
    expires: int = Field(300, ge=60, le=7200)


class LineSection(Section):
    """``[line]``: what happens to a call."""

    scenario: str = "infolinia"
    #: Country that a number without prefix belongs to.
    country: str = Field("PL", pattern=r"^[A-Z]{2}$")
    #: Longest call in seconds; then a goodbye and BYE.
    longest_call: int = Field(3600, ge=10)
    #: Seconds that live calls get to finish after SIGTERM.
    drain: int = Field(60, ge=0)


class SpeechSection(Section):
    """``[speech]``: voices and the clip cache."""

    workers: int = Field(1, ge=1, le=16)
    #: Seconds after which an unfinished rendering is given up.
    timeout: float = Field(15.0, gt=0)
    cache_megabytes: int = Field(256, ge=8)


class LoginSection(Section):
    """``[login]``: how often a caller may err."""

    #: Failures of one calling number or login before it has to wait.
    failures: int = Field(5, ge=1)
    #: First wait in seconds; it doubles with each further failure.
    wait: int = Field(60, ge=1)
    longest_wait: int = Field(86400, ge=1)


class PathsSection(Section):
    """``[paths]``: relative ones are relative to agent.toml."""

    database: Path = Path("data/sipagent.db")
    scenarios: Path = Path("data/scenarios")
    prompts: Path = Path("data/prompts")
    voices: Path = Path("voices")
    cache: Path = Path("data/cache")


class LogSection(Section):
    """``[log]``: what the daemon writes to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"
    #: Whether phone numbers, logins, keys and spoken words stand in the log as they are.
    personal: bool = False
    #: Level of PJSIP's own log, 0 (silent) to 6 (every packet).
    pjsip: int = Field(1, ge=0, le=6)


class Config(Section):
    """The whole of agent.toml."""

    sip: SipSection = SipSection()
    trunk: tuple[TrunkSection, ...] = ()
    line: LineSection = LineSection()
    #: Language → voice: a file's name in ``paths.voices`` or an installed voice.
    voices: dict[str, str] = Field(
        default_factory=lambda: {"pl": "pl_PL-natan-low", "en": "en_US-joe-medium"}
    )
    speech: SpeechSection = SpeechSection()
    login: LoginSection = LoginSection()
    paths: PathsSection = PathsSection()
    log: LogSection = LogSection()


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Return the settings of a file, with the overrides of the environment, paths absolute.

    Raises:
        ConfigError: names file, line and key, one line a mistake.
    """
    data = toml.read(path)
    for name, value in sorted(environ.items()):
        if name.startswith(ENV_PREFIX) and "__" in name:
            _override(data, name, value)
    config = toml.validate(Config, data, path)
    base = path.resolve().parent
    absolute = {name: base / value for name, value in config.paths}
    trunks = tuple(
        trunk.model_copy(update={"password_file": base / trunk.password_file})
        if trunk.password_file
        else trunk
        for trunk in config.trunk
    )
    return config.model_copy(update={"paths": PathsSection(**absolute), "trunk": trunks})


def _override(data: dict[str, Any], name: str, value: str) -> None:
    section, _, key = name.removeprefix(ENV_PREFIX).lower().partition("__")
    table = data.setdefault(section, {})
    if not key or not isinstance(table, dict):
        raise ConfigError(f"{name}: is not of the form {ENV_PREFIX}SECTION__KEY")
    try:
        table[key] = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        table[key] = value
