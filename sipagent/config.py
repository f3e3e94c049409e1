"""agent.toml: every setting of the daemon, with its default and its meaning."""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, PrivateAttr, model_validator

from sipagent import shipped, times, toml
from sipagent.config_billing import BillingSection
from sipagent.config_helpdesk import HelpdeskSection
from sipagent.config_panel import PanelSection
from sipagent.config_sections import PasswordSection, Section
from sipagent.config_texts import TextsSection
from sipagent.config_types import (
    Address,
    Codec,
    Host,
    Nameserver,
    Network,
    NumberOrUser,
    Place,
    PlaceOrNone,
    Prefix,
    Registrar,
    Srtp,
    TimeZone,
    VerstatPolicy,
)
from sipagent.config_webhooks import WebhooksSection

#: Where settings stand, as long as nobody says otherwise.
FILE = Path("agent.toml")


#: Networks that are nobody's on the Internet: this machine, and the house around it.
_AT_HOME = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)


class SipSection(Section):
    """``[sip]``: where the line listens, who may call it, and what it can bear."""

    address: Address = "0.0.0.0"
    #: Address for IPv6, such as ``::``; without it the line speaks IPv4 only.
    ipv6_address: Address | None = None
    port: int = Field(5060, ge=0, le=65535)
    transports: tuple[Literal["udp", "tcp", "tls"], ...] = Field(("udp", "tcp"), min_length=1)
    tls_port: int = Field(5061, ge=0, le=65535)
    #: The line's own certificate with its chain, and its key: PEM files.
    certificate: Path | None = None
    private_key: Path | None = None
    #: Whose certificates are believed (PEM); without it those of the system.
    authorities: Path | None = None
    #: Encrypted audio (SDES, RFC 4568) of callers who come without a trunk.
    srtp: Srtp = "optional"
    #: Networks whose callers reach the line. Trunks do anyway; nobody else gets any answer.
    allow: tuple[Network, ...] = _AT_HOME
    #: Whether everybody on the Internet may call, within the two limits that follow.
    direct: bool = False
    #: Messages a second from one address of a direct caller, and ten times as many at once.
    direct_rate: float = Field(10.0, gt=0)
    #: Calls at the same time from one address of a direct caller.
    direct_calls: int = Field(2, ge=1)
    #: Whose phones may register: those of ``allow``, or everybody's who has the password.
    registering: Literal["allowed", "anywhere"] = Field("allowed", alias="register")
    #: Hashes that phones are asked for, the preferred one first (RFC 8760).
    digests: tuple[Literal["SHA-256", "MD5"], ...] = Field(("SHA-256", "MD5"), min_length=1)
    #: Places at a time where one account of a phone is reached; the oldest one makes room.
    contacts: int = Field(10, ge=1, le=20)
    #: Whether phones are told of messages that wait, though they have not subscribed (RFC 3842).
    unsolicited_mwi: bool = False
    #: Address to write into SIP and SDP when it differs from ``address`` (NAT).
    public_address: Address | None = None
    rtp_first_port: int = Field(10000, ge=1024, le=65000)
    #: 4 ports a call: RTP and RTCP, and room for those that are just closing.
    rtp_ports: int = Field(20000, ge=16, le=60000)
    max_calls: int = Field(500, ge=1)
    codecs: tuple[Codec, ...] = Field(("PCMA/8000", "PCMU/8000"), min_length=1)
    #: Seconds in which each call is confirmed anew, else it is over (RFC 4028).
    session_timer: int = Field(1800, ge=90, le=86400)
    #: Peers whose P-Asserted-Identity is believed: the trunk, never the open Internet.
    trusted: tuple[Network, ...] = ()
    user_agent: str = "sipagent"
    #: In which the passwords of phones hold (RFC 7616); with another one they are made anew.
    realm: str = Field("sipagent", pattern=r"^[A-Za-z0-9.-]{1,64}$")
    #: DNS servers to ask for carriers, ``192.0.2.53`` or with a port; without them the system's.
    nameservers: tuple[Nameserver, ...] = ()

    @model_validator(mode="after")
    def _ports_fit(self) -> "SipSection":
        if self.rtp_first_port + self.rtp_ports > 65536:
            raise ValueError("rtp_first_port + rtp_ports go beyond port 65535")
        return self

    @model_validator(mode="after")
    def _certificate_and_key(self) -> "SipSection":
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("certificate and private_key belong together")
        return self


class TrunkSection(PasswordSection):
    """``[[trunk]]``: a carrier's line."""

    name: str = Field(min_length=1)
    #: The carrier's domain, ``sip:example.com``; with a port no SRV record is asked for.
    registrar: Registrar
    #: Whether to register there (RFC 3261, section 10); otherwise the carrier knows our address.
    register_there: bool = Field(True, alias="register")
    user: str = Field(min_length=1)
    auth_user: str = ""
    transport: Literal["udp", "tcp", "tls"] = "udp"
    #: Outbound proxies, ``host`` or ``host:port``, the first one preferred.
    servers: tuple[Place, ...] = ()
    #: Seconds between registrations.
    expires: int = Field(300, ge=60, le=7200)
    #: Seconds between two OPTIONS, which tell whether the carrier is there; 0: none.
    ping: int = Field(30, ge=0, le=3600)
    #: Networks that its calls come from, besides the addresses of its servers.
    addresses: tuple[Network, ...] = ()
    #: Whether its P-Asserted-Identity is believed (RFC 3325, section 2.3).
    trusted: bool = True
    #: How far its check of calling numbers counts (``verstat``, STIR/SHAKEN): not at all; a number
    #: that failed is none; or only a number that passed is one.
    verstat: VerstatPolicy = "ignore"
    #: Encrypted audio (SDES, RFC 4568).
    srtp: Srtp = "off"
    #: Where it looks for the caller's number in calls of the line: From, P-Asserted-Identity,
    #: P-Preferred-Identity (RFC 3325), Remote-Party-ID.
    shows_number_in: tuple[Literal["from", "pai", "ppi", "rpid"], ...] = ("pai",)
    #: Beginnings of numbers that go over it rather than over trunks that stand before it.
    prefers: tuple[Prefix, ...] = ()
    #: Who puts its callers through; without it as ``[transfer]`` says.
    transfer: Literal["refer", "bridge"] | None = None
    #: What its callers hear; without it that of ``[line]``.
    scenario: str = ""
    #: Number → scenario, where calls to some numbers go elsewhere.
    numbers: dict[NumberOrUser, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sips_is_tls(self) -> "TrunkSection":
        if self.registrar.startswith("sips:") and self.transport != "tls":
            raise ValueError('a sips: registrar needs transport = "tls"')
        return self

    @model_validator(mode="after")
    def _verstat_is_trusted(self) -> "TrunkSection":
        if self.verstat != "ignore" and not self.trusted:
            raise ValueError("verstat counts only where trusted = true")
        return self


class LineSection(Section):
    """``[line]``: what happens to a call."""

    scenario: str = "infolinia"
    #: Country that a number without prefix belongs to.
    country: str = Field("PL", pattern=r"^[A-Z]{2}$")
    #: Where office hours and dates are: a name of the IANA time zone database.
    timezone: TimeZone = "Europe/Warsaw"
    #: Longest call in seconds; then a goodbye and BYE.
    longest_call: int = Field(3600, ge=10)
    #: Seconds that live calls get to finish after SIGTERM.
    drain: int = Field(60, ge=0)

    @property
    def zone(self) -> ZoneInfo:
        """Where the line is."""
        return ZoneInfo(self.timezone)

    def local(self, moment: datetime | str) -> datetime:
        """Return a moment with an offset, such as one of the records, as clocks there show it."""
        return times.in_zone(moment, self.zone)


class SpeechSection(Section):
    """``[speech]``: voices and the clip cache."""

    workers: int = Field(1, ge=1, le=16)
    #: Seconds that a caller waits for a sentence, and hears so; then the call ends with an apology.
    timeout: float = Field(60.0, gt=0)
    cache_megabytes: int = Field(256, ge=8)


class LoginSection(Section):
    """``[login]``: how often a caller may err."""

    #: Failures of one calling number or login before it has to wait.
    failures: int = Field(5, ge=1)
    #: First wait in seconds; it doubles with each further failure.
    wait: int = Field(60, ge=1)
    longest_wait: int = Field(86400, ge=1)
    #: Wrong PINs of all callers together within an hour; then none is taken until it is over.
    pin_failures_per_hour: int = Field(60, ge=1)

    def wait_after(self, failures: int) -> int:
        """Return the seconds that one has to wait after so many failures in a row."""
        beyond = failures - self.failures
        # 2**40 seconds are longer than any wait; a long streak must not overflow.
        return min(self.wait * 2 ** min(beyond, 40), self.longest_wait) if beyond >= 0 else 0


class MailSection(PasswordSection):
    """``[mail]``: how messages leave; without a server they land in ``paths.maildir``."""

    #: Host name of the SMTP server (RFC 5321).
    server: Host = ""
    port: int = Field(587, ge=1, le=65535)
    #: STARTTLS (RFC 3207), TLS from the first byte (RFC 8314), or nothing.
    security: Literal["starttls", "tls", "none"] = "starttls"
    #: Certificates to trust instead of the system's: a PEM file.
    certificates: Path | None = None
    user: str = ""
    #: Address that messages come from, and the name beside it.
    sender: str = Field("infolinia@localhost", pattern=r"^[^@\s<>]+@[^@\s<>]+$")
    sender_name: str = "Infolinia"
    #: Seconds after which a silent server is given up.
    timeout: float = Field(30.0, gt=0)
    #: Seconds before the second attempt; each further wait is twice as long, up to the longest.
    first_retry: int = Field(60, ge=1)
    longest_retry: int = Field(3600, ge=1)
    #: Hours after which a message that nobody takes is given up.
    give_up: int = Field(72, ge=1)
    #: Messages that one owner may cause within an hour.
    per_owner: int = Field(10, ge=1)


class TranscriptionSection(Section):
    """``[transcription]``: turning dictated requests into text, on this machine."""

    enabled: bool = True
    #: Whisper model: a name such as ``base`` or ``small``, or a directory with a model.
    model: str = "base"
    #: Processor cores that it may use.
    threads: int = Field(1, ge=1, le=64)
    #: Seconds of processor time after which a transcription is given up.
    timeout: float = Field(300.0, gt=0)


class TransferSection(Section):
    """``[transfer]``: where calls may be put through to, and how."""

    #: ``bridge``: always the line itself, with a second leg; ``refer``: the carrier does it
    #: (RFC 3515), or where it refuses, the line. Most carriers do not bring a caller back whom
    #: they could not put through.
    method: Literal["refer", "bridge"] = "bridge"
    #: Seconds that a target may ring.
    ring: float = Field(30.0, ge=5, le=180)
    #: Whose number the target sees on a second leg: the line's or the caller's.
    show: Literal["line", "caller"] = "caller"
    #: The line's own number, E.164 or the user part of a SIP URI.
    number: NumberOrUser = ""
    #: First digits of the numbers that may be called.
    allow: tuple[str, ...] = ("+48",)
    #: Premium, shared-cost and other numbers that are dear to call.
    premium: bool = False
    #: Host names or addresses of SIP URIs that may be called.
    hosts: tuple[Place, ...] = ()
    #: Host that numbers are called at; without it the trunk's registrar.
    gateway: PlaceOrNone = ""


class RetentionSection(Section):
    """``[retention]``: days after which the daemon deletes what it kept; 0 is for ever."""

    recordings: int = Field(90, ge=0)
    transcripts: int = Field(365, ge=0)
    #: Requests, from the last thing that was added to them, whether they are closed or not.
    tickets: int = Field(1095, ge=0)
    calls: int = Field(365, ge=0)
    #: Messages that were sent or given up, with their attachments.
    messages: int = Field(30, ge=0)
    #: SIP messages of calls.
    traces: int = Field(14, ge=0)
    #: What was changed in the exchange.
    changes: int = Field(365, ge=0)
    #: Messages in boxes of the exchange, listened to or not.
    voicemail: int = Field(90, ge=0)
    #: Chats that are over.
    chats: int = Field(365, ge=0)
    #: Recorded conversations, with their transcripts.
    conversations: int = Field(90, ge=0)
    #: Local time of the daily clean-up.
    at: str = Field("03:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")


class ExchangeSection(Section):
    """``[exchange]``: what those hear who wait, and what a user may call over the trunks in a day.

    A user may have limits of their own; without a value there is none.
    """

    #: What those hear who wait: a WAV, MP3, OGG or FLAC file; without it the house's own.
    music: Path | None = None
    #: Seconds that a caller is parked until whoever has parked them is called.
    parked: int = Field(120, ge=10, le=3600)
    #: Minutes of all calls, and of those to other countries and to dear numbers.
    daily_minutes: int | None = Field(None, ge=0)
    daily_international: int | None = Field(60, ge=0)
    #: What they may cost, in grosze without VAT.
    daily_amount: int | None = Field(None, ge=0)
    #: How many there may be at the same time.
    calls_at_once: int | None = Field(4, ge=0)


class RecordingSection(Section):
    """``[recording]``: of conversations; who is recorded, the exchange says."""

    #: Keys that seal recordings, one a line, the newest first; without a file they are plain WAV.
    key_file: Path | None = None
    #: Name of a systemd credential (``LoadCredential=``), in place of a file.
    key_credential: str = ""
    #: Seconds after which a pause for card data ends by itself.
    longest_pause: int = Field(120, ge=10, le=3600)

    @property
    def key(self) -> Path | None:
        """Where the keys are; None: recordings are not sealed."""
        if self.key_credential:
            return Path(os.environ.get("CREDENTIALS_DIRECTORY", ""), self.key_credential)
        return self.key_file


class HttpSection(Section):
    """``[http]``: metrics and health, for monitoring; without a password."""

    enabled: bool = True
    address: Address = "127.0.0.1"
    #: 0: any free one.
    port: int = Field(9465, ge=0, le=65535)


class PathsSection(Section):
    """``[paths]``: relative ones are relative to agent.toml."""

    database: Path = Path("data/sipagent.db")
    #: As shipped; one's own stand in ``local``.
    scenarios: Path = shipped.SCENARIOS
    prompts: Path = shipped.PROMPTS
    #: Voices beside those shipped.
    voices: Path = Path("local/voices")
    #: One's own prompts, scenarios and templates, in folders of these names; they win over what
    #: is shipped.
    local: Path = Path("local")
    cache: Path = Path("data/cache")
    #: Dictated requests, messages in boxes, and greetings that were spoken for these.
    recordings: Path = Path("data/recordings")
    #: Files that come with requests and answers.
    attachments: Path = Path("data/attachments")
    #: Attachments of messages.
    outbox: Path = Path("data/outbox")
    #: Messages while ``[mail]`` has no server.
    maildir: Path = Path("data/mail")
    #: Models of the transcription.
    models: Path = Path("data/models")

    @property
    def all_prompts(self) -> tuple[Path, ...]:
        """Directories with prompts; one wins over those before it."""
        return self.prompts, self.local / "prompts"

    @property
    def announcements(self) -> Path:
        """Recordings that announcements of the exchange play."""
        return self.local / "announcements"

    @property
    def control(self) -> Path:
        """The socket over which the running line is asked and told things."""
        return self.database.with_name(f"{self.database.name}.control")

    @property
    def templates(self) -> Path:
        """One's own texts of letters; they win over those shipped."""
        return self.local / "templates"

    @property
    def all_scenarios(self) -> tuple[Path, ...]:
        """Directories with scenarios; one wins over those before it."""
        return self.scenarios, self.local / "scenarios"


class LogSection(Section):
    """``[log]``: what the daemon writes to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"
    #: Whether phone numbers, logins, keys and spoken words stand in the log as they are.
    personal: bool = False
    #: Whether the SIP messages of calls are kept for ``sipagent trace``.
    trace: bool = True
    #: Level of PJSIP's own log, 0 (silent) to 6 (every packet).
    pjsip: int = Field(1, ge=0, le=6)


class Config(Section):
    """The whole of agent.toml."""

    #: The files that it was read from; a later one wins.
    _files: tuple[Path, ...] = PrivateAttr((FILE,))

    @model_validator(mode="after")
    def _trunks_differ(self) -> "Config":
        names = [trunk.name for trunk in self.trunk]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"trunk.name: {', '.join(twice)} is the name of two trunks")
        for trunk in self.trunk:
            if trunk.transport not in self.sip.transports:
                raise ValueError(
                    f"trunk {trunk.name}: transport {trunk.transport!r} is not in sip.transports"
                )
        return self

    def scenarios(self) -> dict[str, str]:
        """Return the scenarios that callers come to, that of the line first, each with its key."""
        wanted = {self.line.scenario: f"{self.place('line', 'scenario')}: line.scenario"}
        for index, trunk in enumerate(self.trunk):
            if trunk.scenario:
                where = self.place("trunk", index, "scenario")
                wanted.setdefault(trunk.scenario, f"{where}: scenario of trunk {trunk.name}")
            for number, name in trunk.numbers.items():
                where = self.place("trunk", index, "numbers", number)
                wanted.setdefault(name, f"{where}: numbers of trunk {trunk.name}, {number}")
        return wanted

    def with_passwords(self) -> Iterator[tuple[toml.Keys, PasswordSection]]:
        """Yield the sections that may have a password, each with the way to it."""
        for index, trunk in enumerate(self.trunk):
            yield ("trunk", index), trunk
        yield ("mail",), self.mail
        yield ("helpdesk", "mail"), self.helpdesk.mail
        yield ("texts",), self.texts
        yield ("texts", "webhook"), self.texts.webhook

    def place(self, *keys: str | int) -> str:
        """Return ``file:line`` of a setting, or of the nearest table that would hold it."""
        return toml.place_in(self._files, keys)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it was read from; a later one wins."""
        return self._files

    def read_from(self, files: Sequence[Path]) -> "Config":
        """Return these settings as those of some files."""
        copy = self.model_copy()
        copy._files = tuple(files)
        return copy

    sip: SipSection = SipSection()
    trunk: tuple[TrunkSection, ...] = ()
    line: LineSection = LineSection()
    #: Language → voice: a file's name in ``paths.voices`` or an installed voice.
    voices: dict[str, str] = Field(
        default_factory=lambda: {"pl": "pl_PL-natan-low", "en": "en_US-joe-medium"}
    )
    speech: SpeechSection = SpeechSection()
    login: LoginSection = LoginSection()
    mail: MailSection = MailSection()
    texts: TextsSection = TextsSection()
    webhooks: WebhooksSection = WebhooksSection()
    transcription: TranscriptionSection = TranscriptionSection()
    transfer: TransferSection = TransferSection()
    retention: RetentionSection = RetentionSection()
    billing: BillingSection = BillingSection()
    exchange: ExchangeSection = ExchangeSection()
    recording: RecordingSection = RecordingSection()
    http: HttpSection = HttpSection()
    panel: PanelSection = PanelSection()
    helpdesk: HelpdeskSection = HelpdeskSection()
    paths: PathsSection = PathsSection()
    log: LogSection = LogSection()
