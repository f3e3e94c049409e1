"""The process that speaks: ``python -m sipagent.speech.worker``, started by the daemon.

It reads a request a line from stdin and writes an answer a line to stdout, in JSON:

    → {"models": ["/…/pl_PL-natan-low.onnx"]}
    ← {"ready": true}
    → {"voices": {"pl": "/…/pl_PL-natan-low.onnx"}, "pace": "normal",
       "parts": [{"language": "pl", "text": "Dzień dobry."}, {"recording": "/…/greeting.wav"}],
       "directory": "/…", "key": "3fa…"}
    ← {"file": "3fa….1c2d3e4f.wav", "seconds": 1.2}
    ← {"error": "…"}

See ``sipagent.speech.serving`` for how it lives and ends.
"""

from pathlib import Path
from typing import Any

from sipagent.speech import audio, clips, serving, wav
from sipagent.speech.recordings import Recording
from sipagent.speech.script import Part, Sentence
from sipagent.speech.synthesis import Synthesis

#: Live media comes first.
_NICE = 5


def main() -> None:
    """Load the voices of the first line, then answer each line that follows."""
    serving.serve(_load, _render, _NICE)


def _load(hello: dict[str, Any]) -> None:
    """Load the voices that are in use; others are loaded when they are first asked for."""
    for model in hello.get("models", ()):
        Synthesis({"": Path(model)})


def _render(_loaded: None, request: dict[str, Any]) -> dict[str, Any]:
    synthesis = Synthesis({language: Path(model) for language, model in request["voices"].items()})
    parts = [_part(**part) for part in request["parts"]]
    content = wav.pack(audio.pcm(synthesis.render(parts, request["pace"])))
    file = clips.write(Path(request["directory"]), request["key"], content)
    return {"file": file.name, "seconds": wav.seconds(content)}


def _part(language: str = "", text: str = "", recording: str = "") -> Part:
    return Recording(Path(recording), "") if recording else Sentence(language, text)


if __name__ == "__main__":
    main()
