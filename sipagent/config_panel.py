"""``[panel]`` of agent.toml: where the web panel listens, and how long people stay in."""

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from sipagent.config_sections import Section
from sipagent.config_types import Address, Network


class PanelSection(Section):
    """``[panel]``: the web panel, a process of its own (``sipagent panel run``)."""

    address: Address = "127.0.0.1"
    #: 0: any free one.
    port: int = Field(9466, ge=0, le=65535)
    #: The panel's own certificate with its chain, and its key: PEM files.
    certificate: Path | None = None
    private_key: Path | None = None
    #: Where people find it, ``https://panel.example.com``; without it where it listens.
    public_url: str = ""
    #: Proxies whose word counts on who asks (``X-Forwarded-For``).
    trusted_proxies: tuple[Network, ...] = ()
    #: Minutes without a click after which somebody is out; administrators sooner.
    idle: int = Field(480, ge=5)
    idle_administrator: int = Field(30, ge=5)
    #: Hours after which somebody is out, whatever they do; administrators sooner.
    longest: int = Field(336, ge=1)
    longest_administrator: int = Field(12, ge=1)
    #: Hours for which a link that lets somebody choose a password holds.
    link: int = Field(48, ge=1, le=336)

    @field_validator("public_url")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        plain = parts._replace(scheme="", netloc="").geturl()
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or plain):
            raise ValueError(f"{value!r} is not of the form https://panel.example.com")
        return value

    @model_validator(mode="after")
    def _certificate_and_key(self) -> "PanelSection":
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("certificate and private_key belong together")
        return self

    @model_validator(mode="after")
    def _plain_at_home_only(self) -> "PanelSection":
        if self.certificate is None and not ipaddress.ip_address(self.address).is_loopback:
            raise ValueError(
                f"passwords would go over the network as they are: listen at 127.0.0.1 behind a "
                f"proxy, or set certificate and private_key to listen at {self.address}"
            )
        if self.public_url.startswith("http:") and not _is_here(self.public_url):
            raise ValueError("public_url begins with https://, unless it is this machine itself")
        return self

    @property
    def encrypted(self) -> bool:
        """Whether browsers come over HTTPS, from the panel or from a proxy before it."""
        return self.public_url.startswith("https:") or self.certificate is not None

    @property
    def origin(self) -> str:
        """Where people find it, without a slash at the end: ``https://panel.example.com``."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{'https' if self.encrypted else 'http'}://{host}:{self.port}"


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
