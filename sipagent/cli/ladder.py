"""The SIP ladder of a call: who has sent what to whom, one arrow a message (RFC 3665)."""

from collections.abc import Iterator, Mapping, Sequence

from rich.text import Text

from sipagent.records.history import MessageRow
from sipagent.records.in_short import session, words
from sipagent.text import printable

#: Columns between two sides, and before the first of them, where the time stands.
_LANE, _TIME = 38, 12


def ladder(
    messages: Sequence[MessageRow], *, full: bool = False, names: Mapping[int, str] | None = None
) -> Iterator[Text]:
    """Yield the lines of a ladder: the caller on the left, second legs on the right.

    Where there are several, or another one goes on, it is named before its message.

    Args:
        messages: in order, at least one.
        full: whether each message follows its arrow, whole.
        names: of the legs by their numbers, where they may be told.
    """
    names = names or {}
    began = messages[0].at
    bridged = any(message.leg for message in messages)
    sides = (False, True) if bridged else (False,)
    labels = [(bool(one.leg), _label(one, names)) for one in messages]
    shown = {side: next((label for at, label in labels if at == side), "") for side in sides}
    yield _names(list(shown.values()))
    seen: set[tuple[bool, str]] = set()
    for message, (side, label) in zip(messages, labels, strict=True):
        if shown[side] != label:
            shown[side] = label
            yield _beside(label, side, "dim")
        again = (message.sent, message.text) in seen
        seen.add((message.sent, message.text))
        seconds = (message.at - began).total_seconds()
        yield _arrow(message, f"+{seconds:.3f}", bridged, again)
        if media := session(message.text):
            yield _beside(media, side, "dim")
        if full:
            yield from (Text(f"    {printable(line)}") for line in message.text.splitlines())
            yield Text()


def _arrow(message: MessageRow, time: str, bridged: bool, again: bool) -> Text:
    said = words(message.text)
    label = printable(said.label)[: _LANE - 8] + (" again" if again else "")
    to_right = message.sent if message.leg else not message.sent
    dashes = "─" * (_LANE - len(label) - 5)
    line = Text(time.ljust(_TIME))
    if message.leg:
        line.append("│".ljust(_LANE), style="dim")
    line.append("│", style="dim")
    if to_right:
        line.append(" ").append(label, style=said.style).append(f" {dashes}▶ ")
    else:
        line.append(f" ◀{dashes} ").append(label, style=said.style).append(" ")
    line.append("│", style="dim")
    if bridged and not message.leg:
        line.append("│".rjust(_LANE), style="dim")
    return line


def _names(peers: list[str]) -> Text:
    left, *right = peers
    line = " " * _TIME + left.ljust(_LANE - 3) + "sipagent".ljust(_LANE)
    return Text((line + "".join(right)).rstrip(), style="bold")


def _beside(text: str, right: bool, style: str) -> Text:
    margin = _TIME + (_LANE if right else 0)
    return Text(" " * margin).append("│", style="dim").append(f"   {text}", style=style)


def _label(message: MessageRow, names: Mapping[int, str]) -> str:
    """Return whose message it is: the place of the caller, or which leg that is, and its place."""
    leg = f"leg {message.leg} " if message.leg else ""
    name = f"{names[message.leg]} " if message.leg in names else ""
    return printable(f"{leg}{name}{message.peer} {message.transport}")
