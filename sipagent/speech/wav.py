"""The one kind of WAV file that clips are: mono, 16 bits, 8 kHz, a header of 44 bytes."""

import io
import struct
import wave

#: Sample rate of the line in Hz (G.711).
RATE = 8000

_HEADER = 44
_FORMAT = struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16)


def pack(samples: bytes) -> bytes:
    """Return a file of little-endian 16-bit samples."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples)
    return file.getvalue()


def seconds(content: bytes) -> float | None:
    """Return the length of a file that ``pack`` made; None where it is not whole."""
    if len(content) <= _HEADER or content[:4] != b"RIFF" or content[36:40] != b"data":
        return None
    length = int.from_bytes(content[40:_HEADER], "little")
    if content[20:36] != _FORMAT or length + _HEADER != len(content):
        return None
    return length / (2 * RATE)
