"""A phone calls out to a carrier that is not ours: SIPp sees what was meant."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calls.carrier import joined
from tests.calls.daemon import Daemon
from tests.calls.softphone import Softphone
from tests.calls.test_calls_out import MAIN, MOBILE, PLACE, firm
from tests.patience import PATIENCE

pytestmark = pytest.mark.outside

__all__ = ["firm"]
HERE = Path(__file__).parent


@pytest.fixture
def carrier(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A carrier that takes a call to the mobile, from the main number."""
    path = tmp_path / "carrier.xml"
    text = (HERE / "sipp/carrier.xml").read_text("utf-8")
    # They are regular expressions there.
    text = text.replace("@MAIN@", f"[+]{MAIN[1:]}").replace("@NUMBER@", f"[+]{MOBILE[1:]}")
    path.write_text(text, "utf-8")
    host, port = PLACE
    command = [
        "sipp", "-sf", str(path), "-i", host, "-mi", "127.0.0.1", "-p", str(port), "-m", "1",
        "-nostdin", "-timeout", "60s", "-timeout_error", "-trace_err",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    yield process
    process.kill()
    process.communicate()


def test_sipp_sees_what_was_meant(firm: Daemon, carrier: "subprocess.Popen[str]") -> None:
    with Softphone(firm.port, "101-1") as anna:
        anna.call("600900900")
        anna.status(200)
        joined(firm, anna.call_id)
        anna.leave()
        assert carrier.wait(PATIENCE) == 0, carrier.communicate()[0][-3000:]
        record = firm.ended_call(anna.call_id)
    assert firm.legs(record)[1].sip_code == 200
    assert record.cost
