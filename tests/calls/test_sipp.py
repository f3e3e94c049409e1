"""Calls by SIPp: a foreign user agent, whose recorded telephone-events press the keys."""

import re
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.calls.daemon import Daemon, until
from tests.calls.peer import settled
from tests.patience import PATIENCE

pytestmark = pytest.mark.outside

HERE = Path(__file__).parent
PCAPS = Path("/usr/share/sip-tester")
NAMES = {"#": "pound", "*": "star"}
#: Milliseconds from one key to the next; a recorded key takes about 180, and as much more on a
#: machine on which SIPp has to wait.
PACE = 500
#: How long callers stay after their last key, however busy the machine is.
PATIENT = "," * 12
#: One account, arrears, several accounts, several premises: login and calling number.
OWNERS = [(f"10000{n}", f"+4860010010{n}") for n in (1, 2, 4, 5)]


def scenario(folder: Path, keys: str, name: str = "owner") -> Path:
    """Return a scenario in which these keys are pressed; ``,`` is a pause of half a second."""
    lines = []
    for key in keys:
        if key == ",":
            lines.append('<pause milliseconds="500"/>')
            continue
        pcap = PCAPS / f"dtmf_2833_{NAMES.get(key, key)}.pcap"
        lines.append(f'<nop><action><exec play_pcap_audio="{pcap}"/></action></nop>')
        lines.append(f'<pause milliseconds="{PACE}"/>')
    path = folder / f"{name}.xml"
    text = (HERE / f"sipp/{name}.xml").read_text("utf-8")
    path.write_text(text.replace("@KEYS@", "\n".join(lines)), "utf-8")
    return path


def sipp(line: Daemon, path: Path, numbers: list[str], *options: str) -> None:
    """Run a scenario once for each calling number, and see it succeed."""
    data = path.with_suffix(".csv")
    data.write_text("SEQUENTIAL\n" + "".join(f"{number}\n" for number in numbers), "utf-8")
    command = [
        "sipp", f"127.0.0.1:{line.port}", "-i", "127.0.0.1", "-mi", "127.0.0.1",
        "-sf", str(path), "-inf", str(data), "-m", str(len(numbers)),
        "-nostdin", "-timeout", "120s", "-timeout_error", "-trace_err", *options,
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=path.parent, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    errors = "".join(file.read_text("utf-8") for file in path.parent.glob("*errors.log"))
    assert done.returncode == 0, done.stdout[-3000:] + errors


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_an_owner_hears_balance_and_charges(line: Daemon, tmp_path: Path, transport: str) -> None:
    before = len(line.calls())
    sipp(line, scenario(tmp_path, "100001#1#2"), ["+48600100101"], "-t", transport)
    call = line.ended(before + 1)[0]
    assert (call.owner, call.caller, call.asserted) == ("100001", "+48600100101", 1)
    assert (call.ended_by, call.outcome, call.language) == ("caller", "hung-up", "pl")
    assert line.pressed(call.id) == "100001#1#2"
    steps = [e.details["step"] for e in line.timeline(call.id) if e.kind == "step"]
    assert steps == ["greeting", "login", "notices", "menu", "balance", "menu", "charges"]


def test_a_key_pressed_twice_is_two_keys(line: Daemon, tmp_path: Path) -> None:
    before = len(line.calls())
    sipp(line, scenario(tmp_path, "1122334455#"), ["+48600100101"])
    call = line.ended(before + 1)[0]
    assert line.pressed(call.id) == "1122334455#"


def test_two_hundred_callers_at_once_and_nothing_is_left_of_them(
    line: Daemon, tmp_path: Path
) -> None:
    """Every caller logs in, hears 1 and 2 and hangs up; nobody fails, no key is lost."""
    before = len(line.calls())
    idle = settled(line)

    def crowd(number: int) -> None:
        owner, phone = OWNERS[number]
        folder = tmp_path / owner
        folder.mkdir()
        sipp(
            line, scenario(folder, f"{owner}#1,#2{PATIENT}"), [phone] * 50,
            "-r", "10", "-l", "50", "-mp", str(7000 + 400 * number),
        )  # fmt: skip

    with ThreadPoolExecutor() as crowds:
        list(crowds.map(crowd, range(len(OWNERS))))
    calls = line.ended(before + 201, within=60)[:200]
    assert Counter((call.owner, call.caller) for call in calls) == dict.fromkeys(OWNERS, 50)
    assert {(call.ended_by, call.outcome) for call in calls} == {("caller", "hung-up")}
    assert {line.pressed(call.id).removeprefix(str(call.owner)) for call in calls} == {"#1#2"}
    at_once = most_at_once([(call.started, call.ended or "") for call in calls])
    assert at_once >= 150
    until(line.descriptors, lambda now: now <= idle)


def most_at_once(spans: list[tuple[str, str]]) -> int:
    """Return how many of the spans overlap at the most."""
    edges = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    now = most = 0
    for _, step in edges:
        now += step
        most = max(most, now)
    return most


def test_sipp_is_the_one_we_know() -> None:
    version = subprocess.run(["sipp", "-v"], capture_output=True, text=True, check=False).stdout
    assert re.search(r"PCAP", version), "this SIPp cannot play telephone-events"
