"""How good a call sounds, estimated from what the network did to it (ITU-T G.107, the E-model).

Simplified: every part that does not depend on the network keeps its default, which leaves
R = 93.2 − Id − Ie,eff on the narrowband scale. Lines of wideband codecs are rated on it too: the
bridge runs at 8 kHz.
"""

from dataclasses import dataclass

#: R of a call without delay and loss, all other parameters at their defaults (G.107, table 2).
_BEST = 93.2
#: Milliseconds of one-way delay from which conversation suffers, and R lost per millisecond
#: before and beyond it: the usual straight lines through the curve of Id.
_NOTICED, _SLOPE, _STEEPER = 177.3, 0.024, 0.11


@dataclass(frozen=True, slots=True)
class Impairment:
    """What a codec costs without loss (Ie), and how well it bears random loss (Bpl, percent)."""

    ie: float
    bpl: float


#: G.113, appendix I: G.711 with packet-loss concealment, as PJMEDIA has it.
_G711 = Impairment(0.0, 25.1)
#: No narrowband values are published for these: no loss of their own, the robustness of G.711.
_OTHERS = {"g722": _G711, "opus": _G711}
_CODECS = {"pcma": _G711, "pcmu": _G711, **_OTHERS, "gsm": Impairment(20.0, 10.0)}
#: A codec that nobody has rated, taken for a mediocre one.
_UNKNOWN = Impairment(11.0, 19.0)


def mos(codec: str, loss: float, delay_ms: float) -> float:
    """Return the mean opinion score that listeners would give, 1 to 4.5.

    Args:
        codec: its name in SDP, in any case.
        loss: share of the packets that were not played, 0 to 1, taken as lost at random.
        delay_ms: one-way delay from mouth to ear.
    """
    known = _CODECS.get(codec.lower(), _UNKNOWN)
    percent = 100 * loss
    effective = known.ie + (95 - known.ie) * percent / (percent + known.bpl)
    delay = _SLOPE * delay_ms + _STEEPER * max(delay_ms - _NOTICED, 0)
    return _score(_BEST - delay - effective)


def _score(rating: float) -> float:
    """Return the score of a rating R (G.107, annex B)."""
    if rating <= 0:
        return 1.0
    if rating >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)
