"""What settings promise and the machine does not have: files, voices, models, numbers to call."""

from collections.abc import Iterator

from sipagent.billing.ledger import unknown_tariffs
from sipagent.config import Config
from sipagent.config_sections import PasswordSection
from sipagent.doctor.finding import Check, Finding, Patient, error, ok, warning
from sipagent.domain import Domain
from sipagent.errors import SipAgentError
from sipagent.speech import models, voices
from sipagent.toml import Keys

_ADVICE = "see sipagent check"


def broken(config: Config, domain: Domain) -> Iterator[str]:
    """Yield each promise without which the line, or a part of it, does not work, with its place."""
    for keys, section in config.with_passwords():
        yield from _password(config, keys, section)
    if "tls" in config.sip.transports and not config.sip.certificate:
        what = "tls needs sip.certificate and sip.private_key, which are not set"
        yield _sentence(config, ("sip", "transports"), what)
    for key in ("certificate", "private_key", "authorities"):
        path = getattr(config.sip, key)
        if path is not None and not path.is_file():
            yield _sentence(config, ("sip", key), f"{path}: no such file")
    for language, name in config.voices.items():
        try:
            voices.find(name, config.paths.voices)
        except SipAgentError as error:
            yield _sentence(config, ("voices", language), error)
    for code in unknown_tariffs(config):
        yield _sentence(config, ("billing", "managers", code), "no manager has this code")
    yield from domain.broken(config)


def missed(config: Config, domain: Domain) -> Iterator[str]:
    """Yield a sentence for each promise that the line does without."""
    if config.transcription.enabled:
        try:
            models.find(config.transcription.model, config.paths.models)
        except SipAgentError as error:
            what = f"{error}; until then requests come as audio only"
            yield _sentence(config, ("transcription", "model"), what)
    yield from domain.missed(config)


def check_of(domain: Domain) -> Check:
    """Return the check that looks at what domains promise."""

    def domains(patient: Patient) -> Iterator[Finding]:
        troubles = [
            *(error("domains", what, _ADVICE) for what in domain.broken(patient.config)),
            *(warning("domains", what, _ADVICE) for what in domain.missed(patient.config)),
        ]
        yield from troubles or [ok("domains", f"{domain.name}: nothing is missing")]

    return domains


def _password(config: Config, keys: Keys, section: PasswordSection) -> Iterator[str]:
    if section.password_credential:  # only the service itself can read it
        return
    try:
        section.password()
    except SipAgentError as error:
        yield _sentence(config, (*keys, "password_file"), error)


def _sentence(config: Config, keys: Keys, what: object) -> str:
    return f"{config.place(*keys)}: {'.'.join(map(str, keys))}: {what}"
