"""The process that speaks: ``python -m sipagent.speech.worker``, started by the daemon.

It reads a request a line from stdin and writes an answer a line to stdout, in JSON:

    → {"voices": {"pl": "/…/pl_PL-natan-low.onnx"}}
    ← {"ready": true}
    → {"sentences": [["pl", "Dzień dobry."]], "pace": "normal", "directory": "/…", "key": "3fa…"}
    ← {"file": "3fa….1c2d3e4f.wav", "seconds": 1.2}
    ← {"error": "…"}

See ``sipagent.speech.serving`` for how it lives and ends.
"""

from pathlib import Path
from typing import Any

from sipagent.speech import audio, clips, serving, wav
from sipagent.speech.script import Sentence
from sipagent.speech.synthesis import Synthesis

#: Live media comes first.
_NICE = 5


def main() -> None:
    """Load the voices of the first line, then answer each line that follows."""
    serving.serve(_load, _render, _NICE)


def _load(hello: dict[str, Any]) -> Synthesis:
    return Synthesis({language: Path(path) for language, path in hello.get("voices", {}).items()})


def _render(synthesis: Synthesis, request: dict[str, Any]) -> dict[str, Any]:
    sentences = [Sentence(language, text) for language, text in request["sentences"]]
    content = wav.pack(audio.pcm(synthesis.render(sentences, request["pace"])))
    file = clips.write(Path(request["directory"]), request["key"], content)
    return {"file": file.name, "seconds": wav.seconds(content)}


if __name__ == "__main__":
    main()
