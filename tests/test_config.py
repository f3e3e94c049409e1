"""agent.toml: good values are taken, and every mistake is named with its place."""

from pathlib import Path

import pytest

from sipagent import config, config_sources
from sipagent.errors import ConfigError, SetupError

pytestmark = pytest.mark.unit


def load(tmp_path: Path, text: str, **environ: str) -> config.Config:
    path = tmp_path / "agent.toml"
    path.write_text(text, "utf-8")
    return config_sources.load(path, environ)


def test_an_empty_file_is_a_whole_configuration(tmp_path: Path) -> None:
    assert load(tmp_path, "").sip.port == 5060


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    found = load(tmp_path, '[paths]\ndatabase = "x.db"\n')
    assert found.paths.database == tmp_path / "x.db"
    assert found.paths.voices == tmp_path / "local/voices"


def test_the_environment_overrides(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        "[sip]\nport = 5060\n",
        SIPAGENT_SIP__PORT="5070",
        SIPAGENT_SIP__TRUSTED='["192.0.2.0/24"]',
        SIPAGENT_PATHS__DATABASE="/var/lib/x.db",
        SIPAGENT_UNRELATED="1",
    )
    assert found.sip.port == 5070
    assert found.sip.trusted == ("192.0.2.0/24",)
    assert found.paths.database == Path("/var/lib/x.db")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[sip]\nport = 70000\n", r"agent.toml:2: sip.port: .*65535.*70000"),
        ("[sip]\n\nprot = 1\n", r"agent.toml:3: sip.prot: unknown key"),
        ("[spi]\nport = 1\n", r"agent.toml:1: spi: unknown key"),
        ("[sip]\ntrusted = ['x']\n", r"agent.toml:2: sip.trusted.0: 'x' is not an address"),
        ("[[trunk]]\nname = 'a'\n", r"agent.toml:1: trunk.0.registrar: is missing"),
        ("[sip]\nrtp_first_port = 60000\n", r"agent.toml:1: sip: .*65535"),
        ("[sip]\ncodecs = ['PCMB/8000']\n", r"agent.toml:2: sip.codecs.0: 'PCMB/8000' is no codec"),
        ("[sip]\nnameservers = ['1.2.3.4:65536']\n", r"sip.nameservers.0: '1.2.3.4:65536' is not"),
        ("[mail]\nserver = 'x y'\n", r"agent.toml:2: mail.server: 'x y' is no host name"),
        ("[mail]\nserver = 'x:25'\n", r"agent.toml:2: mail.server: 'x:25' is no host name"),
        ("[transfer]\ngateway = 'x y'\n", r"agent.toml:2: transfer.gateway: 'x y' is not a host"),
        ("[transfer]\nhosts = ['x y']\n", r"agent.toml:2: transfer.hosts.0: 'x y' is not a host"),
        (
            "[[trunk]]\nname = 'a'\nuser = '1'\nregistrar = 'sip:a.example:0'\n",
            r"agent.toml:4: trunk.0.registrar: 'sip:a.example:0' is not a domain",
        ),
        (
            "[[trunk]]\nname = 'a'\nuser = '1'\nregistrar = 'sip:a.example'\n"
            "servers = ['sbc:65535', '[2001:db8::1]:65536']\n",
            r"agent.toml:5: trunk.0.servers.1: '\[2001:db8::1\]:65536' is not a host, or host",
        ),
        (
            "[[trunk]]\nname = 'c'\nregistrar = 'sip:a.example'\nuser = 'u'\nprefers = ['48']\n",
            r"agent.toml:5: trunk.0.prefers.0: '48' is no beginning of numbers such as \+4860",
        ),
        ("[sip]\nnameservers = ['abc']\n", r"agent.toml:2: sip.nameservers.0: 'abc' is not an"),
        ("[sip]\nnameservers = ['::1', '1.2.3.4:x']\n", r"sip.nameservers.1: '1.2.3.4:x' is not"),
        (
            "[[trunk]]\nname = 'a'\nuser = '1'\nregistrar = 'sip:a.example:port'\n",
            r"agent.toml:4: trunk.0.registrar: 'sip:a.example:port' is not a domain",
        ),
        (
            "[[trunk]]\nname = 'a'\nuser = '1'\nregistrar = 'sip:a.example'\n"
            "servers = ['2001:db8::1', '[2001:db8::1]:5070', 'sbc:abc']\n",
            r"agent.toml:5: trunk.0.servers.2: 'sbc:abc' is not a host, or host and port",
        ),
        ("[sip\n", r"agent.toml: .*line 1"),
        (
            "[transfer]\nnumber = '+48 600 XXX XXX'\n",
            r"agent.toml:2: transfer.number: .*has letters",
        ),
        (
            "[transfer]\nnumber = '600 100 syn'\n",
            r"agent.toml:2: transfer.number: .*neither a number",
        ),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load(tmp_path, text)


TRUNK = "[[trunk]]\nname = 'a'\nregistrar = 'sip:x'\nuser = 'u'\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("numbers = { '+48 22 XXX XX XX' = 'x' }", r"agent.toml:5: trunk.0.numbers.*has letters"),
        ("verstat = 'yes'", r"agent.toml:5: trunk.0.verstat: .*'require-passed'"),
        ("verstat = 'refuse-failed'\ntrusted = false", r"verstat counts only where trusted = true"),
    ],
)
def test_mistakes_of_a_trunk_are_named(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load(tmp_path, f"{TRUNK}{line}\n")


def test_a_line_may_be_known_by_a_number_or_a_name(tmp_path: Path) -> None:
    numbers = "numbers = { '+48 22 765 43 21' = 'x', '227654321' = 'y', 'biuro2' = 'z' }"
    found = load(tmp_path, f"{TRUNK}{numbers}\n[transfer]\nnumber = 'infolinia'\n")
    assert list(found.trunk[0].numbers.values()) == ["x", "y", "z"]


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load(tmp_path, "[sip]\nport = -1\nmax_calls = 0\n")
    assert str(error.value).count("\n") == 1


def test_a_missing_file_and_one_that_is_not_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        config_sources.load(tmp_path / "none.toml", {})
    (tmp_path / "agent.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        config_sources.load(tmp_path / "agent.toml", {})


@pytest.mark.parametrize("name", ["SIPAGENT_SIP__", "SIPAGENT_TRUNK__NAME"])
def test_an_override_that_names_no_key(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        load(tmp_path, "[[trunk]]\nname='a'\nregistrar='sip:x'\nuser='u'\n", **{name: "1"})


def test_a_password_stands_in_a_file_or_in_a_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mail.password").write_text("geheim\n")
    file = tmp_path / "agent.toml"
    file.write_text('[mail]\npassword_file = "mail.password"\n')
    assert config_sources.load(file, {}).mail.password() == "geheim"
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "smtp").write_text("anders\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    file.write_text('[mail]\npassword_credential = "smtp"\n')
    assert config_sources.load(file, {}).mail.password() == "anders"
    file.write_text('[mail]\npassword_file = "none"\n')
    with pytest.raises(SetupError, match=r"the password in .*none cannot be read"):
        config_sources.load(file, {}).mail.password()
    assert config.Config().mail.password() is None


def test_paths_are_relative_to_the_file_wherever_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(
        '[paths]\nmaildir = "post"\n[mail]\ncertificates = "ca.pem"\n'
        '[[trunk]]\nname = "a"\nregistrar = "sip:x"\nuser = "u"\npassword_file = "p"\n'
    )
    settings = config_sources.load(file, {})
    assert settings.paths.maildir == tmp_path / "post"
    assert settings.mail.certificates == tmp_path / "ca.pem"
    assert settings.trunk[0].password_file == tmp_path / "p"


def test_an_unknown_time_zone_is_named(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text('[line]\ntimezone = "Europe/Warszawa"\n')
    with pytest.raises(ConfigError, match=r"agent\.toml:2: .*'Europe/Warszawa' is not a time zone"):
        config_sources.load(file, {})


def test_a_setting_knows_its_place(tmp_path: Path) -> None:
    trunk = '[[trunk]]\nname = "a"\nuser = "1"\nregistrar = "sip:a.example"\nscenario = "x"\n'
    found = load(tmp_path, f"[line]\ncountry = 'PL'\n\n{trunk}")
    file = tmp_path / "agent.toml"
    assert found.place("line", "country") == f"{file}:2"
    assert found.scenarios() == {
        "infolinia": f"{file}:1: line.scenario",
        "x": f"{file}:8: scenario of trunk a",
    }


def test_a_setting_of_ones_own_knows_its_place(tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    own = tmp_path / "local/agent.toml"
    own.write_text('[line]\nscenario = "own"\n', "utf-8")
    found = load(tmp_path, "[line]\nscenario = 'x'\n")
    assert found.scenarios() == {"own": f"{own}:2: line.scenario"}
