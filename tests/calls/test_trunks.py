"""One line on many carriers: Kamailio as registrar and proxy, of every kind at once."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import soundfile
import trustme

from sipagent.records.history import CallRow
from tests.calls.baresip import softphone
from tests.calls.daemon import ROOT, SIPAGENT, Daemon, until
from tests.calls.kamailio import HOST, Kamailio
from tests.calls.nameserver import Nameserver
from tests.patience import PATIENCE
from tests.ports import port_of_ours

pytestmark = pytest.mark.outside

USER = "48221000000"

TRUNKS = """
nameservers = ["{nameserver}"]
[[trunk]]
name = "first"                  # SRV with a dead server before the living one; MD5
registrar = "sip:first.test"
user = "{user}"
password_file = "password"
ping = 1
numbers = {{ "+48221000001" = "druga" }}
[[trunk]]
name = "second"                 # SHA-256, TCP
registrar = "sip:second.test:{second}"
user = "{user}"
password_file = "password"
transport = "tcp"
[[trunk]]
name = "secret"                 # TLS and SRTP
registrar = "sip:secret.test:{secret}"
user = "{user}"
password_file = "password"
transport = "tls"
srtp = "mandatory"
[[trunk]]
name = "liar"                   # TLS whose certificate is of somebody else
registrar = "sip:liar.test:{secret}"
user = "{user}"
password_file = "password"
transport = "tls"
[[trunk]]
name = "wrong"                  # the password is not the right one
registrar = "sip:second.test:{second}"
user = "{user}"
password_file = "wrong"
transport = "tcp"
[[trunk]]
name = "static"                 # known to the carrier by our address
registrar = "sip:second.test:{second}"
register = false
user = "static"
"""


@dataclass
class Carriers:
    """The line and its carriers."""

    line: Daemon
    first: Kamailio
    second: Kamailio
    secret: Kamailio
    authority: Path


@pytest.fixture(scope="module")
def carriers(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Carriers]:
    folder = tmp_path_factory.mktemp("carriers")
    authority = trustme.CA()
    certificate = authority.issue_cert("secret.test")
    chain, key, ca = folder / "chain.pem", folder / "key.pem", folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    key.write_bytes(certificate.private_key_pem.bytes())
    chain.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    ours = authority.issue_cert("line.test", "127.0.0.1")
    (folder / "line.key").write_bytes(ours.private_key_pem.bytes())
    (folder / "line.pem").write_bytes(b"".join(one.bytes() for one in ours.cert_chain_pems))
    (folder / "password").write_text("tajne\n")
    (folder / "wrong").write_text("inne\n")
    scenarios = folder / "scenarios"
    shutil.copytree(ROOT / "data/scenarios", scenarios)
    second = (scenarios / "infolinia.toml").read_text("utf-8")
    (scenarios / "druga.toml").write_text(second.replace('name = "infolinia"', 'name = "druga"'))
    first = Kamailio(folder / "first", user=USER)
    sha = Kamailio(folder / "second", user=USER, algorithm="SHA-256")
    tls = Kamailio(folder / "secret", user=USER, transports=("tls",), certificate=(chain, key))
    here = [HOST]
    records = {
        ("_sip._udp.first.test", "SRV"): [
            f"10 0 {port_of_ours()} dead.first.test.",
            f"20 0 {first.port} live.first.test.",
        ],
        **{(f"{name}.first.test", "A"): here for name in ("dead", "live")},
        **{(f"{name}.test", "A"): here for name in ("second", "secret", "liar")},
    }
    with first, sha, tls, Nameserver(records) as nameserver:
        trunks = TRUNKS.format(
            nameserver=nameserver.place, user=USER, second=sha.port, secret=tls.port
        )
        head, _, rest = trunks.partition("[[trunk]]")
        line = Daemon(
            folder,
            clips,
            scenarios=scenarios,
            sip=f"""transports = ["udp", "tcp", "tls"]
tls_port = 0
certificate = "line.pem"
private_key = "line.key"
authorities = "ca.pem"
{head}""",
            extra=f"[[trunk]]{rest}",
        )
        try:
            yield Carriers(line.start(), first, sha, tls, ca)
            line.stop()
        finally:
            line.discard()


def call(line: Daemon, uri: str) -> CallRow:
    """Call with the test phone, listen for a moment, and return the record."""
    before = len(line.calls())
    done = subprocess.run(
        [*SIPAGENT, "phone", uri, "--do", "wait 1", "--quiet"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, (done.stdout, done.stderr)
    return line.ended(before + 1)[0]


def beginning(line: Daemon, text: str) -> str:
    """Return the first event of the log that begins so, waiting for it."""

    def found() -> list[str]:
        events = [str(event["event"]) for event in list(line.log)]
        return [event for event in events if event.startswith(text)]

    return until(found, bool)[0]


def test_every_trunk_that_can_registers(carriers: Carriers) -> None:
    line = carriers.line
    for name in ("first", "second", "secret"):
        line.event(f"trunk {name}: registered at {getattr(carriers, name).place}")
    line.event(f"trunk static: static at {carriers.second.place}")


def test_a_certificate_of_somebody_else_is_not_believed(carriers: Carriers) -> None:
    beginning(carriers.line, "trunk liar: failed")
    assert not any("REGISTER tls 127.0.0.1 sip:liar.test" in seen for seen in carriers.secret.log)


def test_a_wrong_password_is_told_and_not_tried_again_at_once(carriers: Carriers) -> None:
    assert "401" in beginning(carriers.line, "trunk wrong: failed")
    wait = beginning(carriers.line, "trunk wrong: next try in ")
    assert int(wait.split()[-2]) >= 15


@pytest.mark.parametrize("name", ["first", "second"])
def test_a_call_comes_over_a_trunk(carriers: Carriers, name: str) -> None:
    place = getattr(carriers, name).place
    test_every_trunk_that_can_registers(carriers)
    row = call(carriers.line, f"sip:{USER}@{place}")
    assert (row.trunk, row.scenario, row.called) == (name, "infolinia", USER)


def test_a_number_has_a_scenario_of_its_own(carriers: Carriers) -> None:
    """The registrar knows one user only: which number was called stands in To."""
    carriers.line.event(f"trunk first: registered at {carriers.first.place}")
    row = call(carriers.line, f"sip:48221000001@{carriers.first.place}")
    assert (row.trunk, row.scenario, row.called) == ("first", "druga", "+48221000001")


def heard(recording: Path) -> float:
    """Return the loudest sample of what somebody heard, 1.0 at the most."""
    samples, _rate = soundfile.read(recording)
    return float(abs(samples).max())


def encrypted(carriers: Carriers, verify: str = "no") -> str:
    """Return settings of a baresip that can encrypt, and whom it believes."""
    return f"module srtp.so\nsip_cafile {carriers.authority}\nsip_verify_server {verify}\n"


def call_securely(carriers: Carriers, folder: Path, target: str, settings: str) -> CallRow:
    """Have baresip call with mandatory SRTP and hear the greeting; return the record."""
    line = carriers.line
    known = len(line.calls())
    with softphone(
        folder,
        "+48501000001",
        line,
        target=target,
        account=";mediaenc=srtp-mand",
        settings=settings,
    ) as phone:
        until(lambda: len(line.calls()), lambda count: count > known)
        sip_id = line.calls()[0].sip_id
        line.says(sip_id, "login.enter")
        phone.type("b")
        row = line.ended_call(sip_id)
        assert heard(phone.quit()) > 0.05
    return row


def test_baresip_calls_over_a_carrier_with_tls_and_srtp(carriers: Carriers, tmp_path: Path) -> None:
    """TLS on both sides of Kamailio, and audio that only the two ends can hear."""
    place = carriers.secret.place
    carriers.line.event(f"trunk secret: registered at {place}")
    target = f"sip:{USER}@{place};transport=tls"
    row = call_securely(carriers, tmp_path, target, encrypted(carriers))
    assert (row.trunk, bool(row.answered)) == ("secret", True)
    assert any("INVITE tls" in seen for seen in carriers.secret.log)


def test_baresip_believes_the_certificate_of_the_line(carriers: Carriers, tmp_path: Path) -> None:
    port = carriers.line.event("line open")["tls_port"]
    target = f"sip:infolinia@127.0.0.1:{port};transport=tls"
    assert call_securely(carriers, tmp_path, target, encrypted(carriers, "yes")).answered


def test_a_call_in_the_clear_is_refused_where_encryption_is_mandatory(
    carriers: Carriers, tmp_path: Path
) -> None:
    place = carriers.secret.place
    carriers.line.event(f"trunk secret: registered at {place}")
    target = f"sip:{USER}@{place};transport=tls"
    log = tmp_path / "baresip.log"
    with softphone(
        tmp_path, "+48501000001", carriers.line, target=target, settings=encrypted(carriers)
    ):
        until(lambda: log.read_text("utf-8"), lambda text: "488 Not Acceptable" in text)


def test_a_registrar_that_restarts_is_found_again(carriers: Carriers) -> None:
    """Last: the others need the carrier. TCP and a lost connection, UDP and silence."""
    line, first = carriers.line, carriers.first
    registered = f"trunk first: registered at {first.place}"
    line.event(registered)
    before = line.count(registered)
    first.stop()
    beginning(line, f"trunk first: failed at {first.place}")
    first.start()
    until(lambda: line.count(registered), lambda count: count > before)
    call(line, f"sip:{USER}@{first.place}")
