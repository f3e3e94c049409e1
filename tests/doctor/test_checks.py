"""The checks of sipagent doctor, each with something that is well and something that is not."""

import asyncio
import datetime
import json
import socket
import sqlite3
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from sipagent.config import Config, HttpSection, MailSection, TrunkSection
from sipagent.doctor import certificates, checks, clock, line, machine, ports, servers, service
from sipagent.doctor.finding import Finding, Level, Patient
from sipagent.ops.installing import stamped

pytestmark = pytest.mark.unit


def patient(status: dict[str, Any] | None = None, **changed: Any) -> Patient:
    return Patient(Config.model_validate(changed), Path("agent.toml"), status)


def levels(found: Iterator[Finding]) -> list[str]:
    return [finding.level.value for finding in found]


@pytest.fixture
def port() -> Iterator[int]:
    """A UDP port that somebody has who never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def sip(**changed: Any) -> dict[str, Any]:
    return {"address": "127.0.0.1", "transports": ["udp"], **changed}


def test_a_free_port_and_one_that_is_taken(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_PATIENCE", 0.05)
    (taken,) = ports.sip_port(patient(sip=sip(port=port)))
    assert taken.level is Level.ERROR
    assert f"127.0.0.1:{port}: taken (udp)" in taken.text
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        free = other.getsockname()[1]
    assert levels(ports.sip_port(patient(sip=sip(port=free)))) == ["ok"]


@pytest.mark.parametrize(("agent", "level"), [("sipagent", "ok"), ("Other PBX 1.2", "error")])
def test_who_answers_at_the_port(agent: str, level: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        far.bind(("127.0.0.1", 0))

        def answer() -> None:
            _, peer = far.recvfrom(4096)
            far.sendto(f"SIP/2.0 200 OK\r\nServer: {agent}\r\n\r\n".encode(), peer)

        thread = threading.Thread(target=answer)
        thread.start()
        (found,) = ports.sip_port(patient(sip=sip(port=far.getsockname()[1])))
        thread.join()
    assert found.level.value == level


def test_rtp_ports_are_enough_and_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "ephemeral_ports", lambda: (32768, 60999))
    assert levels(ports.rtp_ports(patient())) == ["ok"]
    few = patient(sip=sip(rtp_ports=100, max_calls=50))
    (found,) = ports.rtp_ports(few)
    assert "sip.rtp_ports = 200" in found.advice
    (found,) = ports.rtp_ports(patient(sip=sip(rtp_first_port=30000)))
    assert "17232 of them" in found.text


def test_the_range_of_the_kernel(tmp_path: Path) -> None:
    file = tmp_path / "range"
    assert ports.ephemeral_ports(file) == (32768, 60999)
    file.write_text("1024\t2047\n")
    assert ports.ephemeral_ports(file) == (1024, 2047)


@pytest.mark.parametrize("wrong", [-7.0, 0.0, 30.0])
def test_a_time_server_is_asked(wrong: float) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def answer() -> None:
            _, peer = server.recvfrom(512)
            now = time.time() + wrong + 2_208_988_800
            stamp = struct.pack("!II", int(now), int(now % 1 * 2**32))
            server.sendto(bytes(40) + stamp, peer)

        thread = threading.Thread(target=answer)
        thread.start()
        assert clock.offset("127.0.0.1", server.getsockname()[1]) == pytest.approx(wrong, abs=0.5)
        thread.join()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for a year (good.pem), one that ends soon, and a wrong key."""
    folder = tmp_path_factory.mktemp("certificates")
    for name, days in (("good", 365), ("soon", 5), ("other", 365)):
        command = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", str(days), "-subj", "/CN=line", "-addext",
            "subjectAltName=DNS:sip.example.com", "-keyout", str(folder / f"{name}.key"),
            "-out", str(folder / f"{name}.pem"),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
    return folder


def tls(certificate: Path, key: Path | None = None, authorities: Path | None = None) -> Patient:
    section = SimpleNamespace(
        certificate=certificate, private_key=key, authorities=authorities, public_address=None
    )
    return Patient(SimpleNamespace(sip=section), Path("agent.toml"))  # type: ignore[arg-type]


def test_authorities_of_the_mail_server_that_are_not_there(tmp_path: Path) -> None:
    config = Config(mail=MailSection(server="mail.test", certificates=tmp_path / "none.pem"))
    (found,) = servers.mail(Patient(config, Path("agent.toml")))
    assert "no certificates: No such file" in found.text


def test_certificates(made: Path) -> None:
    (found,) = certificates.certificates(tls(made / "good.pem", made / "good.key"))
    assert found.level is Level.OK
    assert "36" in found.text
    assert "sip.example.com" in found.text
    (found,) = certificates.certificates(tls(made / "soon.pem", made / "soon.key"))
    assert found.level is Level.WARNING
    assert "ends in 4 days" in found.text
    (found,) = certificates.certificates(tls(made / "good.pem", made / "other.key"))
    assert "another one's" in found.text
    (found,) = certificates.certificates(tls(made / "none.pem", made / "good.key"))
    assert found.level is Level.ERROR
    both = certificates.certificates(tls(made / "good.pem", made / "good.key", made / "other.pem"))
    assert levels(both) == ["ok", "ok"]
    assert levels(certificates.certificates(patient())) == ["ok"]


def test_a_certificate_that_has_ended(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=3650)
    monkeypatch.setattr("sipagent.doctor.certificates.time.time", later.timestamp)
    found = list(
        certificates.certificates(tls(made / "good.pem", made / "good.key", made / "other.pem"))
    )
    assert "1 have ended" in found[0].text
    assert found[1].level is not Level.OK


def test_disk_and_database(tmp_path: Path) -> None:
    names = ("recordings", "attachments", "outbox", "maildir", "models", "cache")
    paths = {"database": tmp_path / "line.db", **{name: tmp_path / name for name in names}}
    who = patient(paths=paths)
    assert set(levels(machine.disk(who))) <= {"ok", "warning"}
    assert levels(machine.database(who)) == ["warning"]
    with sqlite3.connect(tmp_path / "line.db") as db:
        db.execute("CREATE TABLE t (x)")
    db.close()
    assert levels(machine.database(who)) == ["ok"]
    (tmp_path / "line.db").write_bytes(b"no database" * 100)
    (found,) = machine.database(who)
    assert found.level is Level.ERROR
    assert "backup" in found.advice


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    full = SimpleNamespace(free=50_000_000)
    monkeypatch.setattr("sipagent.doctor.machine.shutil.disk_usage", lambda _: full)
    names = ("recordings", "attachments", "outbox", "maildir", "models", "cache")
    paths = {"database": tmp_path / "line.db", **{name: tmp_path / name for name in names}}
    assert set(levels(machine.disk(patient(paths=paths)))) == {"error"}


def test_memory_and_processor(tmp_path: Path) -> None:
    file = tmp_path / "meminfo"
    file.write_text("MemTotal: 2 kB\nMemAvailable:    1000 kB\n")
    assert machine.available_memory(file) == 1_024_000
    assert machine.steal("cpu  50 0 20 20 0 0 0 10 0 0\n") == pytest.approx(0.1)
    assert machine.steal("cpu  0 0 0 0\n") == 0


def test_names_and_passwords_of_trunks(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x\n")
    secret.chmod(0o644)
    trunk = TrunkSection(name="a", registrar="sip:127.0.0.1", user="u", password_file=secret)
    who = Patient(Config(trunk=(trunk,)), Path("agent.toml"))
    assert levels(servers.trunk_servers(who)) == ["ok", "warning"]
    secret.unlink()
    assert levels(servers.trunk_servers(who)) == ["ok", "error"]
    unknown = trunk.model_copy(update={"registrar": "sip:a..b", "password_file": None})
    who = Patient(Config(trunk=(unknown,)), Path("agent.toml"))
    assert levels(servers.trunk_servers(who)) == ["error"]


def test_a_mail_server_that_is_not_there() -> None:
    assert levels(servers.mail(patient())) == ["warning"]
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings = MailSection(server="127.0.0.1", port=closed.getsockname()[1])
        who = Patient(Config(mail=settings), Path("agent.toml"))
        (found,) = servers.mail(who)
    assert found.level is Level.ERROR
    assert "refused" in found.text


def _lets_in(
    server: SMTP, session: object, envelope: object, mechanism: str, data: LoginPassword
) -> AuthResult:
    return AuthResult(success=data.password == b"right", handled=False)


@pytest.mark.parametrize(("password", "good"), [("right", True), ("wrong", False)])
async def test_the_mail_server_lets_the_line_in_or_not(
    tmp_path: Path, password: str, good: bool
) -> None:
    secret = tmp_path / "mail.password"
    secret.write_text(password, "utf-8")
    secret.chmod(0o600)
    listener = await asyncio.get_running_loop().create_server(
        lambda: SMTP(object(), authenticator=_lets_in, auth_require_tls=False), "127.0.0.1", 0
    )
    async with listener:
        settings = MailSection(
            server="127.0.0.1",
            port=listener.sockets[0].getsockname()[1],
            security="none",
            user="line",
            password_file=secret,
        )
        who = Patient(Config(mail=settings), Path("agent.toml"))
        (found,) = await asyncio.to_thread(lambda: list(servers.mail(who)))
    assert found.level is (Level.OK if good else Level.ERROR)
    assert ("lets 'line' in" if good else "'line' is not let in: 535") in found.text


class _Status(BaseHTTPRequestHandler):
    """Answers as the daemon does."""

    said: bytes = b""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/status" else 404)
        self.end_headers()
        self.wfile.write(self.said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("said", "good"), [({"trunks": [], "calls": 2}, True), ([], False), ("<", False)]
)
def test_the_daemon_is_asked(said: Any, good: bool) -> None:
    _Status.said = b"<" if said == "<" else json.dumps(said).encode()
    with HTTPServer(("127.0.0.1", 0), _Status) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        found = line.status(Config(http=HttpSection(port=server.server_port)))
    assert found == (said if good else None)


def test_registrations() -> None:
    trunks = [
        {"name": name, "registrar": "sip:a.example.com", "user": "u"}
        for name in ("a", "b", "c", "d")
    ]
    status = {
        "calls": 1,
        "trunks": [
            {"name": "a", "state": "registered", "since": "2026-01-01T00:00:00+00:00"},
            {"name": "b", "state": "refused", "reason": "403 Forbidden"},
            {"name": "d", "state": "failed", "reason": "no server: the DNS knows no such name"},
        ],
    }
    who = patient(status, trunk=trunks)
    found = list(line.registration(who))
    assert [one.level for one in found] == [Level.OK, Level.ERROR, Level.WARNING, Level.ERROR]
    assert "b: refused: 403 Forbidden" in found[1].text
    assert "password_file" in found[1].advice
    assert "password_file" not in found[3].advice, "who was never asked has refused no password"
    assert levels(line.running(who)) == ["ok"]
    assert levels(line.running(patient())) == ["warning"]
    assert levels(line.registration(patient(trunk=trunks))) == []


def test_the_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_BOOTED", tmp_path / "not booted")
    who = patient()

    def look() -> list[str]:
        return levels(service.service(who, [tmp_path]))

    assert look() == ["warning"]
    unit = tmp_path / "sipagent.service"
    unit.write_text(stamped(service._wanted("User=anna\n", who)), "utf-8")
    assert look() == ["ok"]
    unit.write_text(stamped("[Unit]\n"), "utf-8")
    assert look() == ["warning"]
    unit.write_text(unit.read_text("utf-8") + "Nice=-5\n", "utf-8")
    (found,) = service.service(who, [tmp_path])
    assert "edited by hand" in found.text


def test_a_check_that_fails_does_not_end_the_others() -> None:
    def broken(_: Patient) -> Iterator[Finding]:
        raise RuntimeError("oh")
        yield

    found = list(checks.examine(patient(), (broken, line.running)))
    assert [one.level for one in found] == [Level.ERROR, Level.WARNING]
    assert "oh" in found[0].text
