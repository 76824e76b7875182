"""The bytes of a payload in rows of sixteen: offset, bytes, ASCII.

Any window of a large payload costs the same.
"""

from __future__ import annotations

import re

BYTES_PER_ROW = 16
HEX_COLUMN = 10
"""Character at which the bytes of a row begin."""
_GROUP = 8
_PRINTABLE = bytes(byte if 0x20 <= byte < 0x7F else ord(".") for byte in range(256))
_BETWEEN = re.compile(r"[\s,:]+|0[xX](?=[0-9a-fA-F])")
_NOT_HEX = re.compile(r"[^0-9a-fA-F]")


def row_count(size: int, width: int = BYTES_PER_ROW) -> int:
    """Return how many rows of `width` bytes `size` bytes take."""
    return -(-size // width)


def byte_column(place: int) -> int:
    """Return the character at which byte number `place` of a row stands."""
    return HEX_COLUMN + 3 * place + place // _GROUP


def ascii_column(width: int = BYTES_PER_ROW) -> int:
    """Return the character at which the ASCII of a row of `width` bytes begins."""
    return byte_column(width - 1) + 4


def hex_row(payload: bytes, row: int, first_offset: int = 0, width: int = BYTES_PER_ROW) -> str:
    """Return row number `row` (from 0) of `width` bytes; `first_offset` is added to its offset."""
    start = row * width
    chunk = bytes(payload[start : start + width])
    groups = (chunk[at : at + _GROUP].hex(" ") for at in range(0, len(chunk), _GROUP))
    front = f"{first_offset + start:08x}  {'  '.join(groups)}".ljust(ascii_column(width))
    return front + chunk.translate(_PRINTABLE).decode("ascii")


def hex_view(payload: bytes, start: int = 0, rows: int = 64) -> str:
    """Return `rows` rows from byte `start` on (rounded down to a row); empty beyond the end."""
    first = max(start, 0) // BYTES_PER_ROW
    last = min(first + rows, row_count(len(payload)))
    return "\n".join(hex_row(payload, row) for row in range(first, last))


def hex_from_text(text: str) -> bytes:
    """Return the bytes that somebody typed as hex digits, with blanks, commas, colons or 0x between.

    Raises `ValueError` with a sentence that names the first character that does not belong there.
    """
    encoded = bytearray()
    for part in _BETWEEN.split(text):
        wrong = _NOT_HEX.search(part)
        if wrong is not None:
            at = text.index(wrong[0]) + 1
            raise ValueError(f"Not hex: '{wrong[0]}' at character {at:,}")
        if len(part) % 2:
            raise ValueError(f"Not hex: '{part[-8:]}' has an odd number of digits")
        encoded += bytes.fromhex(part)
    return bytes(encoded)
