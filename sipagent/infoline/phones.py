"""Phone numbers of owners and managers: read as everywhere, by ``sipagent.e164``."""

from sipagent.e164 import to_e164

__all__ = ["to_e164"]
