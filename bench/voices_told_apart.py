"""Are keys, amounts and logins told apart? Whisper judges what a voice says, by forced choice.

    scripts/setup
    .venv/bin/python -m bench.voices_told_apart --voice pl_PL-natan-low

Each sentence is rendered as the line says it, sent through G.711 A-law, and Whisper is asked which
of several sentences it was: the one whose words it finds most likely. Nothing is transcribed, so a
wrong guess means that the sounds are close, not that the judge spells badly. It takes minutes, so
it is no test; ``tests/speech/test_told_apart.py`` is the cheap one.
"""

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from ctranslate2 import StorageView
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

from sipagent.speech import models
from sipagent.speech.catalogue import Catalogue
from sipagent.speech.script import script
from sipagent.speech.synthesis import Synthesis
from sipagent.speech.voices import Voice, find
from sipagent.speech.words import Digits, Money, Name, key, spoken

VOICES = Path(__file__).parents[1] / "voices"
PROMPTS = Path(__file__).parents[1] / "data/prompts"
MODELS = Path(__file__).parents[1] / "data/models"
KEYS = "0123456789*#"
CARRIERS = {
    "pl": {
        "key": "Aby poznać saldo, naciśnij {}.",
        "short key": "Naciśnij {}.",
        "lone key": "{}.",
        "amount": "Niedopłata wynosi {}.",
        "login": "Numer zgłoszenia: {}.",
    },
    "en": {
        "key": "For your balance, press {}.",
        "short key": "Press {}.",
        "lone key": "{}.",
        "amount": "You owe {}.",
        "login": "Your ticket is number {}.",
    },
}
#: Złote that differ in one word, or in its ending.
FAMILIES = (
    (2, 12, 20, 200, 22),
    (3, 13, 30, 300, 33),
    (4, 14, 40, 400, 44),
    (5, 15, 50, 500, 55),
    (6, 16, 60, 600, 66),
    (7, 17, 70, 700, 77),
    (8, 18, 80, 800, 88),
    (9, 19, 90, 900, 99),
    (6, 5, 9, 10, 7),
    (1, 11, 100, 101, 21),
    (1002, 1012, 1020, 1200, 2000),
    (3000, 4000, 13_000, 30_000, 300_000),
)


@dataclass(frozen=True)
class Trial:
    """What is said, and what it could be taken for; the answer is among them."""

    kind: str
    answer: str
    choices: dict[str, str]


class Judge:
    """Whisper base, asked for the likelihood of words."""

    def __init__(self, directory: Path, language: str) -> None:
        self._model = WhisperModel(str(directory), device="cpu", compute_type="int8", cpu_threads=1)
        self._tokenizer = Tokenizer(
            self._model.hf_tokenizer, True, task="transcribe", language=language
        )

    def choose(self, signal: np.ndarray, choices: dict[str, str]) -> tuple[str, float]:
        """Return the likeliest choice, and how much likelier than the next (natural log)."""
        features = self._model.feature_extractor(signal)[:, :3000]
        features = np.pad(features, ((0, 0), (0, 3000 - features.shape[1])))
        frames = min(3000, len(signal) // 160)
        encoded = self._model.model.encode(
            StorageView.from_array(np.ascontiguousarray(features[None]))
        )
        scores = {name: self._score(encoded, text, frames) for name, text in choices.items()}
        first, second = sorted(scores, key=scores.__getitem__, reverse=True)[:2]
        return first, scores[first] - scores[second]

    def _score(self, encoded: StorageView, text: str, frames: int) -> float:
        tokens = self._tokenizer.encode(" " + text)
        aligned = self._model.model.align(
            encoded, [*self._tokenizer.sot_sequence], [tokens], frames
        )[0]
        return float(np.sum(np.log(np.maximum(aligned.text_token_probs, 1e-12))))


#: Prompts in which a name that may end with a number stands near an amount.
NEIGHBOURS = (
    ("charges.premises", "premises"), ("charges.premises-credit", "premises"),
    ("charges.item", "item"), ("charges.deduction", "item"),
)  # fmt: skip
#: Such names, without their number.
NUMBERED = {
    "pl": ("Mieszkanie numer", "Garaż", "Fundusz remontowy", "Lipowa 3, lokal"),
    "en": ("Flat number", "Garage", "Repair fund", "Lime Street 3, unit"),
}


def touching(language: str, count: int) -> Iterator[Trial]:
    """Yield what the line says of a numbered thing and its amount, and the two run together."""
    catalogue = Catalogue.load(PROMPTS)
    dice = random.Random(2)

    def said(prompt: str, field: str, name: str, zlotys: int) -> str:
        values = {field: Name(name), "amount": Money(zlotys * 100)}
        return catalogue.text(prompt, language, **values)

    for _ in range(count):
        prompt, field = dice.choice(NEIGHBOURS)
        name, number = dice.choice(NUMBERED[language]), dice.randint(1, 120)
        zlotys = dice.choice((dice.randint(1, 99), dice.randint(100, 999)))
        readings = {
            f"{number} | {zlotys}": (f"{name} {number}", zlotys),
            f"| {number}{zlotys}": (name, int(f"{number}{zlotys}")),
            f"{number + 1} | {zlotys}": (f"{name} {number + 1}", zlotys),
            f"{number}{str(zlotys)[0]} | {zlotys}": (f"{name} {number}{str(zlotys)[0]}", zlotys),
            f"{number} | {zlotys + 1}": (f"{name} {number}", zlotys + 1),
            f"{number} | {number}{zlotys}": (f"{name} {number}", int(f"{number}{zlotys}")),
        }
        choices = {told: said(prompt, field, *values) for told, values in readings.items()}
        yield Trial("touching", f"{number} | {zlotys}", choices)


def trials(language: str, logins: int, pairs: int) -> Iterator[Trial]:
    """Yield what is said, and what it could be taken for."""
    yield from touching(language, pairs)
    carriers = CARRIERS[language]
    for kind in ("key", "short key", "lone key"):
        choices = {tone: carriers[kind].format(key(tone, language)).capitalize() for tone in KEYS}
        yield from (Trial(kind, tone, choices) for tone in KEYS)
    for family in FAMILIES:
        for zlotys in family:
            amounts = dict.fromkeys((*family, zlotys + 1, abs(zlotys - 1), zlotys * 10))
            choices = {
                str(amount): carriers["amount"].format(spoken(Money(amount * 100), language))
                for amount in amounts
            }
            yield Trial("amount", str(zlotys), choices)
    dice = random.Random(1)
    for _ in range(logins):
        login = "".join(dice.choices("0123456789", k=8))
        texts = dict.fromkeys([login, *_neighbours(login)])
        choices = {t: carriers["login"].format(spoken(Digits(t), language)) for t in texts}
        yield Trial("login", login, choices)


def _neighbours(login: str) -> Iterator[str]:
    for place in range(len(login)):
        for digit in "0123456789":
            yield login[:place] + digit + login[place + 1 :]


def through_the_line(signal: np.ndarray) -> np.ndarray:
    """Return 8 kHz samples after A-law (G.711), at the 16 kHz that Whisper hears."""
    a = 87.6
    size = np.abs(signal)
    small = a * size / (1 + np.log(a))
    large = (1 + np.log(np.maximum(a * size, 1))) / (1 + np.log(a))
    coded = np.round(np.where(size < 1 / a, small, large) * 127) / 127
    small = coded * (1 + np.log(a)) / a
    large = np.exp(coded * (1 + np.log(a)) - 1) / a
    heard = np.sign(signal) * np.where(coded < 1 / (1 + np.log(a)), small, large)
    return soxr.resample(heard.astype(np.float32), 8000, 16000)


def measure(voice: Voice, language: str, paces: list[str], logins: int, pairs: int) -> None:
    """Print how many were taken for what they are, and each that was not."""
    synthesis = Synthesis({language: voice.model})
    judge = Judge(models.find("base", MODELS), language)
    right, asked = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    narrow: dict[tuple[str, str], tuple[float, str]] = {}
    begun = time.monotonic()
    for pace in paces:
        for trial in trials(language, logins, pairs):
            said = synthesis.render(script(trial.choices[trial.answer], language), pace)
            heard, margin = judge.choose(through_the_line(said), trial.choices)
            place = (trial.kind, pace)
            asked[place] += 1
            if heard == trial.answer:
                right[place] += 1
                narrow[place] = min(narrow.get(place, (np.inf, "")), (margin, trial.answer))
            else:
                print(f"{pace} {trial.kind} {trial.answer}: taken for {heard} (by {margin:.1f})")
    print(f"\n{voice.name}, {time.monotonic() - begun:.0f} s")
    for kind, pace in asked:
        place = (kind, pace)
        least = "narrowest: {1}, by {0:.1f}".format(*narrow[place]) if place in narrow else ""
        print(f"{pace:7} {kind:10} {right[place]:3} of {asked[place]:3}  {least}")


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--voice", default="pl_PL-natan-low")
    parser.add_argument("--pace", choices=("normal", "slow"), action="append")
    parser.add_argument("--logins", type=int, default=10)
    parser.add_argument("--pairs", type=int, default=200, help="numbers that stand near each other")
    options = parser.parse_args()
    voice = find(options.voice, VOICES)
    measure(
        voice, voice.language, options.pace or ["normal", "slow"], options.logins, options.pairs
    )


if __name__ == "__main__":
    main()
