"""What people write in chats, as it is taken in: text of several lines."""

#: Characters of a message, and of a name.
LONGEST, LONGEST_NAME = 4000, 80


def taken(text: str) -> str:
    """Return what somebody has written, without what cannot be seen but line feeds."""
    lines = text.replace("\r\n", "\n").split("\n")
    seen = ("".join(one if one.isprintable() else " " for one in line).rstrip() for line in lines)
    return "\n".join(seen).strip()[:LONGEST]
