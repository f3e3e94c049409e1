"""What settings promise and the machine does not have: files, voices, models, numbers to call."""

from collections.abc import Iterator

from sipagent.config import Config, PasswordSection
from sipagent.domain import Domain
from sipagent.errors import SipAgentError
from sipagent.speech import models, voices


def broken(config: Config, domain: Domain) -> Iterator[str]:
    """Yield a sentence for each promise without which the line, or a part of it, does not work."""
    for index, trunk in enumerate(config.trunk):
        yield from _password(f"trunk.{index} ({trunk.name})", trunk)
    yield from _password("mail", config.mail)
    if "tls" in config.sip.transports and not config.sip.certificate:
        yield "sip.transports: tls needs sip.certificate and sip.private_key, which are not set"
    for key in ("certificate", "private_key", "authorities"):
        path = getattr(config.sip, key)
        if path is not None and not path.is_file():
            yield f"sip.{key}: {path}: no such file"
    for language, name in config.voices.items():
        try:
            voices.find(name, config.paths.voices)
        except SipAgentError as error:
            yield f"voices.{language}: {error}"
    yield from domain.broken(config)


def missed(config: Config, domain: Domain) -> Iterator[str]:
    """Yield a sentence for each promise that the line does without."""
    if config.transcription.enabled:
        try:
            models.find(config.transcription.model, config.paths.models)
        except SipAgentError as error:
            yield f"transcription.model: {error}; until then requests come as audio only"
    yield from domain.missed(config)


def _password(where: str, section: PasswordSection) -> Iterator[str]:
    if section.password_credential:  # only the service itself can read it
        return
    try:
        section.password()
    except SipAgentError as error:
        yield f"{where}.password_file: {error}"
