"""What PJSIP says when it refuses a call, in a word."""

import pytest

from sipagent.sip.refusal import reason_of
from sipagent.telephony.outcome import Refused

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("No suitable codec for remote offer (PJMEDIA_SDPNEG_NOANSCODEC)", Refused.CODEC),
        ("Invalid remote media (IP) address (PJMEDIA_EINVALIDIP)", Refused.FAMILY),
        ("SRTP crypto attribute required (PJMEDIA_SRTP_ESDPREQCRYPTO)", Refused.KEYS),
        ("Missing media in SDP", Refused.AUDIO),
        ("Unsupported Media Type", "Unsupported Media Type"),
    ],
)
def test_a_reason_is_a_word_where_it_is_known(text: str, reason: str) -> None:
    assert reason_of(text) == reason
