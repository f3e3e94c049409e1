"""A call as a story: what happened, in plain sentences and in its order."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sipagent import times
from sipagent.money import plain_amount
from sipagent.records.history import CallRow, EventRow
from sipagent.records.legs import LegRow, Legs, seconds_between

#: Kind of an event → what is told of it, with its details, and ``who`` as the leg it is about.
_SENTENCES = {
    "answer": "The line answers.",
    "prompt-end": "That is cut short after {seconds} s.",
    "wait": "The line asks to wait for {key}.",
    "digit": "The caller presses {digit}.",
    "step": "Step {step} ({type}) begins.",
    "hangup": "The line hangs up ({reason}).",
    "hung-up": "The caller hangs up ({code} {reason}).",
    "failure": "Step {step} fails: {error}.",
    "too-long": "The call is too long, and is ended in step {step}.",
    "hold": "The caller puts the line on hold.",
    "resume": "The caller is back from hold.",
    "record": "The line records what the caller says.",
    "record-end": "The recording is over after {seconds} s.",
    "language": "From here on the line speaks {language}.",
    "pace": "From here on the line speaks at another pace: {pace}.",
    "login": "The login is judged: {verdict}.",
    "ticket": "The request is ticket {ticket}.",
    "transfer": "The caller is to be put through to {target}.",
    "refer": "The caller's network is asked to call the target itself: {code} {reason}.",
    "transferred": "Putting through is over: {reached}.",
    "forwarded": "The call is forwarded to {to} ({by}).",
    "picked-up": "The caller picks up a call that rings elsewhere.",
    "fetched": "The caller fetches the call that is parked at {place}.",
    "dialled": "The caller dials {number}.",
    "order": "The caller orders a call to {target}: order {order}.",
    "order-refused": "The call that is ordered is not made ({reason}).",
    "ordered": "{user} has ordered a call to {target} ({way}): the line makes it.",
    "handling": "How calls to the caller are handled is told or changed: {state} {target}.",
    "night": "The schedule {schedule} is closed until {until}.",
    "voicemail": "The caller leaves a message of {seconds} s in the box {box}.",
    "missed-call": "The caller leaves no message in the box {box}.",
    "mailbox": "The caller opens the box {box}.",
    "voicemail-heard": "The caller hears message {message}.",
    "call-back": "The caller wants to call back who has left message {message}.",
    "call-back-refused": "Calling back is not allowed, or not safe ({reason}).",
    "pin": "The box {box} gets another PIN.",
    "queued": "The caller waits in queue {queue}, at place {place}.",
    "queue-answered": "{member} is there for the caller after {seconds} s in queue {queue}.",
    "queue-left": "The caller leaves queue {queue} after {seconds} s: {outcome}.",
    "second-leg": "The line rings {who}.",
    "moved": "{who} sends the call on to {uri}.",
    "limit": "The limit for calls to {who} is reached: the call is ended.",
    "keys": "The line presses keys for {who}.",
    "keys-failed": "{who} takes no keys: {reason}.",
    "trunk-failed": "The trunk {trunk} gets the call nowhere ({code} {reason}).",
    "listening": "The caller listens to {whom} in call {call} ({mode}).",
    "heard-by": "{by} listens in ({mode}).",
    "heard-no-more": "{by} listens in no more.",
    "recording": "What is said is recorded from here on ({why}, recording {recording}).",
    "recording-paused": "The recording is silent, as {by} wants it.",
    "recording-resumed": "The recording goes on ({by}).",
    "recording-end": "Recording {recording} is over.",
    "recording-failed": "What is said cannot be recorded: {reason}.",
    "codecs": "The caller talks in {caller}, {who} in {called}.",
}
#: How an attempt to reach somebody went.
_REACHED = {
    "answered": "{target} is reached.",
    "busy": "{target} is busy.",
    "no-answer": "{target} does not answer.",
    "refused": "{target} declines.",
    "unreachable": "{target} cannot be reached.",
}
#: How somebody has handed the call to somebody else.
_HANDED_OVER = {
    "blind": "{from} puts the call through to {to}, and leaves it at once.",
    "code": "{from} puts the call through to {to} by keys.",
    "order": "The call is put through as an administrator wants it: from {from} to {to}.",
    "attended": "{from} puts the call through to {to}, and has asked there before.",
    "park": "{from} parks the call at {to}.",
    "fetched": "{to} fetches the call that is parked at {from}.",
    "recalled": "Nobody fetches the call that is parked at {from}: it goes back to {to}.",
    "pick-up": "{to} picks up the call, which rings at {from}.",
}
#: What is no speech, by its key in the timeline (``speech.tones``).
_TONE = "tone."
_TONES = {"tone.ringback": "it ring", "tone.music": "music"}
#: What is told of a call that nobody has ended.
_LAST = {
    "crash": "Here the program was killed, or the machine died.",
    "shutdown": "The line is stopped.",
}
_REFUSED = "The line refuses the call ({code}: {reason})."
_ELSEWHERE = "Call completed elsewhere"


def story(call: CallRow, timeline: Sequence[EventRow]) -> Iterator[str]:
    """Yield what happened in a call, each sentence with when it did, counted from the INVITE."""
    yield f"{_at(0)}  {_beginning(call)}"
    teller = _Teller(call)
    for event in timeline:
        if sentence := teller.told(event):
            yield f"{_at(event.at_ms)}  {sentence}"
    if (last := _LAST.get(call.ended_by or "")) is not None:
        yield f"{_at(round(1000 * (seconds_between(call.started, call.ended) or 0)))}  {last}"


class _Teller:
    """Follows the legs of a call, and tells of its events."""

    def __init__(self, call: CallRow) -> None:
        self._started = datetime.fromisoformat(call.started)
        self._legs = Legs()
        #: The numbers of those who have talked.
        self._talked: set[int] = set()

    def told(self, event: EventRow) -> str:
        """Return an event as a sentence; empty for one that only a program cares for."""
        moment = self._started + timedelta(milliseconds=event.at_ms)
        leg = self._legs.take(event.kind, event.details, times.stored(moment))
        words = defaultdict(str, event.details)
        words["who"] = self._who(leg, event.details.get("sip_id"))
        if leg is not None and (sentence := self._of_leg(event, leg, words)):
            return sentence
        return _sentence(event, words)

    def _who(self, leg: LegRow | None, sip_id: object) -> str:
        """Return who is at the far end of a leg, or of one that is named without a change."""
        named = (one for one in self._legs.rows if one.sip_id == sip_id)
        leg = leg or next(named, None)
        return leg.party or "somebody" if leg is not None else "somebody"

    def _of_leg(self, event: EventRow, leg: LegRow, words: Mapping[str, Any]) -> str:
        """Return what is told of a leg that has talked or rung; empty for anything else."""
        who = words["who"]
        match event.kind:
            case "joined":
                again = leg.leg in self._talked
                self._talked.add(leg.leg)
                rang = f" after {length(leg.rang or 0)} of ringing" * (not again)
                return f"{who} {'talks on' if again else f'takes the call{rang}'}."
            case "parted":
                return f"{who} leaves, after talking for {length(leg.talked or 0)}."
            case "second-leg-over":
                return _unanswered(who, leg)
            case "cost":
                return f"The call to {who} costs {plain_amount(leg.cost or 0)} zł without VAT."
            case "second-leg-audio":
                return f"How {who} was heard: {sound(event.details)}."
        return ""


def _unanswered(who: str, leg: LegRow) -> str:
    rang = length(leg.rang or 0)
    if leg.reason == _ELSEWHERE:
        return f"{who} has rung for {rang}; somebody else has taken the call."
    why = " ".join(str(part) for part in (leg.sip_code, leg.reason) if part)
    return f"{who} has rung for {rang}, and does not take the call{f' ({why})' if why else ''}."


def _sentence(event: EventRow, words: Mapping[str, Any]) -> str:
    """Return what is told of an event; of a kind that is not known here, its details."""
    match event.kind:
        case "prompt-end" if not words["cut"] or str(words["key"]).startswith(_TONE):
            return ""  # a tone ends when there is somebody to talk to
        case "prompt" if str(words["key"]).startswith(_TONE):
            return f"The caller hears {_TONES.get(words['key'], 'a tone')}."
        case "prompt":
            return f"The line says: {words['text']}{' (cut short at once)' * bool(words['cut'])}"
        case "outcome":
            following = f", and {words['next']} follows" if words["next"] else ""
            return f"Step {words['step']} ends: {words['outcome']}{following}."
    if sentence := _template(event.kind, words):
        return sentence.format_map(words)
    known = ", ".join(f"{key} {value}" for key, value in event.details.items())
    return f"{event.kind}: {known}." if known else f"{event.kind}."


def _template(kind: str, words: Mapping[str, Any]) -> str | None:
    match kind:
        case "refused":  # the call, or something that its caller has asked for
            return _REFUSED if words["code"] else "The line refuses that: {reason}."
        case "night" if not words["until"]:
            return "The schedule {schedule} follows its hours again."
        case "reached":
            return _REACHED.get(words["reach"])
        case "handed-over":
            return _HANDED_OVER.get(words["how"])
    return _SENTENCES.get(kind)


def _beginning(call: CallRow) -> str:
    over = f" over the trunk {call.trunk}" if call.trunk else ""
    return f"{call.caller or 'A hidden number'} calls {call.called}{over}."


def _at(milliseconds: int) -> str:
    minutes, left = divmod(milliseconds, 60_000)
    return f"+{minutes:02}:{left / 1000:06.3f}"


def sound(quality: Mapping[str, Any]) -> str:
    """Return how the audio of a leg arrived, in one line."""
    parts = [quality["codec"]]
    if quality["mos"] is not None:
        parts.append(f"MOS {quality['mos']:.1f}")
    if not quality["rx_packets"]:
        parts.append("nothing came in")
    else:
        parts.append(f"lost {quality['rx_lost']} of {quality['rx_packets'] + quality['rx_lost']}")
    if quality["tx_lost"] is not None:
        parts.append(f"on the way out {quality['tx_lost']} of {quality['tx_packets']}")
    if quality["rx_jitter_ms"] is not None:
        parts.append(f"jitter {quality['rx_jitter_ms']:.1f} ms")
    if quality["rtt_ms"] is not None:
        parts.append(f"round trip {quality['rtt_ms']:.0f} ms")
    if quality["rx_silent"]:
        parts.append("only silence came")
    return ", ".join(parts)


def length(seconds: float) -> str:
    """Return seconds as minutes and seconds."""
    minutes, left = divmod(round(seconds), 60)
    return f"{minutes}:{left:02}"
