"""agent.toml in the words of PJSIP; docs/performance.md has the figures."""

from ipaddress import ip_address
from pathlib import Path

import pjsua2 as pj

from sipagent.config import SipSection, TrunkSection
from sipagent.errors import SetupError
from sipagent.sip.addresses import ANY, in_uri
from sipagent.sip.locate import Server
from sipagent.sip.pjlog import written_by

_TRANSPORTS = {
    ("udp", 4): pj.PJSIP_TRANSPORT_UDP,
    ("tcp", 4): pj.PJSIP_TRANSPORT_TCP,
    ("tls", 4): pj.PJSIP_TRANSPORT_TLS,
    ("udp", 6): pj.PJSIP_TRANSPORT_UDP6,
    ("tcp", 6): pj.PJSIP_TRANSPORT_TCP6,
    ("tls", 6): pj.PJSIP_TRANSPORT_TLS6,
}
_SRTP = {
    "off": pj.PJMEDIA_SRTP_DISABLED,
    "optional": pj.PJMEDIA_SRTP_OPTIONAL,
    "mandatory": pj.PJMEDIA_SRTP_MANDATORY,
}
#: Where Debian and others keep the certificates of the authorities that a system believes.
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
#: Milliseconds that a TLS handshake may take.
_HANDSHAKE = 5000
_HIGHEST_PRIORITY = 250
#: Bridge ports a call can need: itself, its player, its recorder, its tap.
_PORTS_PER_CALL = 4


def endpoint_config(settings: SipSection, slots: int, log_level: int) -> pj.EpConfig:
    """Return the configuration of the library for so many call slots."""
    config = pj.EpConfig()
    ua = config.uaConfig
    ua.threadCnt = 0
    ua.mainThreadOnly = True
    ua.maxCalls = slots
    ua.userAgent = settings.user_agent
    media = config.medConfig
    media.clockRate = media.sndClockRate = 8000
    media.audioFramePtime = 20
    media.ecTailLen = 0
    media.noVad = True
    media.sndAutoCloseTime = -1
    media.hasIoqueue = True
    media.threadCnt = 1
    media.maxMediaPorts = slots * _PORTS_PER_CALL + 16
    config.logConfig.level = log_level
    config.logConfig.consoleLevel = log_level
    if (writer := written_by(log_level)) is not None:
        config.logConfig.writer = writer
    return config


def transport_config(
    settings: SipSection, name: str, port: int, version: int
) -> pj.TransportConfig:
    """Return where SIP listens, over IPv4 or IPv6; port 0 stands for any free one."""
    config = pj.TransportConfig()
    config.port = port
    _bind(config, settings, version)
    if name == "tls":
        _secure(config.tlsConfig, settings)
    return config


def transport_type(name: str, version: int) -> int:
    """Return PJSIP's number of a transport over IPv4 or IPv6."""
    return int(_TRANSPORTS[name, version])


def direct_account(settings: SipSection, version: int) -> pj.AccountConfig:
    """Return the account of callers who come without a trunk, over IPv4 or IPv6."""
    config = _account(settings, settings.srtp, version)
    host = (settings.public_address or settings.address) if version == 4 else "::1"
    config.idUri = f"sip:sipagent@{in_uri('127.0.0.1' if host in ANY else host)}"
    config.regConfig.registerOnAdd = False
    return config


def account_config(
    settings: SipSection, trunk: TrunkSection, server: Server | None = None
) -> pj.AccountConfig:
    """Return the account of a trunk that reaches its carrier through a server."""
    config = _account(settings, trunk.srtp, 6 if server and ":" in server.address else 4)
    scheme, _, host = trunk.registrar.partition(":")
    config.idUri = f"{scheme}:{trunk.user}@{host}"
    if trunk.register_there:
        config.regConfig.registrarUri = trunk.registrar
    config.regConfig.timeoutSec = trunk.expires
    # When to register, and when again, is decided by sipagent.sip.trunk alone.
    config.regConfig.registerOnAdd = False
    config.regConfig.disableRegOnModify = True
    config.regConfig.retryIntervalSec = config.regConfig.firstRetryIntervalSec = 0
    # Behind NAT the carrier's answer tells our address, and SDP names it as well.
    config.natConfig.sdpNatRewriteUse = 1
    if server is not None:
        config.sipConfig.proxies.append(server.route)
    if (password := trunk.password()) is not None:
        user = trunk.auth_user or trunk.user
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", user, 0, password))
    return config


def choose_codecs(endpoint: pj.Endpoint, wanted: tuple[str, ...]) -> None:
    """Allow only the wanted codecs, the first one preferred.

    Raises:
        SetupError: one is not known; the text lists those that are.
    """
    known = [str(codec.codecId) for codec in endpoint.codecEnum2()]
    for codec in known:
        endpoint.codecSetPriority(codec, 0)
    for rank, name in enumerate(wanted):
        matches = [codec for codec in known if codec.lower().startswith(f"{name.lower()}/")]
        if not matches:
            short = ", ".join(sorted(codec.rpartition("/")[0] for codec in known))
            raise SetupError(f"sip.codecs: {name!r} is not a codec of this PJSIP; it has {short}")
        endpoint.codecSetPriority(matches[0], _HIGHEST_PRIORITY - rank)
        if matches[0].startswith("opus/"):
            _narrow_opus(endpoint)


def _narrow_opus(endpoint: pj.Endpoint) -> None:
    """Ask for Opus at the bridge's 8 kHz (RFC 7587, section 7.1): more is work for nothing."""
    opus = endpoint.getCodecOpusConfig()
    opus.sample_rate = 8000
    endpoint.setCodecOpusConfig(opus)


def _account(settings: SipSection, srtp: str, version: int) -> pj.AccountConfig:
    config = pj.AccountConfig()
    # A far end that knows no session timers (RFC 4028) is asked by this one whether it is there.
    config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_ALWAYS
    config.callConfig.timerSessExpiresSec = settings.session_timer
    media = config.mediaConfig
    media.transportConfig.port = settings.rtp_first_port
    media.transportConfig.portRange = settings.rtp_ports
    media.transportConfig.randomizePort = True
    # An account has one address to listen on for audio, hence one version of IP.
    _bind(media.transportConfig, settings, version)
    only_6 = pj.PJSUA_IPV6_ENABLED_USE_IPV6_ONLY
    media.ipv6Use = only_6 if version == 6 else pj.PJSUA_IPV6_DISABLED
    media.srtpUse = _SRTP[srtp]
    # Whether keys may cross the network in the clear is the operator's choice, trunk by trunk.
    media.srtpSecureSignaling = 0
    media.srtpOpt.keyings.append(pj.PJMEDIA_SRTP_KEYING_SDES)
    return config


def _bind(config: pj.TransportConfig, settings: SipSection, version: int) -> None:
    address = settings.address if version == 4 else settings.ipv6_address
    if address not in ANY:
        config.boundAddress = address
    public = settings.public_address
    if public and ip_address(public).version == version:
        config.publicAddress = public


def _secure(tls: pj.TlsConfig, settings: SipSection) -> None:
    tls.proto = pj.PJ_SSL_SOCK_PROTO_TLS1_2 | pj.PJ_SSL_SOCK_PROTO_TLS1_3
    tls.verifyServer = True
    tls.msecTimeout = _HANDSHAKE
    authorities = settings.authorities or _AUTHORITIES
    if authorities.exists():
        tls.CaListFile = str(authorities)
    if settings.certificate and settings.private_key:
        tls.certFile, tls.privKeyFile = str(settings.certificate), str(settings.private_key)
