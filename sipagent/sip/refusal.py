"""Why PJSIP refuses a call, in a word."""

from sipagent.telephony.outcome import Refused

#: By the names of PJSIP's errors, which stand at the end of their texts.
_REASONS = {
    "PJMEDIA_SDPNEG_NOANSCODEC": Refused.CODEC,
    "PJMEDIA_EINVALIDIP": Refused.FAMILY,
    "PJMEDIA_SRTP_ESDPREQCRYPTO": Refused.KEYS,
    "PJMEDIA_SRTP_ESDPREQSECTP": Refused.PLAIN,
    "PJMEDIA_SRTP_ESDPINTRANSPORT": Refused.ENCRYPTED,
    "PJMEDIA_SDPNEG_ENOMEDIA": Refused.AUDIO,
    "PJMEDIA_SDP_EINPROTO": Refused.AUDIO,
    "Missing media in SDP": Refused.AUDIO,
    "PJMEDIA_SDP_EINCONN": Refused.DESCRIPTION,
    "Bad SDP": Refused.DESCRIPTION,
}


def reason_of(text: str) -> str:
    """Return why, where that is known; else what PJSIP says."""
    for name, reason in _REASONS.items():
        if name in text:
            return reason.value
    return text
