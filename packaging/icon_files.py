"""Make the icon files of Windows and macOS, and PNG pictures, of the SVG of the application.

python packaging/icon_files.py SVG OUT.ico | OUT.icns | OUT.png [SIZE]

Small sizes are made of a drawing of their own, where ``NAME-small.svg`` lies beside ``NAME.svg``.
"""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path
from typing import Final

ICO_SIZES: Final = (16, 20, 24, 32, 40, 48, 64, 128, 256)
"""Every size that Windows asks for between 100 % and 400 % scaling."""

ICNS_TYPES: Final = {
    b"ic11": 32,
    b"ic12": 64,
    b"ic07": 128,
    b"ic13": 256,
    b"ic08": 256,
    b"ic14": 512,
    b"ic09": 512,
    b"ic10": 1024,
}
"""Types of an Apple icon that hold PNG, and their sizes in pixels; 11 to 14 and 10 are for Retina displays."""

LARGEST_SMALL: Final = 24
"""Up to this size, in pixels, the small drawing is used."""

LARGEST_BITMAP: Final = 128
"""Larger pictures of an .ico are PNG, smaller ones bitmaps, which installers older than Windows also read."""


def pixels(svg: Path, size: int) -> tuple[bytes, bytes]:
    """Draw the SVG and return its PNG and its pixels: BGRA, straight alpha, from the top row to the bottom one."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QBuffer, QIODevice
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    small = svg.with_stem(f"{svg.stem}-small")
    if size <= LARGEST_SMALL and small.exists():
        svg = small
    renderer = QSvgRenderer(str(svg))
    if not renderer.isValid():
        raise ValueError(f"{svg} is not an SVG that Qt can draw")
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data()), bytes(image.constBits())


def bitmap(size: int, bgra: bytes) -> bytes:
    """Return a bitmap as an .ico holds it: header, rows from the bottom, and a mask that alpha makes needless."""
    header = struct.pack("<IiiHHIIiiII", 40, size, 2 * size, 1, 32, 0, 0, 0, 0, 0, 0)
    rows = (bgra[4 * size * row : 4 * size * (row + 1)] for row in reversed(range(size)))
    return header + b"".join(rows) + bytes((size + 31) // 32 * 4 * size)


def ico(svg: Path) -> bytes:
    """Return a Windows icon with every size of `ICO_SIZES`."""
    pictures = []
    for size in ICO_SIZES:
        png, bgra = pixels(svg, size)
        pictures.append(bitmap(size, bgra) if size <= LARGEST_BITMAP else png)
    offset = 6 + 16 * len(pictures)
    entries = b""
    for size, picture in zip(ICO_SIZES, pictures, strict=True):
        entries += struct.pack(
            "<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), offset
        )
        offset += len(picture)
    return struct.pack("<HHH", 0, 1, len(pictures)) + entries + b"".join(pictures)


def icns(svg: Path) -> bytes:
    """Return an Apple icon with every type of `ICNS_TYPES`."""
    body = b""
    for kind, size in ICNS_TYPES.items():
        png, _ = pixels(svg, size)
        body += kind + struct.pack(">I", len(png) + 8) + png
    return b"icns" + struct.pack(">I", len(body) + 8) + body


def main(arguments: list[str]) -> int:
    """Write the file that the arguments name; its ending says which kind."""
    svg, out = Path(arguments[0]), Path(arguments[1])
    if out.suffix == ".ico":
        data = ico(svg)
    elif out.suffix == ".icns":
        data = icns(svg)
    else:
        data, _ = pixels(svg, int(arguments[2]) if len(arguments) > 2 else 256)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
