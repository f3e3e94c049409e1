"""Sentences and recordings → audio, by Piper. Slow work: only workers and tools do it."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
from piper import PiperVoice, SynthesisConfig
from piper.config import PiperConfig

from sipagent.speech import audio, recordings
from sipagent.speech.pacing import PACES, Pace
from sipagent.speech.recordings import Recording
from sipagent.speech.script import Part, Sentence

# Seconds of silence at the end of a clip, so that two clips in a row do not run together.
_TAIL = 0.15
# Part of full scale; Piper brings each sentence's peak there, which leaves room for resampling.
_VOLUME = 0.7


class Synthesis:
    """Voices; one that was loaded before is not loaded again.

    Args:
        models: language → path of the model; its settings lie beside it.

    Raises:
        Exception: whatever ONNX Runtime or Piper says of a file that is no voice.
    """

    def __init__(self, models: Mapping[str, Path]) -> None:
        self._voices = {language: _load(model) for language, model in models.items()}

    def render(self, parts: Iterable[Part], pace: str) -> audio.Signal:
        """Return sentences and recordings as one signal at 8 kHz, with pauses between them.

        Recordings have one pace, their own.
        """
        heard: list[audio.Signal] = []
        for part in parts:
            if heard:
                heard.append(audio.silence(PACES[pace].pause))
            if isinstance(part, Recording):
                heard.append(recordings.read(part.path))
            else:
                heard.append(self._sentence(part, PACES[pace]))
        return np.concatenate([*heard, audio.silence(_TAIL)])

    def _sentence(self, sentence: Sentence, pace: Pace) -> audio.Signal:
        voice = self._voices[sentence.language]
        settings = SynthesisConfig(
            length_scale=voice.config.length_scale * pace.stretch, volume=_VOLUME
        )
        chunks = [chunk.audio_float_array for chunk in voice.synthesize(sentence.text, settings)]
        if not chunks:
            return audio.silence(0)
        return audio.telephone(np.concatenate(chunks), voice.config.sample_rate)


@cache
def _load(model: Path) -> PiperVoice:
    options = onnxruntime.SessionOptions()
    # One thread: the other processors belong to the calls.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # No two sentences have the same shape: patterns would only be kept and never used again.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(
        str(model), sess_options=options, providers=["CPUExecutionProvider"]
    )
    settings = json.loads(model.with_name(model.name + ".json").read_text("utf-8"))
    return PiperVoice(session=session, config=PiperConfig.from_dict(settings))
