"""Numbers and addresses of contracts at which nobody could be reached by the present settings."""

from collections.abc import Iterator

import sqlite_utils

from sipagent.config import Config
from sipagent.infoline.managing import Office, offices
from sipagent.infoline.model import Contract
from sipagent.sip.addresses import own_hosts
from sipagent.sip.targets import Targets
from sipagent.telephony.party import Party, TargetRefused, is_extension


def unreachable(db: sqlite_utils.Database, config: Config) -> Iterator[str]:
    """Yield what ``[transfer]`` and the trunks refuse of the contracts of managers and estates."""
    sip = config.sip
    own = {
        f"{host}:{port}"
        for host in own_hosts(sip.address, sip.public_address)
        for port in (sip.port, sip.tls_port)
    }
    targets = Targets(config.transfer, config.trunk, own)
    for where, contract in _contracts(offices(db)):
        for name, target in (("phone", contract.phone), ("softphone", contract.softphone)):
            if target is None or is_extension(target):
                continue
            try:
                targets.routes(Party.of(target))
            except TargetRefused as error:
                yield f"{where}: {name}: {error}"


def extensions(db: sqlite_utils.Database) -> Iterator[tuple[str, str]]:
    """Yield the internal numbers in contracts of managers and estates, each with its place."""
    for where, contract in _contracts(offices(db)):
        for name, target in (("phone", contract.phone), ("softphone", contract.softphone)):
            if target is not None and is_extension(target):
                yield target, f"{where}: {name}"


def _contracts(found: list[Office]) -> Iterator[tuple[str, Contract]]:
    for one in found:
        yield f"manager {one.manager.code}", one.manager.contract
        for estate in one.estates:
            yield f"estate {estate.code} of {one.manager.code}", estate.contract
