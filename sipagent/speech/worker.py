"""The process that speaks: ``python -m sipagent.speech.worker``, started by the daemon.

It reads a request a line from stdin and writes an answer a line to stdout, in JSON:

    → {"voices": {"pl": "/…/pl_PL-natan-low.onnx"}}
    ← {"ready": true}
    → {"sentences": [["pl", "Dzień dobry."]], "pace": "normal", "directory": "/…", "key": "3fa…"}
    ← {"file": "3fa….1c2d3e4f.wav", "seconds": 1.2}
    ← {"error": "…"}

It ends when stdin does. Signals that end the daemon leave it alone, because the daemon still
lets live calls finish.
"""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from sipagent.speech import audio, clips, wav
from sipagent.speech.script import Sentence
from sipagent.speech.synthesis import Synthesis

# Live media comes first.
_NICE = 5
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Load the voices of the first line, then answer each line that follows."""
    requests, answers = _take_over_streams()
    _die_with_parent()
    os.nice(_NICE)
    for answer in _serve(requests):
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _serve(requests: TextIO) -> Iterator[dict[str, Any]]:
    voices = json.loads(requests.readline() or "{}").get("voices", {})
    try:
        synthesis = Synthesis({language: Path(path) for language, path in voices.items()})
    except Exception as error:  # whatever a library says of a broken file or machine
        yield {"error": _reason(error)}
        return
    yield {"ready": True}
    for line in requests:
        try:
            yield _render(synthesis, json.loads(line))
        except Exception as error:  # one bad text must not end the process
            yield {"error": _reason(error)}


def _render(synthesis: Synthesis, request: dict[str, Any]) -> dict[str, Any]:
    sentences = [Sentence(language, text) for language, text in request["sentences"]]
    content = wav.pack(audio.pcm(synthesis.render(sentences, request["pace"])))
    file = clips.write(Path(request["directory"]), request["key"], content)
    return {"file": file.name, "seconds": wav.seconds(content)}


def _take_over_streams() -> tuple[TextIO, TextIO]:
    """Keep stdout for answers alone: what a library prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    return os.fdopen(os.dup(0), encoding="utf-8"), answers


def _die_with_parent() -> None:
    """Have the kernel end this process with the daemon, even in the middle of a rendering."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'cache'}: {error.strerror}"
    return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    main()
