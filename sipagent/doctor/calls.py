"""Whether a call was taken and audio flowed: one of the records, or one that is made for it."""

import asyncio
import contextlib
import json
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sipagent.config import Config, SipSection
from sipagent.doctor.finding import Finding, error, ok, warning
from sipagent.doctor.one_way import CallAudio, Trouble, diagnose
from sipagent.errors import SipAgentError
from sipagent.phone import script
from sipagent.records.history import History
from sipagent.records.schema import REFUSED, records
from sipagent.sip.addresses import ANY, in_uri
from sipagent.store.database import open_database, require_database
from sipagent.telephony.outcome import Refused
from sipagent.threads import STORE

#: A key that no step minds, for it is not sent off.
_KEY = "1"
#: What it calls, and what others would have to call for their calls to be overlooked.
_CALLED = "doctor"
#: What the call does: hears the line, and presses a key that its record has to show.
_SCRIPT = f"speech; press {_KEY}; wait 1; hang-up"
#: Seconds for the answer, for the whole call, and until its record is written.
_ANSWER, _CALL, _RECORD = 10.0, 45.0, 5.0
_MESSAGES = "look at its messages: sipagent trace CALL"
#: What to do about a refusal, by its reason.
_REFUSED: dict[str, str] = {
    Refused.CODEC: "allow one of sip.codecs in the phone, or one of the phone's in sip.codecs",
    Refused.FAMILY: "the phone wants its audio at an address that this machine has no way to: "
    "give the machine that version of IP, or switch it off in the phone",
    Refused.KEYS: "the phone wants to encrypt without sending keys (DTLS-SRTP): set it to SDES, "
    "or to plain audio",
    Refused.PLAIN: "srtp is mandatory here: let the phone encrypt (SDES), or set srtp = optional",
    Refused.ENCRYPTED: "the phone wants to encrypt: set srtp = optional, or let it talk plain",
    Refused.AUDIO: "the phone offers no audio over RTP",
    Refused.DESCRIPTION: _MESSAGES,
}


def recorded(config: Config, name: str) -> Iterator[Finding]:
    """Say of a call why it was refused, or whether both sides could hear each other.

    Args:
        config: where the records are.
        name: id of the call, the beginning of one, or ``last``: that of a caller, which the
            doctor's own are not.

    Raises:
        DataError: there is no such call.
        SetupError: there are no records.
    """
    require_database(config.paths.database, "records")
    db = open_database(config.paths.database, [records])
    try:
        history = History(db)
        call = history.call(name, besides=_CALLED)
        quality = _quality(db.conn, call.id)
        refused = [event.details for event in history.timeline(call.id) if event.kind == REFUSED]
    finally:
        db.close()
    check = f"call {call.id}"
    for why in refused:
        advice = _REFUSED.get(str(why.get("reason")), _MESSAGES)
        yield error(check, f"refused with {why.get('code')}: {why.get('reason')}", advice)
    if refused:
        return
    if not quality:
        yield warning(check, "nothing was measured in it", "was it answered? sipagent calls show")
        return
    found = diagnose(CallAudio.of(quality))
    if found.trouble is Trouble.NONE:
        yield ok(check, found.text)
    else:
        yield error(check, f"{found.trouble}: {found.text}", found.advice)


def called(config: Config) -> Iterator[Finding]:
    """Call the own line, and see whether audio flows both ways."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            sip_id = asyncio.run(_call(config, Path(folder)))
        except SipAgentError as trouble:
            advice = "sipagent calls show last; sipagent phone hears what callers hear"
            yield error("test call", str(trouble), advice)
            return
    yield ok("test call", "answered, and the line was heard")
    if asyncio.run(_pressed(config, sip_id)):
        yield ok("test call", "the line heard the phone: its key is in the record")
    else:
        yield error(
            "test call",
            "the line did not hear the phone: its key is not in the record",
            "look at the call: sipagent calls show last",
        )


async def _call(config: Config, folder: Path) -> str:
    """Make the call; return its Call-ID."""
    from sipagent.phone.caller import Phone  # noqa: PLC0415  PJSIP may be missing
    from sipagent.sip.endpoint import Endpoint  # noqa: PLC0415

    host = "127.0.0.1" if config.sip.address in ANY else config.sip.address
    endpoint = Endpoint(SipSection(address=host, port=0, max_calls=1))
    try:
        await endpoint.start()
        call = await endpoint.dial(f"sip:{_CALLED}@{in_uri(host)}:{config.sip.port}")
        phone = Phone(call, folder, _mute)
        await phone.follow(script.parse(_SCRIPT), _ANSWER, _CALL)
        return call.sip_id
    finally:
        await endpoint.stop()


async def _mute(text: str, language: str | None) -> Path:
    raise NotImplementedError(f"the test call says nothing, not even {text!r} ({language})")


async def _pressed(config: Config, sip_id: str) -> bool:
    """Return whether the record of a call has the key; it is written behind the call."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_RECORD):
            while not await STORE.run(_has_key, config.paths.database, sip_id):
                await asyncio.sleep(0.1)
            return True
    return False


def _has_key(database: Path, sip_id: str) -> bool:
    db = open_database(database, [records])
    try:
        found = db.execute("SELECT id FROM calls WHERE sip_id = ?", (sip_id,)).fetchone()
        events = History(db).timeline(found[0]) if found else []
    finally:
        db.close()
    return any(e.kind == "digit" and e.details.get("digit") == _KEY for e in events)


def _quality(connection: sqlite3.Connection, call: str) -> dict[str, Any]:
    columns = [row[1] for row in connection.execute("PRAGMA table_info(calls)")]
    if "quality" not in columns:
        return {}
    row = connection.execute("SELECT quality FROM calls WHERE id = ?", (call,)).fetchone()
    found = json.loads(row[0]) if row and row[0] else {}
    return found if isinstance(found, dict) else {}
