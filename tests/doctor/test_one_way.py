"""Telling the kinds of one-way audio apart."""

import pytest

from sipagent.doctor.one_way import CallAudio, Trouble, diagnose

pytestmark = pytest.mark.unit

#: Not those for documentation (RFC 5737): Python takes them for private ones.
FAR, OWN = "8.8.8.8:4000", "9.9.9.9:10000"
HOME, OFFICE = "192.168.1.20:4000", "10.0.0.5:10000"


@pytest.mark.parametrize(
    ("audio", "trouble", "words"),
    [
        (CallAudio(500, 500, False, FAR, FAR, OWN), Trouble.NONE, "both ways"),
        (CallAudio(500, 500), Trouble.NONE, "both ways"),
        (CallAudio(0, 500, None, FAR, FAR, OFFICE), Trouble.NO_RTP_IN, "sip.public_address"),
        (CallAudio(0, 500, None, HOME, HOME, OWN), Trouble.NO_RTP_IN, "behind a NAT"),
        (CallAudio(0, 500, None, FAR, "", OWN), Trouble.NO_RTP_IN, "sip.rtp_first_port"),
        (CallAudio(0, 500, None, HOME, HOME, OFFICE), Trouble.NO_RTP_IN, "firewall"),
        (CallAudio(0, 500), Trouble.NO_RTP_IN, "firewall"),
        (CallAudio(500, 500, True, FAR, FAR, OWN), Trouble.SILENT, "muted"),
        (CallAudio(500, 500, True, FAR, FAR, OWN), Trouble.SILENT, "sip.codecs"),
        (CallAudio(500, 500, False, HOME, HOME, OWN), Trouble.TO_PRIVATE, "symmetric"),
        (CallAudio(500, 500, False, HOME, FAR, OWN), Trouble.NONE, "both ways"),
        (CallAudio(500, 500, False, HOME, HOME, OFFICE), Trouble.NONE, "both ways"),
        (CallAudio(500, 500, True, HOME, "100.64.1.2:4000", OWN), Trouble.TO_PRIVATE, "NAT"),
        (CallAudio(500, 500, False, "[fd00::2]:4000", "[fd00::2]:4000", "[2620:fe::9]:1"),
         Trouble.TO_PRIVATE, "fd00::2"),
        (CallAudio(500, 0, False, FAR, FAR, OWN), Trouble.NO_RTP_OUT, "heard nothing"),
    ],
)  # fmt: skip
def test_each_kind(audio: CallAudio, trouble: Trouble, words: str) -> None:
    found = diagnose(audio)
    assert found.trouble is trouble
    assert words in f"{found.text}; {found.advice}"
    assert bool(found.advice) == (trouble is not Trouble.NONE)


def test_what_a_record_lacks_is_not_known() -> None:
    audio = CallAudio.of({"rx_packets": 3, "tx_packets": None, "rx_silent": None, "codec": "PCMA"})
    assert audio == CallAudio(3, 0)
