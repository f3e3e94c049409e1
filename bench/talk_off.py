"""Does speech sound like keys? Voices read an hour of text to the receiver of in-band keys.

    python -m bench.talk_off --minutes 60 --json figures.json

The English voice reads the manuals, the Polish one its own prompts and logins and amounts of every
kind, at both paces. What they say is heard as it is, and once more as other people would say it:
faster and higher, slower and lower, loud and faint. Every key that is heard is one too many.
"""

import argparse
import json
import random
import re
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from sipagent.sip.inband import ToneReceiver
from sipagent.speech import audio
from sipagent.speech.script import script
from sipagent.speech.synthesis import Synthesis
from sipagent.speech.voices import find
from sipagent.speech.words import Digits, Money, spoken

ROOT = Path(__file__).resolve().parent.parent
VOICES = {"pl": "pl_PL-natan-low", "en": "en_US-joe-medium"}
#: Samples in which a call brings its audio (sipagent/sip/tap.py).
BLOCK = 320
#: Speed and pitch, in parts of the voice's own, and level in dB against it.
PEOPLE = ((1.0, 0.0), (0.8, -12.0), (0.9, 8.0), (1.1, -6.0), (1.25, 8.0), (1.5, 0.0))


def main() -> None:
    """Print one JSON object with the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="of each voice's own speech")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    figures = measure(options.minutes * 60)
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def measure(seconds: float) -> dict[str, object]:
    """Return minutes of speech and the keys that were heard in it, for each kind of people."""
    synthesis = Synthesis(
        {lang: find(name, ROOT / "voices").model for lang, name in VOICES.items()}
    )
    receivers = [ToneReceiver() for _ in PEOPLE]
    heard = [Counter[str]() for _ in PEOPLE]
    lengths = [0.0] * len(PEOPLE)
    spent = 0.0
    for language, text, pace in readings():
        speech = synthesis.render(script(text, language), pace)
        for number, (speed, level) in enumerate(PEOPLE):
            samples = as_said(speech, speed, level)
            began = time.process_time()
            for at in range(0, len(samples), BLOCK):
                heard[number].update(receivers[number].feed(samples[at : at + BLOCK]))
            spent += time.process_time() - began
            lengths[number] += len(samples) / 8000
        if lengths[0] >= seconds:
            break
    return {
        "people": [
            {"speed": speed, "dB": level, "minutes": round(length / 60, 1), "keys": dict(keys)}
            for (speed, level), length, keys in zip(PEOPLE, lengths, heard, strict=True)
        ],
        "minutes": round(sum(lengths) / 60, 1),
        "keys": sum(keys.total() for keys in heard),
        "microseconds for a second": round(spent / sum(lengths) * 1e6),
    }


def as_said(speech: audio.Signal, speed: float, level: float) -> npt.NDArray[np.int16]:
    """Return speech at another speed, pitch and level; what is too loud is clipped."""
    changed = soxr.resample(speech, 8000 * speed, 8000) if speed != 1.0 else speech
    return np.frombuffer(audio.pcm(changed * np.float32(10 ** (level / 20))), "<i2")


def readings() -> Iterator[tuple[str, str, str]]:
    """Yield language, text and pace, without end, and always the same."""
    dice = random.Random(4733)
    pages = [text for file in sorted(ROOT.glob("docs/**/*.md")) for text in paragraphs(file)]
    prompts = list(sentences(tomllib.loads((ROOT / "data/prompts/pl.toml").read_text("utf-8"))))
    while True:
        dice.shuffle(pages)
        for page in pages:
            pace = dice.choice(("normal", "slow"))
            yield "en", page, pace
            yield "pl", dice.choice(prompts), pace
            yield "pl", spoken(Money(dice.randrange(10_000_000)), "pl"), pace
            yield "pl", spoken(Digits(str(dice.randrange(10**8))), "pl"), pace


def paragraphs(file: Path) -> Iterator[str]:
    """Yield what can be read aloud of a manual."""
    for block in file.read_text("utf-8").split("\n\n"):
        text = re.sub(r"[^A-Za-z0-9 ,.;:'?!-]", " ", block)
        if not block.startswith(("    ", "|", "#")) and len(text.split()) > 5:
            yield text


def sentences(prompts: dict[str, object]) -> Iterator[str]:
    """Yield the prompts that need nothing filled in."""
    for value in prompts.values():
        if isinstance(value, dict):
            yield from sentences(value)
        elif isinstance(value, str) and "{" not in value and "[" not in value:
            yield value


if __name__ == "__main__":
    main()
