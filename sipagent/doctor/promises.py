"""What settings promise and the machine does not have: files, voices, models, numbers to call."""

from collections.abc import Iterator
from contextlib import closing

from sipagent.config import Config, PasswordSection
from sipagent.errors import SipAgentError
from sipagent.infoline.managing import Office, offices
from sipagent.infoline.model import Contract
from sipagent.infoline.schema import infoline
from sipagent.sip.addresses import own_hosts
from sipagent.sip.targets import Targets
from sipagent.speech import models, voices
from sipagent.store.database import open_database
from sipagent.telephony.party import Party, TargetRefused


def broken(config: Config) -> Iterator[str]:
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


def missed(config: Config) -> Iterator[str]:
    """Yield a sentence for each promise that the line does without."""
    if config.transcription.enabled:
        try:
            models.find(config.transcription.model, config.paths.models)
        except SipAgentError as error:
            yield f"transcription.model: {error}; until then requests come as audio only"
    if config.paths.database.exists():
        for problem in _targets(config):
            yield f"{problem}; until then key 9 puts nobody through there"


def _password(where: str, section: PasswordSection) -> Iterator[str]:
    if section.password_credential:  # only the service itself can read it
        return
    try:
        section.password()
    except SipAgentError as error:
        yield f"{where}.password_file: {error}"


def _targets(config: Config) -> Iterator[str]:
    """Yield where key 9 of a manager or an estate could put nobody through."""
    sip = config.sip
    own = {
        f"{host}:{port}"
        for host in own_hosts(sip.address, sip.public_address)
        for port in (sip.port, sip.tls_port)
    }
    targets = Targets(config.transfer, config.trunk, own)
    with closing(open_database(config.paths.database, [infoline])) as db:
        found = offices(db)
    for where, contract in _contracts(found):
        for name, target in (("phone", contract.phone), ("softphone", contract.softphone)):
            if target is None:
                continue
            try:
                targets.resolve(Party.of(target))
            except TargetRefused as error:
                yield f"{where}: {name}: {error}"


def _contracts(found: list[Office]) -> Iterator[tuple[str, Contract]]:
    for one in found:
        yield f"manager {one.manager.code}", one.manager.contract
        for estate in one.estates:
            yield f"estate {estate.code} of {one.manager.code}", estate.contract
