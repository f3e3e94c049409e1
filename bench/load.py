"""SIPp as a crowd of callers who stay in the login prompt and send back the audio they get."""

import csv
import subprocess
from pathlib import Path

_HERE = Path(__file__).resolve().parent
#: After so many seconds a caller asks for the prompt again, which is longer than that: the line
#: speaks to everyone all the time.
TURN = 11
#: Calls of one SIPp: all of them echo through one socket, which must not overflow.
_CALLS_EACH = 100
_FIRST_PORT = 40000


class Load:
    """So many calls at once, ``seconds`` long each; ``*`` is pressed by INFO.

    SIPp can press keys by RTP too, but only through raw sockets, of which each gets a copy of
    every packet on the machine: that would measure SIPp. Keys in RTP are left to the probes.
    """

    def __init__(self, folder: Path, port: int, calls: int, seconds: float, rate: int) -> None:
        self.turns = int(seconds // TURN) + 1
        self._folder = folder
        turn = (_HERE / "turn.xml").read_text("utf-8").replace("@TURN@", str(TURN * 1000))
        turns = [turn.replace("@CSEQ@", str(2 + each)) for each in range(self.turns)]
        scenario = _scenario(folder, turns)
        count = -(-calls // _CALLS_EACH)
        self._parts = []
        for part in range(count):
            share = calls // count + (part < calls % count)
            self._parts.append(
                _sipp(
                    folder, f"sipp{part}", scenario, port, "-m", share, "-l", share,
                    "-r", max(1, rate // count), "-rtp_echo", "-mp", _FIRST_PORT + 10 * part,
                    "-trace_rtt", "-rtt_freq", 1, "-timeout", f"{int(seconds) + 120}s",
                )
            )  # fmt: skip

    @property
    def processes(self) -> list[int]:
        """The process ids."""
        return [part.pid for part in self._parts]

    def setups(self) -> list[float]:
        """Return the milliseconds from INVITE to 200 of each call (SIPp counts whole ones)."""
        found = []
        for file in self._folder.glob("*_rtt.csv"):
            with file.open(newline="") as rows:
                found += [float(row[1]) for row in csv.reader(rows, delimiter=";") if row[1:2]
                          and row[1].replace(".", "").isdigit()]  # fmt: skip
        return found

    def wait(self) -> bool:
        """Return, once all calls are over, whether each went as the scenario says."""
        return all(part.wait() == 0 for part in self._parts)

    def stop(self) -> None:
        """End what is left of it."""
        for part in self._parts:
            if part.poll() is None:
                part.kill()
            part.wait()


class Visits:
    """So many calls at a steady rate, each of ``hold`` milliseconds, from which nothing is sent."""

    def __init__(self, folder: Path, port: int, calls: int, rate: int, hold: int) -> None:
        scenario = _scenario(folder, [f'  <pause milliseconds="{hold}"/>\n'], sequence=2)
        self._sipp = _sipp(
            folder, "visits", scenario, port, "-m", calls, "-l", calls, "-r", rate,
            "-mp", _FIRST_PORT, "-timeout", f"{calls // rate + 60}s",
        )  # fmt: skip

    def wait(self) -> bool:
        """Return, once all calls are over, whether each went as the scenario says."""
        return self._sipp.wait() == 0

    def stop(self) -> None:
        """End what is left of it."""
        self._sipp.kill()
        self._sipp.wait()


def _scenario(folder: Path, turns: list[str], sequence: int = 0) -> Path:
    """Write what each caller does; ``sequence`` is the number of its BYE, if not of all turns."""
    text = (_HERE / "load.xml").read_text("utf-8").replace("@TURNS@\n", "".join(turns))
    file = folder / "load.xml"
    file.write_text(text.replace("@CSEQ@", str(sequence or 2 + len(turns))), "utf-8")
    return file


def _sipp(
    folder: Path, name: str, scenario: Path, port: int, *options: str | int
) -> "subprocess.Popen[bytes]":
    command = [
        "sipp", f"127.0.0.1:{port}", "-i", "127.0.0.1", "-mi", "127.0.0.1",
        "-sf", str(scenario), "-nostdin", *map(str, options),
    ]  # fmt: skip
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=log)
