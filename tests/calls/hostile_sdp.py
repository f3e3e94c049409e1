"""Malformed session descriptions (RFC 4566, RFC 3264): counts, ports, types, attributes."""

import random

_PORTS = ("0", "1", "9", "4000", "65535", "65536", "-1", "4294967296", "4000/2", "x", "")
_TYPES = (
    "8 101",
    "0 8 101",
    "101",
    "",
    "0",
    "96 97 98",
    "255",
    "999",
    "-1",
    "8 " * 40,
    "x y",
    "8,0",
)
_ATTRIBUTES = (
    "rtpmap:8 PCMA/8000", "rtpmap:101 telephone-event/8000", "fmtp:101 0-15", "fmtp:101 0-9999999",
    "rtpmap:101 telephone-event/0", "rtpmap:101 telephone-event/4294967295", "rtpmap:8", "rtpmap:",
    "rtpmap:8 PCMA", "rtpmap:8 /8000", "rtpmap:8 PCMA/8000/0", "rtpmap:8 PCMA/8000/999999999",
    "rtpmap:256 X/1", "fmtp:", "fmtp:101 ", "fmtp:101 15-0,-,--,1-", "fmtp:8 " + "a=b;" * 200,
    "ptime:0", "ptime:-20", "ptime:999999", "maxptime:0", "sendonly", "inactive", "recvonly",
    "rtcp:0", "rtcp:65536 IN IP4 999.0.0.1", "rtcp:1 IN IP6 ::", "rtcp-mux", "ssrc:1 cname:x",
    "ssrc:99999999999", "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40, "crypto:1",
    "crypto:0 X inline:", "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:!!!!|2^99|1:99", "ice-lite",
    "ice-ufrag:" + "u" * 600, "ice-pwd:x",
    "candidate:" + "9" * 60, "candidate:1 1 UDP -1 ::: 70000 typ x raddr", "remote-candidates:1",
    "fingerprint:sha-256 00", "fingerprint:sha-256 " + ":".join(["4A"] * 32), "fingerprint:x",
    "setup:actpass", "setup:holdconn", "setup:", "tls-id:x", "dtls-message:client AAAA",
    "mid:" + "m" * 300, "group:BUNDLE a b", "", ":", "=",
    "rtcp-fb:* nack", "rtcp-fb:8", "extmap:999 x", "\0\0", "x" * 900, "label:\xff", "curr:qos x",
)  # fmt: skip
#: Transports of audio (RFC 3551, 3711, 4585, 5764), mostly the one that is taken; and any.
_GOOD = (*["RTP/AVP"] * 4, "RTP/SAVP", "UDP/TLS/RTP/SAVPF")
_PROFILES = (
    "RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF", "RTP",
    "UDP/TLS/", "TCP/DTLS/RTP/SAVP", "TCP/TLS/RTP/SAVPF", "UDP/DTLS/SCTP", "udptl", "UDP", "TCP",
    "",
)  # fmt: skip
_CONNECTIONS = (
    "c=IN IP4 127.0.0.3", "c=IN IP4 0.0.0.0", "c=IN IP6 ::1", "c=IN IP4 224.2.1.1/127/3", "c=",
    "c=IN IP4 999.999.999.999", "c=IN IP4 nowhere.invalid", "c=ATM NSAP 1", "c=IN IP4 " + "9" * 300,
    "c=IN IP6 " + ":" * 60, "c=IN IP4 127.0.0.3/999999",
)  # fmt: skip
_GOOD_CONNECTION = "c=IN IP4 127.0.0.3"


def offer(rng: random.Random) -> str:
    """Return a description that may be quite good, or good for nothing."""
    lines = [
        "v=0", f"o=- {rng.getrandbits(63)} {rng.getrandbits(31)} IN IP4 127.0.0.3", "s=-",
        rng.choice(_CONNECTIONS) if rng.random() < 0.3 else _GOOD_CONNECTION, "t=0 0",
    ]  # fmt: skip
    if rng.random() < 0.1:  # then each media line needs one of its own, and not all have it
        del lines[3]
    for _ in range(rng.choice((1, 1, 1, 1, 2, 5, 20, 40, 0))):
        lines += _media(rng)
    if rng.random() < 0.03:
        lines += ["m=audio 9 RTP/AVP 8"] * rng.choice((100, 1000, 2500))
    match rng.randrange(8):
        case 0:
            del lines[rng.randrange(len(lines))]
        case 1:
            rng.shuffle(lines)
        case 2:
            lines.insert(
                rng.randrange(len(lines)), rng.choice(("x", "=", "a", "v=1", "m=", "b=AS"))
            )
        case 3:
            at = rng.randrange(len(lines))
            lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)]
        case _:
            pass
    return rng.choice(("\r\n",) * 6 + ("\n", "\r")).join([*lines, ""])


def _media(rng: random.Random) -> list[str]:
    if rng.random() < 0.5:
        return [
            f"m=audio 4000 {rng.choice(_GOOD)} 8 101",
            *([_GOOD_CONNECTION] if rng.random() < 0.2 else []),
            "a=rtpmap:101 telephone-event/8000",
            *(f"a={rng.choice(_ATTRIBUTES)}" for _ in range(rng.choice((0, 1, 3)))),
        ]
    kind = rng.choice(("audio", "audio", "video", "text", "image", "message", "x", ""))
    profile = rng.choice(_PROFILES)
    return [
        f"m={kind} {rng.choice(_PORTS)} {profile} {rng.choice(_TYPES)}",
        *([rng.choice(_CONNECTIONS)] if rng.random() < 0.3 else []),
        *(f"a={rng.choice(_ATTRIBUTES)}" for _ in range(rng.choice((0, 2, 5, 60)))),
    ]
