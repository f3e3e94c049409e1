"""Keys of sealed recordings: each file has its own, which is itself sealed with one of the line's.

AES-256-GCM (NIST SP 800-38D) throughout. What is kept of a file's key is worthless without the
line's, and what the file holds is worthless without that: whoever deletes the one deletes both.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sipagent.config import Config
from sipagent.errors import SetupError

#: Bytes of a key, of what tells keys apart, and of a nonce.
LENGTH, _ID, _NONCE = 32, 8, 12
_PURPOSE = b"sipagent: the key of a recording"


class Keys:
    """The keys of a line: the first one seals, and all open what they have sealed.

    Args:
        keys: each of ``LENGTH`` bytes.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {_id(key): AESGCM(key) for key in keys}

    @classmethod
    def read(cls, path: Path) -> "Keys":
        """Return the keys of a file: one a line, 32 bytes as base64, the newest one first.

        Raises:
            SetupError: it cannot be read, or there is something else in it.
        """
        try:
            lines = path.read_text("ascii").split()
            keys = [base64.b64decode(line, validate=True) for line in lines]
        except OSError as error:
            raise SetupError(
                f"{path}: the key of recordings cannot be read: {error.strerror}"
            ) from error
        except (UnicodeDecodeError, binascii.Error):
            keys = []
        if not keys or any(len(key) != LENGTH for key in keys):
            raise SetupError(
                f"{path}: a key of recordings is 32 bytes as base64, one a line; "
                f"make one with: openssl rand -base64 32 > {path}"
            )
        return cls(keys)

    def new(self) -> tuple[bytes, bytes]:
        """Return a key for a file, and the same sealed, to be kept."""
        key, nonce = os.urandom(LENGTH), os.urandom(_NONCE)
        name, first = next(iter(self._keys.items()))
        return key, name + nonce + first.encrypt(nonce, key, _PURPOSE)

    def opened(self, sealed: bytes) -> bytes:
        """Return the key of a file.

        Raises:
            SetupError: none of the line's keys has sealed it.
        """
        name, nonce = sealed[:_ID], sealed[_ID : _ID + _NONCE]
        try:
            return self._keys[name].decrypt(nonce, sealed[_ID + _NONCE :], _PURPOSE)
        except (KeyError, InvalidTag):
            raise SetupError(
                "the recording is sealed with a key that recording.key_file does not have (any "
                "more): add that key below the others"
            ) from None


def keys_of(config: Config) -> Keys | None:
    """Return the keys of a line; None: recordings are not sealed.

    Raises:
        SetupError: they cannot be read.
    """
    path = config.recording.key
    return None if path is None else Keys.read(path)


def opened_key(sealed: bytes | None, keys: Keys | None) -> bytes | None:
    """Return the key of a recording's file; None: it is not sealed.

    Raises:
        SetupError: the line does not have the key that has sealed it.
    """
    return None if sealed is None else (keys or Keys(())).opened(sealed)


def _id(key: bytes) -> bytes:
    return hashlib.sha256(_PURPOSE + key).digest()[:_ID]
