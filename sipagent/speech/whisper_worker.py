"""The process that understands speech: ``python -m sipagent.speech.whisper_worker``.

    → {"model": "/…/base", "threads": 1}
    ← {"ready": true}
    → {"file": "/…/3fa.wav", "language": "pl"}
    ← {"text": "…", "seconds": 8.2}
    ← {"error": "…"}

See ``sipagent.speech.serving`` for how it lives and ends.
"""

import contextlib
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import soundfile
import soxr

from sipagent.speech import serving

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment

#: Behind everything else that the machine does.
_NICE = 19
_RATE = 16000
#: What Whisper makes of noise: it doubts that there is speech, or its own words (the thresholds of
#: the model's authors), or says one thing again and again.
_NO_SPEECH, _DOUBTFUL, _REPEATED = 0.6, -1.0, 2.4


def main() -> None:
    """Load the model of the first line, then answer each line that follows."""
    with contextlib.suppress(OSError):  # a container may not allow it: then there is ``nice``
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    serving.serve(_load, _transcribe, _NICE)


def _load(hello: dict[str, Any]) -> "WhisperModel":
    from faster_whisper import WhisperModel  # noqa: PLC0415  loading it takes a second

    return WhisperModel(
        hello["model"],
        device="cpu",
        compute_type="int8",
        cpu_threads=hello["threads"],
        local_files_only=True,
    )


def _transcribe(model: "WhisperModel", request: dict[str, Any]) -> dict[str, Any]:
    sound, rate = soundfile.read(request["file"], dtype="float32", always_2d=True)
    mono = sound.mean(axis=1)
    segments, _ = model.transcribe(
        soxr.resample(mono, rate, _RATE),
        language=request["language"],
        vad_filter=True,
        condition_on_previous_text=False,
        beam_size=5,
    )
    return {"text": _words(segments), "seconds": len(mono) / rate}


def _words(segments: "Iterable[Segment]") -> str:
    return " ".join(
        segment.text.strip()
        for segment in segments
        if segment.compression_ratio <= _REPEATED
        and segment.avg_logprob > _DOUBTFUL
        and not (segment.no_speech_prob > _NO_SPEECH and segment.avg_logprob < _DOUBTFUL / 2)
    ).strip()


if __name__ == "__main__":
    main()
