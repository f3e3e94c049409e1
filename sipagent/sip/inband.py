"""Keys as tones in the audio of a call: a receiver after ITU-T Q.23 and Q.24.

Of the limits in the table of Q.24 it keeps those of AT&T: each tone from 0 to -25 dBm0, the high
one up to 4 dB above and 8 dB below the low one; frequencies off by 1.5 % are taken, by 3.5 % not;
40 ms are a key, 23 ms are none; 10 ms without the tones do not end a key, 40 ms do.

How it works: every 5 ms a window of 20 ms is correlated with the eight frequencies. The stronger
one of each group is measured: how far it turns from one window to the next tells how far off it
is, and with that its true power. A key is a pair of tones that for five windows is nearly all
there is to hear. Speech has harmonics, noise and glides; it fails one of these soon.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sipagent.telephony.digits import COLUMNS, PAD, ROWS

Samples = npt.NDArray[np.int16]

RATE = 8000

#: Mean square of a sine of 0 dBm0: one of 3.14 dBm0 fills the range of G.711 A-law.
MILLIWATT = 32768.0**2 / 2 * 10**-0.314

_WINDOW, _STEP = 160, 40
#: Power of a tone from which it counts: -25 dBm0, and 3 dB for windows that see part of it.
_FAINTEST = MILLIWATT * 10**-2.8
#: Decibels of the high tone over the low one, and deviation from a frequency; on average, with
#: something left to noise, and for a single window.
_TWIST, _TWIST_NOW = (-9.5, 5.5), (-12.0, 8.0)
_OFF, _OFF_NOW = 0.025, 0.035
#: Part of all power that is in the two tones when a key begins, and while it lasts.
_PURE, _STILL_THERE = 0.85, 0.5
#: A key that lasts keeps this part of its power; its echo does not.
_NO_ECHO = 0.2
#: Windows that make a key, and windows without it that end it.
_BEGIN, _END = 5, 7

_TAPER = np.hanning(_WINDOW + 2)[1:-1]
_FREQUENCIES = np.array(ROWS + COLUMNS, np.float64)
_TURNS = np.outer(np.arange(_WINDOW), _FREQUENCIES) / RATE
#: Cosine and sine of each tone in turn, so that the product is an array of complex numbers; a
#: sine's mean square comes out as the square of its number.
_TONES = np.stack([np.cos(2 * np.pi * _TURNS), -np.sin(2 * np.pi * _TURNS)], axis=2).reshape(
    _WINDOW, -1
) * (np.sqrt(2) / _TAPER.sum())
#: What a tone on its frequency turns in a step, backwards.
_BACK = np.exp(-2j * np.pi * _FREQUENCIES * _STEP / RATE)
_TAPER_POWER = float(_TAPER @ _TAPER)
_LEAST = 1e-9
#: Up to this power over everything a window cannot hold a pair, however far that is off.
_NOTHING = _STILL_THERE * 0.25


@dataclass(frozen=True, slots=True)
class _Heard:
    """What each window holds: the strongest pair, and how well it is a key."""

    keys: list[str]
    #: Power of both tones.
    power: list[float]
    #: Decibels of the high tone over the low one; deviation of each, as part of its frequency.
    marks: npt.NDArray[np.float64]
    #: It looks like a key.
    sure: list[bool]
    #: The two tones are the greater part.
    there: list[bool]


class ToneReceiver:
    """Is fed the audio of one call, in blocks of any size, and knows which keys were pressed."""

    def __init__(self) -> None:
        self._rest = np.zeros(_WINDOW - _STEP)  # before the call there was silence
        self._before = np.zeros((1, len(_FREQUENCIES)), np.complex128)
        #: The key that lasts, its power, and for how many windows it has not been heard.
        self._held = ""
        self._power = 0.0
        self._gap = 0
        #: The key that may begin, its windows, the sum of their marks, and whether it was told.
        self._next = ""
        self._run = 0
        self._told = False
        self._marks = np.zeros(3)

    def feed(self, samples: Samples) -> str:
        """Return the keys that began, about 40 ms after they did.

        Args:
            samples: mono, 8 kHz, 16 bits.
        """
        audio = np.concatenate([self._rest, samples])
        count = (len(audio) - _WINDOW) // _STEP + 1
        if count <= 0:
            self._rest = audio
            return ""
        self._rest = audio[count * _STEP :]
        if audio @ audio < _FAINTEST * _TAPER_POWER:  # then so is each of its windows
            self._before = _spectra(_windows(audio[(count - 1) * _STEP :], 1))
            return self._pause(count)
        windows = _windows(audio, count)
        everything = np.einsum("ij,ij->i", windows, windows) / _TAPER_POWER
        before, tones = self._before, _spectra(windows)
        self._before = tones[-1:]
        strength = np.abs(tones)
        pair = np.stack([strength[:, :4].argmax(axis=1), strength[:, 4:].argmax(axis=1) + 4])
        nearly = np.take_along_axis(strength.T, pair, axis=0)
        if ((nearly**2).sum(axis=0) < _NOTHING * everything).all():
            return self._pause(count)
        turned = tones * np.concatenate([before, tones[:-1]]).conj() * _BACK
        return self._follow(
            _judge(pair, nearly, np.take_along_axis(turned.T, pair, axis=0), everything)
        )

    def _pause(self, windows: int) -> str:
        """Take windows in which there is no key."""
        self._run, self._told = 0, False
        self._gap += windows
        if self._gap >= _END:
            self._held = ""
        return ""

    def _follow(self, heard: _Heard) -> str:
        """Take windows one by one; return the keys that began."""
        began = ""
        for key, power, marks, sure, there in zip(
            heard.keys, heard.power, heard.marks, heard.sure, heard.there, strict=True
        ):
            if self._held:
                lasts = there and key == self._held and power >= _NO_ECHO * self._power
                self._gap = 0 if lasts else self._gap + 1
                if self._gap >= _END:
                    self._held = ""
            if not sure or key != self._next:
                self._run, self._marks, self._told = 0, np.zeros(3), False
            if sure:
                self._run, self._marks, self._next = self._run + 1, self._marks + marks, key
            new = self._run >= _BEGIN and key != self._held and not self._told
            if new and _steady(self._marks / self._run):
                self._held, self._power, self._gap, self._told = key, power, 0, True
                began += key
        return began


def _windows(audio: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    """Return so many windows, tapered, one a row."""
    strides = (_STEP * audio.itemsize, audio.itemsize)
    return np.ndarray((count, _WINDOW), audio.dtype, audio, strides=strides) * _TAPER


def _spectra(windows: npt.NDArray[np.float64]) -> npt.NDArray[np.complex128]:
    """Return the eight tones of each window; the square of one's modulus is its power."""
    return np.asarray(windows @ _TONES).view(np.complex128)


def _judge(
    pair: npt.NDArray[np.intp],
    strength: npt.NDArray[np.float64],
    turned: npt.NDArray[np.complex128],
    everything: npt.NDArray[np.float64],
) -> _Heard:
    """Return what windows hold.

    Args:
        pair: numbers of the strongest frequencies; low ones, then high ones.
        strength: of those two.
        turned: product of each with the conjugate of what it should be after the last window.
        everything: power of the whole window.
    """
    off = np.angle(turned) * (RATE / (2 * np.pi * _STEP))
    power = (strength / _response(off)) ** 2 + _LEAST
    both = power.sum(axis=0)
    twist = 10 * np.log10(power[1] / power[0])
    off /= _FREQUENCIES[pair]
    loud = power.min(axis=0) >= _FAINTEST
    sure = (
        loud
        & (both >= _PURE * everything)
        & (twist >= _TWIST_NOW[0])
        & (twist <= _TWIST_NOW[1])
        & (np.abs(off) <= _OFF_NOW).all(axis=0)
    )
    there = loud & (both >= _STILL_THERE * everything)
    keys = [PAD[low][high - 4] for low, high in pair.T.tolist()]
    marks = np.stack([twist, *off], axis=1)
    return _Heard(keys, both.tolist(), marks, sure.tolist(), there.tolist())


def _steady(marks: npt.NDArray[np.float64]) -> bool:
    """Return whether the mean marks of some windows are those of a key."""
    twist, low, high = map(float, marks)
    return _TWIST[0] <= twist <= _TWIST[1] and max(abs(low), abs(high)) <= _OFF


def _response(off: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how much of a tone that is off by so many Hz the taper lets through."""
    bins = np.minimum(np.abs(off) * (_WINDOW / RATE), 0.99)
    return np.asarray(np.sinc(bins) / (1 - bins**2))
