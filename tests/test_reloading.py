"""What of agent.toml a running line takes anew."""

from typing import Any

import pytest

from sipagent.config import Config
from sipagent.errors import ConfigError
from sipagent.reloading import merged

pytestmark = pytest.mark.unit


def config(**tables: Any) -> Config:
    return Config.model_validate(tables)


def trunk(name: str, transport: str = "udp") -> dict[str, str]:
    registrar = "sip:sip.example.com"
    return {"name": name, "registrar": registrar, "user": "48221", "transport": transport}


def test_what_can_change_is_new_and_the_rest_is_as_it_was() -> None:
    running = config(sip={"port": 5070}, voices={"pl": "natan"}, line={"drain": 5})
    file = config(
        sip={"port": 5080, "allow": ["192.0.2.0/24"]},
        voices={"pl": "nela"},
        line={"drain": 9, "timezone": "UTC"},
        trunk=[trunk("carrier")],
        log={"level": "debug", "format": "json"},
    )
    found = merged(running, file)
    assert found.taken == ("sip.allow", "trunk", "line.timezone", "line.drain", "log.level")
    assert found.waiting == ("sip.port", "voices", "log.format")
    assert found.config.sip.port == 5070
    assert found.config.sip.allow == ("192.0.2.0/24",)
    assert found.config.voices == {"pl": "natan"}
    assert found.config.line == file.line
    assert found.config.trunk == file.trunk
    assert (found.config.log.level, found.config.log.format) == ("debug", "auto")


def test_who_may_register_is_taken_anew_but_not_what_passwords_hold_in() -> None:
    sip = {"register": "anywhere", "digests": ["MD5"], "contacts": 2, "realm": "firma.example"}
    found = merged(config(), config(sip=sip))
    assert set(found.taken) == {"sip.registering", "sip.digests", "sip.contacts"}
    assert found.waiting == ("sip.realm",)
    assert (found.config.sip.registering, found.config.sip.realm) == ("anywhere", "sipagent")


def test_the_same_file_changes_nothing() -> None:
    running = config(trunk=[trunk("carrier")])
    found = merged(running, config(trunk=[trunk("carrier")]))
    assert (found.config, found.taken, found.waiting) == (running, (), ())


def test_a_trunk_that_needs_what_has_to_wait_is_refused() -> None:
    file = config(sip={"transports": ["udp", "tls"]}, trunk=[trunk("carrier", "tls")])
    with pytest.raises(ConfigError) as refused:
        merged(config(), file)
    assert str(refused.value) == (
        "trunk carrier: transport 'tls' is not in sip.transports, "
        "as long as the line is not started again: sip.transports"
    )
