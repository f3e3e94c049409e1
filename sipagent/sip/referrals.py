"""REFER from a far end (RFC 3515): what it asks for, and how it is told of it; in the PJSIP thread.

``scripts/pjsip/0045-transfers-by-telephones.patch`` is the other half.
"""

import ctypes

import _pjsua2
import pjsua2 as pj

from sipagent.sip import headers
from sipagent.telephony.leg import Referral

_C = ctypes.CDLL(_pjsua2.__file__)


def asked(refer_to: str) -> Referral | None:
    """Return what the REFER asks for that has just come; None where it names nobody.

    Args:
        refer_to: the value of its Refer-To.
    """
    to = headers.address_of(refer_to)
    if not to.user:
        return None
    replaces = None if to.replaces is None else _replaced(to.replaces)
    return Referral(_C.pjsua_referral_number(), to.user, replaces)


def tell(number: int, code: int) -> None:
    """Tell the far end how it goes with that REFER (``message/sipfrag``), while it listens."""
    _C.pjsua_referral_tell(number, code)


def _replaced(value: str) -> str:
    """Return the Call-ID of the dialog that Replaces names; empty where it is none of ours."""
    call_id, *pairs = value.split(";")
    named = {key.strip().lower(): tag.strip() for key, _, tag in (p.partition("=") for p in pairs)}
    parts = (call_id.strip(), named.get("to-tag", ""), named.get("from-tag", ""))
    if not all(parts):
        return ""
    found = _C.pjsua_referral_replaced(*(part.encode() for part in parts))
    return "" if found == pj.PJSUA_INVALID_ID else headers.call_id(parts[0])
