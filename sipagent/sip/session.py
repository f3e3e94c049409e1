"""One call inside the PJSIP thread: its state, its audio and its keys."""

import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import ClassVar

import pjsua2 as pj

from sipagent.errors import CallError
from sipagent.sip import headers, referrals
from sipagent.sip.bridge import NOWHERE
from sipagent.sip.codecs import narrowed, offered
from sipagent.sip.farewells import LastWords
from sipagent.sip.guard import Guarded, guarded
from sipagent.sip.mixer import Link, Mixer
from sipagent.sip.outgoing import header, reason_field
from sipagent.sip.players import Loop, Player
from sipagent.sip.quality import Stream, read_stream, sum_up
from sipagent.sip.refusal import reason_of
from sipagent.sip.session_events import SessionEvents
from sipagent.sip.tap import Tap
from sipagent.sip.thread import PjThread, explain
from sipagent.telephony.outcome import Cause

#: PJMEDIA_STREAM_DTMF_IS_UPDATE, which the binding does not export: the key is known already.
_UPDATE = 1
#: Level (0 to 100) of digital silence.
_SILENCE = 0
#: With which codes a call that came in ends before its ACK where the far end gives up: CANCEL
#: (RFC 3261, section 9.2), or none comes (13.3.1.4). All others are refusals of ours.
_GIVEN_UP = frozenset({487, 408})
#: Besides PJSIP's own numbers for RFC 4733 and INFO: the way of keys that are heard as tones.
_IN_BAND = -1
_log = logging.getLogger(__name__)


def audio_only() -> pj.CallOpParam:
    """Return the parameters of an offer or answer with one audio stream and nothing else.

    A text stream (RFC 4103), which the library would add, has sockets and a thread of its own;
    waiting for its end holds up all other calls for 60 ms or more.
    """
    prm = pj.CallOpParam(True)
    prm.opt.audioCount, prm.opt.videoCount, prm.opt.textCount = 1, 0, 0
    return prm


class Session(Guarded, pj.Call):  # type: ignore[misc]
    """A call of pjsua2; lives, acts and dies in the PJSIP thread only."""

    answers: ClassVar[dict[str, int]] = {"onCallRedirected": int(pj.PJSIP_REDIRECT_REJECT)}

    def __init__(
        self,
        thread: PjThread,
        account: pj.Account,
        call_id: int,
        mixer: Mixer,
        last_words: LastWords,
        gone: Callable[["Session"], None],
    ) -> None:
        super().__init__(account, call_id)
        self.thread = thread
        self.account = account
        self.mixer = mixer
        self._last_words = last_words
        self._gone = gone
        self.events: SessionEvents | None = None
        #: The call's id in records and in the log, once it has one.
        self.name = ""
        self.keys_seen = 0
        self.over = False
        #: Whether the far end has acknowledged the answer, or we the far end's.
        self.confirmed = False
        self._audio: pj.AudioMedia | None = None
        self._audio_index = 0
        #: Whether the far end takes what is sent to it now.
        self._hears = False
        self._held = False
        self._told = False
        self._hung_up_here = False
        #: Codecs that it is to be answered with, the preferred one first.
        self._wanted: Sequence[str] = ()
        #: Why the answer to an INVITE failed; empty where it did not.
        self._refused = ""
        self._player: Player | None = None
        self._interruptible = False
        #: Whether somebody waits for a REFER of the far end.
        self._referable = False
        self._recorder: pj.AudioMediaRecorder | None = None
        #: The RTP streams so far, by when they began, as they were last seen.
        self._streams: dict[tuple[int, int], Stream] = {}
        #: Whether anything but silence came; None while nobody has listened.
        self._heard: bool | None = None
        self._tap: Tap | None = None
        #: Lets the bridge measure what comes; it reads nobody whom no one hears.
        self._listening = Link(self, NOWHERE)
        #: The way in which this call's first key came; keys that come in another are the same
        #: ones once more.
        self._way: int | None = None
        mixer.add(self)
        mixer.declare(self._listening)

    def label(self) -> dict[str, str]:
        """See Guarded."""
        return {"call_id": self.name}

    def give_up(self) -> None:
        """End the call: it may have missed what it was waiting for."""
        if self.isActive():
            prm = pj.CallOpParam(True)
            prm.statusCode = pj.PJSIP_SC_INTERNAL_SERVER_ERROR
            with contextlib.suppress(pj.Error):
                self._hang_up(prm)
        elif not self.over:
            self._end(pj.PJSIP_SC_INTERNAL_SERVER_ERROR, "a fault of this line")

    # What PJSIP tells

    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        """Follow the INVITE session (RFC 3261, sections 12 to 15)."""
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY:
            self._last_words.note(self.getId(), str(info.callIdString))
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.confirmed = True
            self._last_words.note(self.getId(), str(info.callIdString))
            self._tell_confirmed()
            self._hold(on=not self._hears)
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._last_words.forget(str(info.callIdString))
            code = int(info.lastStatusCode)
            if info.role == pj.PJSIP_ROLE_UAS and not self.confirmed and code not in _GIVEN_UP:
                self._hung_up_here = True
            self._end(code, self._refused or str(info.lastReason))

    def onCallSdpCreated(self, prm: pj.OnCallSdpCreatedParam) -> None:
        """Answer an offer in the first of the codecs that this call is wanted to have, if any."""
        if self._wanted and prm.remSdp.wholeSdp:
            there = offered(str(prm.remSdp.wholeSdp))
            wanted = [one for one in self._wanted if one in there]
            prm.sdp.wholeSdp = narrowed(str(prm.sdp.wholeSdp), wanted)

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        """Take the audio as it is now: hold, resume or a new codec change its bridge slot."""
        info = self.getInfo()
        self._audio, self._hears = None, False
        # The list leaves out what PJSIP does not know, such as T.38; streams are counted by SDP.
        for place, media in enumerate(info.media):
            usable = media.status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD)
            # Where nobody sends (a=inactive), there is no place in the bridge.
            connected = media.audioConfSlot != pj.PJSUA_INVALID_ID
            if media.type == pj.PJMEDIA_TYPE_AUDIO and usable and connected:
                self._audio, self._audio_index = self.getAudioMedia(place), int(media.index)
                self._hears = bool(media.dir & pj.PJMEDIA_DIR_ENCODING)
                self._choose_ways(self._audio_index)
                break
        self._hold(on=self.confirmed and not self._hears)
        self.mixer.place(self, self._slot())
        self._tell_confirmed()
        if self._audio is not None and not self.confirmed and self.events is not None:
            self.thread.emit(self.events.early)

    def onStreamDestroyed(self, prm: pj.OnStreamDestroyedParam) -> None:
        """Take the measure of a stream that ends with its slot: by BYE, hold, or a new offer."""
        self._measure()
        self.mixer.place(self, None)

    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:
        """Follow a REFER of ours; its code tells more than ``finalNotify``, which may be wrong."""
        if self.events is not None:
            self.thread.emit(self.events.referred, int(prm.statusCode), str(prm.reason))

    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:
        """Take a REFER where somebody waits for one, who goes on; else it is declined."""
        if not self._referable or self.events is None:
            return
        referral = referrals.asked(str(prm.dstUri))
        prm.statusCode = pj.PJSIP_SC_ACCEPTED if referral else pj.PJSIP_SC_BAD_REQUEST
        if referral is not None:
            self._referable = False
            self.thread.emit(self.events.asked, referral)

    def onCallRedirected(self, prm: pj.OnCallRedirectedParam) -> int:
        """Follow nobody (RFC 3261, section 8.1.3.4): whoever dials knows where it may go.

        ``targetUri`` lacks the port.
        """
        if self.events is not None:
            message = headers.Message(str(prm.e.body.tsxState.src.rdata.wholeMsg))
            self.thread.emit(self.events.moved, headers.moved_to(message))
        return int(pj.PJSIP_REDIRECT_REJECT)  # the call ends with the code that came

    def onDtmfEvent(self, prm: pj.OnDtmfEventParam) -> None:
        """Take a key once: only its first report carries no flag but the end."""
        if not prm.flags & _UPDATE:
            self._take_key(str(prm.digit), int(prm.method))

    # What it is told to do

    def play(self, path: str, token: int, interruptible: bool, keys_known: int) -> None:
        """Play a file; a key that the asyncio loop does not know of yet cuts it at once."""
        self._stop_player()
        if self.over:
            return
        if interruptible and self.keys_seen > keys_known:
            self._tell_played(token, True)
            return
        self._player = Player(self.thread, path, token, self.finish)
        self._interruptible = interruptible
        self.mixer.add(self._player, self._player.getPortId())
        self.mixer.declare(Link(self._player, self))

    @guarded
    def finish(self, token: int, cut: bool) -> None:
        """End the player with that token, if it still plays."""
        if self._player is None or self._player.token != token:
            return
        self._stop_player()
        self._tell_played(token, cut)

    def start_recording(self, path: str) -> None:
        """Write what the far end says to a mono 16-bit WAV file."""
        self.stop_recording()
        if self.over:
            return
        recorder = pj.AudioMediaRecorder()
        try:
            recorder.createRecorder(path)
        except pj.Error as error:
            raise CallError(f"{path}: cannot record: {explain(error)}") from None
        self._recorder = recorder
        self.mixer.add(recorder, recorder.getPortId())
        self.mixer.declare(Link(self, recorder))

    def stop_recording(self) -> None:
        """Close that file; PJMEDIA's clock thread completes it a frame or two later."""
        if self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            self._take_out(recorder)

    def refer(self, target: str) -> None:
        """Ask the far end to call somebody else in place of us (REFER, RFC 3515)."""
        if not self.over:
            self.xfer(target, pj.CallOpParam(True))

    def put_through(self, other: "Session") -> None:
        """Ask the far end to call that of another call in its place (RFC 3891, RFC 5589)."""
        if not (self.over or other.over):
            self.xferReplaces(other, pj.CallOpParam(True))

    def let_wait(self) -> None:
        """Hold the far end (RFC 3264, section 8.4)."""
        if not self.over:
            self.setHold(pj.CallOpParam(True))

    def be_back(self) -> None:
        """Hold it no longer."""
        if not self.over:
            prm = audio_only()
            prm.opt.flag = pj.PJSUA_CALL_UNHOLD
            self.reinvite(prm)

    def wait_for_referral(self, on: bool) -> None:
        """Take the next REFER of the far end, or no one any more."""
        self._referable = on

    def repeat(self, loop: Loop, link: Link) -> None:
        """Let the far end hear a loop, by a link that goes from it to here."""
        if self in self.mixer:
            loop.start(self.mixer)
            self.mixer.declare(link)

    def received(self) -> int:
        """Return how many RTP packets of the far end have come over its present stream."""
        if self._audio is None or self.over:
            return 0
        stat = self.getStreamStat(self._audio_index)
        rtcp = stat.rtcp
        received = rtcp.rxStat
        return int(received.pkt)

    def level(self) -> int:
        """Return the level of what the far end sends just now, 0 (silence) to 100.

        pjsua2 names the two levels from the other side than the bridge does.
        """
        return int(self._audio.getTxLevel()) if self._audio is not None and not self.over else 0

    @guarded
    def listen(self) -> None:
        """Note whether there is anything to hear just now; who was heard once is heard."""
        if self._audio is None or self._heard:
            return
        self._heard = self.level() > _SILENCE
        if self._heard:
            self.mixer.withdraw(self._listening)

    def press(self, digit: str) -> None:
        """Send one key as telephone-event (RFC 4733).

        Raises:
            CallError: the far end takes none, or has no audio just now.
        """
        if self.over:
            return
        try:
            self.dialDtmf(digit)
        except pj.Error as error:
            raise CallError(f"the key {digit} cannot be sent: {explain(error)}") from None

    def refuse(self, code: int, retry_after: int | None = None) -> None:
        """Answer an INVITE with a failure."""
        if self.over:
            return
        prm = pj.CallOpParam(True)
        prm.statusCode = code
        if retry_after is not None:
            prm.txOption.headers.append(header("Retry-After", str(retry_after)))
        self._hung_up_here = True
        self.answer(prm)

    def accept(self, codecs: Sequence[str] = ()) -> None:
        """Answer an INVITE with 200 OK; in the first of some codecs that was offered, if any."""
        if not self.over:
            prm = audio_only()
            prm.statusCode = pj.PJSIP_SC_OK
            self._wanted = codecs
            try:
                self.answer(prm)
            except pj.Error as error:  # an offer that was good enough until now
                self._refused = reason_of(explain(error))
                _log.warning("a call cannot be answered: %s", explain(error))
                with contextlib.suppress(pj.Error):
                    self.end()

    def ring(self) -> None:
        """Answer an INVITE with 180 Ringing."""
        if not self.over:
            prm = audio_only()
            prm.statusCode = pj.PJSIP_SC_RINGING
            self.answer(prm)

    def end(self, cause: Cause | None = None) -> None:
        """Hang up: BYE, CANCEL, or a refusal before the answer; ``cause`` goes along (RFC 3326)."""
        if self.over or self._hung_up_here:
            return
        self._stop_player()
        prm = pj.CallOpParam(True)
        if cause is not None:
            prm.txOption.headers.append(header("Reason", reason_field(cause)))
        self._hang_up(prm)

    def _hang_up(self, prm: pj.CallOpParam) -> None:
        self._hung_up_here = True
        self._measure()  # PJSIP tells nothing of a stream that we end ourselves
        self.mixer.remove(self)
        self.hangup(prm)

    def _measure(self) -> None:
        """Read the stream as it is now, while it is there."""
        if self._audio is None:
            return
        with contextlib.suppress(pj.Error):  # it is gone: what was read before counts
            began, stream = read_stream(self, self._audio_index)
            self._streams[began] = stream

    def _hold(self, *, on: bool) -> None:
        """Let the prompt wait while nobody hears it; after that it begins anew.

        What a phone sends while it holds, such as music, is neither recorded nor searched for
        keys; only the partner of a bridged call hears it. See docs/decisions/014-hold.md.
        """
        if on == self._held:
            return
        self._held = on
        if self._player is not None and not on:
            self._player.setPos(0)
        self.mixer.hold(self, on=on)
        if self.events is not None:
            self.thread.emit(self.events.held, on)

    def _slot(self) -> int | None:
        """Return where this call is in the bridge; None: nowhere."""
        return None if self._audio is None else int(self._audio.getPortId())

    def _choose_ways(self, index: int) -> None:
        """Listen for tones where the far end has not said that it can do better (RFC 4733).

        A new offer may bring another phone, so the first key decides anew after a change.
        """
        stream = self.getStreamInfo(index)
        if self.events is not None:
            self.thread.emit(self.events.talks, str(stream.codecName).upper())
        needed = stream.audTxEventPt <= 0  # what the far end says it takes, it can send
        if needed == (self._tap is not None):
            return
        self._way = None
        self._stop_tap()
        if needed:
            self._tap = Tap(self.thread, self._hear_key)
            self.mixer.add(self._tap, self._tap.getPortId())
            self.mixer.declare(Link(self, self._tap))

    @guarded
    def _hear_key(self, digit: str) -> None:
        if self._tap is not None:
            self._take_key(digit, _IN_BAND)

    def _take_key(self, digit: str, way: int) -> None:
        """Tell a key, and end the prompt that it interrupts; see docs/decisions/008."""
        self._way = way if self._way is None else self._way
        if way != self._way:
            return
        self.keys_seen += 1
        if self._player is not None and self._interruptible:
            self.finish(self._player.token, True)
        if self.events is not None:
            self.thread.emit(self.events.key, digit)

    def _stop_player(self) -> None:
        if self._player is not None:
            player, self._player = self._player, None
            self._take_out(player)

    def _silent(self) -> bool | None:
        return None if self._heard is None else not self._heard

    def _stop_tap(self) -> None:
        if self._tap is not None:
            tap, self._tap = self._tap, None
            self._take_out(tap)

    def _take_out(self, end: Player | pj.AudioMediaRecorder | Tap) -> None:
        """Let nothing in or out of what belongs to the call, and end it."""
        self.mixer.remove(end)
        self.thread.bury(end)

    def _tell_confirmed(self) -> None:
        if self.confirmed and self._audio is not None and not self._told and self.events:
            self._told = True
            self.thread.emit(self.events.confirmed)

    def _tell_played(self, token: int, cut: bool) -> None:
        if self.events is not None:
            self.thread.emit(self.events.played, token, cut)

    def _end(self, code: int, reason: str) -> None:
        self.over = True
        quality = None
        try:
            self._let_go()
            quality = sum_up(self._streams.values(), self._silent())
        finally:  # whoever waits for the end is told of it in any case
            events, self.events = self.events, None
            if events is not None:
                self.thread.emit(events.ended, not self._hung_up_here, code, reason, quality)
            self._gone(self)
            self.thread.bury(self)

    def _let_go(self) -> None:
        """Give back what belongs to the call."""
        self._audio = None
        self.mixer.place(self, None)
        self.mixer.remove(self)
        self._stop_player()
        self.stop_recording()
        self._stop_tap()
