"""Codecs in a session description (RFC 8866): which are offered, and which come first.

Works on descriptions that PJSIP has read or written; names are those of RFC 3551 in capitals.
"""

import re
from collections.abc import Collection, Iterator, Sequence

#: The first line of audio that is not refused, and what belongs to it.
_AUDIO = re.compile(
    r"^(?P<head>m=audio (?!0 )\d+(?:/\d+)? \S+)(?P<types>(?: \d+)+)(?P<end>\r?\n)"
    r"(?P<rest>(?:(?!m=).*\n?)*)",
    re.MULTILINE,
)
_MAP = re.compile(r"^a=rtpmap:(?P<type>\d+) (?P<name>[^/\s]+)/", re.MULTILINE)
_OF_TYPE = re.compile(r"a=(?:rtpmap|fmtp):(?P<type>\d+) ")
#: Payload types that need no map (RFC 3551, section 6).
_STATIC = {"0": "PCMU", "8": "PCMA", "9": "G722"}
#: What is sent beside a codec (RFC 4733, RFC 3389).
_BESIDE = frozenset({"TELEPHONE-EVENT", "CN"})


def offered(description: str) -> tuple[str, ...]:
    """Return the codecs of the audio, the preferred one first; none where there is no audio."""
    audio = _AUDIO.search(description)
    if audio is None:
        return ()
    found = (name for _, name in _named(audio) if name not in _BESIDE)
    return tuple(dict.fromkeys(found))


def in_order(description: str, first: Sequence[str]) -> str:
    """Return a description that offers some codecs before the others, in their order."""

    def place(name: str) -> int:
        return first.index(name) if name in first else len(first)

    audio = _AUDIO.search(description)
    if audio is None:
        return description
    types = [one for one, _ in sorted(_named(audio), key=lambda one: place(one[1]))]
    return _with_types(description, audio, types)


def narrowed(description: str, wanted: Sequence[str]) -> str:
    """Return a description with the first codec of some that it has, and no other.

    It is as it was where it has none of them.
    """
    audio = _AUDIO.search(description)
    there = offered(description)
    chosen = next((one for one in wanted if one in there), None)
    if audio is None or chosen is None:
        return description
    types = [one for one, name in _named(audio) if name in (chosen, *_BESIDE)]
    return _with_types(description, audio, types)


def _named(audio: re.Match[str]) -> Iterator[tuple[str, str]]:
    """Yield the payload types in their order, each with its name."""
    maps = {found["type"]: found["name"].upper() for found in _MAP.finditer(audio["rest"])}
    for one in audio["types"].split():
        yield one, maps.get(one) or _STATIC.get(one, "")


def _with_types(description: str, audio: re.Match[str], types: Collection[str]) -> str:
    """Return a description whose audio has those payload types."""
    gone = set(audio["types"].split()) - set(types)
    lines = audio["rest"].splitlines(keepends=True)
    kept = [line for line in lines if not ((of := _OF_TYPE.match(line)) and of["type"] in gone)]
    head = f"{audio['head']} {' '.join(types)}{audio['end']}"
    return description[: audio.start()] + head + "".join(kept) + description[audio.end() :]
