"""agent.toml in the words of PJSIP; docs/performance.md has the figures."""

import pjsua2 as pj

from sipagent.config import SipSection, TrunkSection
from sipagent.errors import SetupError
from sipagent.sip.addresses import ANY, in_uri

_TRANSPORTS = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP}
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
    return config


def transport_config(settings: SipSection, port: int) -> pj.TransportConfig:
    """Return where SIP listens; port 0 stands for any free one."""
    config = pj.TransportConfig()
    config.port = port
    _bind(config, settings)
    return config


def transport_type(name: str) -> int:
    """Return PJSIP's number of a transport."""
    return int(_TRANSPORTS[name])


def account_config(settings: SipSection, trunk: TrunkSection | None) -> pj.AccountConfig:
    """Return an account: of a trunk, or (None) the one for calls that just come in."""
    config = pj.AccountConfig()
    media = config.mediaConfig.transportConfig
    media.port, media.portRange = settings.rtp_first_port, settings.rtp_ports
    media.randomizePort = True
    _bind(media, settings)
    if trunk is None:
        host = settings.public_address or settings.address
        config.idUri = f"sip:sipagent@{in_uri('127.0.0.1' if host in ANY else host)}"
        config.regConfig.registerOnAdd = False
        return config
    scheme, _, host = trunk.registrar.partition(":")
    config.idUri = f"{scheme}:{trunk.user}@{host.partition(';')[0]}"
    config.regConfig.registrarUri = trunk.registrar
    config.regConfig.timeoutSec = trunk.expires
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


def _bind(config: pj.TransportConfig, settings: SipSection) -> None:
    if settings.address not in ANY:
        config.boundAddress = settings.address
    if settings.public_address:
        config.publicAddress = settings.public_address
