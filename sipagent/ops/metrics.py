"""What Prometheus sees of the line: counters and histograms of calls, and its present state."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from sipagent import __version__
from sipagent.tasks import Standing

CONTENT_TYPE = CONTENT_TYPE_LATEST

_SETUP = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
_SPEECH = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15)
_LENGTH = (5, 15, 30, 60, 120, 300, 600, 1800, 3600)
_JITTER = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)
_RATIO = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
_ROUND_TRIP = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1)
_MOS = (1.5, 2, 2.5, 3, 3.2, 3.4, 3.6, 3.8, 4, 4.1, 4.2, 4.3, 4.4, 4.5)
#: States of a trunk in which it takes calls.
WORKING = frozenset({"registered", "static"})


class TrunkState(Protocol):
    """Where the registration of a trunk stands."""

    @property
    def name(self) -> str:
        """Its name in agent.toml."""

    @property
    def state(self) -> str:
        """One of registered, trying, failed, unregistered, and static (needs none)."""

    @property
    def since(self) -> datetime:
        """When it came into that state."""

    @property
    def expires(self) -> int | None:
        """Seconds that the registrar has granted."""

    @property
    def reason(self) -> str:
        """The registrar's words, or why there are none."""

    @property
    def server(self) -> str:
        """The registrar."""


class Quality(Protocol):
    """How the audio of a call arrived; ``sipagent.telephony.leg.Quality`` fits.

    Jitter and round trip are milliseconds; what is not known is None.
    """

    @property
    def mos(self) -> float | None: ...
    @property
    def rx_packets(self) -> int: ...
    @property
    def rx_lost(self) -> int: ...
    @property
    def rx_jitter_ms(self) -> float | None: ...
    @property
    def tx_packets(self) -> int: ...
    @property
    def tx_lost(self) -> int | None: ...
    @property
    def rtt_ms(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class State:
    """The line at this moment; counts since the start of the daemon."""

    ready: bool = False
    calls: int = 0
    trunks: Sequence[TrunkState] = ()
    #: Calls and requests that were turned away, by reason.
    refused: Mapping[str, int] = field(default_factory=dict)
    #: Places where phones are registered, and attempts to register that were refused, by reason.
    phones: int = 0
    phones_refused: Mapping[str, int] = field(default_factory=dict)
    #: Lamps that phones have subscribed to.
    lamps: int = 0
    #: Messages in the outbox by what becomes of them: waiting, failed.
    outbox: Mapping[str, int] = field(default_factory=dict)
    #: What the daemon does for as long as it runs.
    tasks: Sequence[Standing] = ()


class Metrics:
    """All metrics of one daemon, in a registry of their own.

    What happens is counted as it happens; what is, is read from ``state`` by a scrape.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        #: Replaced before each scrape.
        self.state = State()
        self._calls = Counter(
            "sipagent_calls",
            "Calls that are over, by who ended them and how they went",
            ("ended_by", "outcome"),
            registry=self.registry,
        )
        self._no_audio = Counter(
            "sipagent_calls_without_audio",
            "Answered calls from which not one RTP packet came",
            registry=self.registry,
        )
        self._length = self._histogram(
            "sipagent_call_duration_seconds", "From the answer to the end", _LENGTH
        )
        self._setup = self._histogram(
            "sipagent_call_setup_seconds", "From INVITE to 200 OK of an answered call", _SETUP
        )
        self._first_words = self._histogram(
            "sipagent_call_first_words_seconds", "From INVITE to the first prompt", _SETUP
        )
        self._speech = self._histogram(
            "sipagent_speech_seconds",
            "How long a caller waited for a clip, by whether it was in the cache",
            _SPEECH,
            ("cache",),
        )
        self._jitter = self._histogram(
            "sipagent_rtp_jitter_seconds", "Mean jitter of the RTP of a call", _JITTER
        )
        self._loss = self._histogram(
            "sipagent_rtp_loss_ratio",
            "Share of the RTP packets of a call that were lost, rx: from the caller, tx: to it",
            _RATIO,
            ("direction",),
        )
        self._round_trip = self._histogram(
            "sipagent_rtp_round_trip_seconds", "Mean round trip of a call (RTCP)", _ROUND_TRIP
        )
        self._mos = self._histogram(
            "sipagent_call_mos", "Estimated opinion score of a call, 1 to 4.5 (ITU-T G.107)", _MOS
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(_StateCollector(self))

    def call_over(
        self,
        ended_by: str,
        outcome: str,
        *,
        setup: float | None = None,
        first_words: float | None = None,
        length: float | None = None,
        quality: Quality | None = None,
    ) -> None:
        """Count a call.

        Args:
            ended_by: as in its record.
            outcome: as in its record.
            setup: seconds from INVITE to 200 OK; None for a call that was not answered.
            first_words: seconds from INVITE until the first prompt began.
            length: seconds from the answer to the end.
            quality: how its audio arrived.
        """
        self._calls.labels(ended_by, outcome).inc()
        if setup is not None:
            self._setup.observe(setup)
        if first_words is not None:
            self._first_words.observe(first_words)
        if length is not None:
            self._length.observe(length)
        if quality is not None:
            self._heard(quality)

    def spoken(self, cached: bool, seconds: float) -> None:
        """Count a clip that a caller waited for so long."""
        self._speech.labels("hit" if cached else "miss").observe(seconds)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format; for use in a thread."""
        return generate_latest(self.registry)

    def _heard(self, quality: Quality) -> None:
        if not quality.rx_packets:
            self._no_audio.inc()
        else:
            lost = quality.rx_lost / (quality.rx_packets + quality.rx_lost)
            self._loss.labels("rx").observe(lost)
        if quality.tx_lost is not None and quality.tx_packets:
            self._loss.labels("tx").observe(min(quality.tx_lost / quality.tx_packets, 1.0))
        if quality.rx_jitter_ms is not None:
            self._jitter.observe(quality.rx_jitter_ms / 1000)
        if quality.rtt_ms is not None:
            self._round_trip.observe(quality.rtt_ms / 1000)
        if quality.mos is not None:
            self._mos.observe(quality.mos)

    def _histogram(
        self, name: str, text: str, buckets: Sequence[float], labels: Sequence[str] = ()
    ) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, registry=self.registry)


class _StateCollector:
    """Reads the present state when Prometheus asks."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        """Yield a family for each part of the state."""
        state = self._metrics.state
        build = GaugeMetricFamily("sipagent_build_info", "The program", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        yield GaugeMetricFamily("sipagent_active_calls", "Live calls", state.calls)
        yield GaugeMetricFamily("sipagent_ready", "1: new calls are taken", int(state.ready))
        trunks = GaugeMetricFamily(
            "sipagent_trunk_up", "1: calls can come over that trunk", labels=["trunk"]
        )
        for trunk in state.trunks:
            trunks.add_metric([trunk.name], int(trunk.state in WORKING))
        yield trunks
        refused = CounterMetricFamily(
            "sipagent_refused", "Calls and requests turned away, by reason", labels=["reason"]
        )
        for reason, count in state.refused.items():
            refused.add_metric([reason], count)
        yield refused
        yield GaugeMetricFamily(
            "sipagent_phones_registered", "Places where phones are registered", state.phones
        )
        unregistered = CounterMetricFamily(
            "sipagent_registrations_refused", "REGISTERs refused, by reason", labels=["reason"]
        )
        for reason, count in state.phones_refused.items():
            unregistered.add_metric([reason], count)
        yield unregistered
        yield GaugeMetricFamily(
            "sipagent_lamps_watched", "Lamps that phones have subscribed to", state.lamps
        )
        outbox = GaugeMetricFamily(
            "sipagent_outbox_messages", "Messages that wait or have failed", labels=["state"]
        )
        for name, count in state.outbox.items():
            outbox.add_metric([name], count)
        yield outbox
        up = GaugeMetricFamily("sipagent_task_up", "1: that part goes on", labels=["task"])
        failures = CounterMetricFamily(
            "sipagent_task_failures", "How often a part had to be started again", labels=["task"]
        )
        for one in state.tasks:
            up.add_metric([one.name], int(one.well))
            failures.add_metric([one.name], one.failures)
        yield up
        yield failures
