"""The icons of Windows and macOS, made of the SVG of the application."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QImage

from tests.packaging.scripts import ROOT, load

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

SVG = ROOT / "resources/icons/topicscope.svg"


@pytest.fixture(scope="module")
def icon_files() -> ModuleType:
    return load("icon_files.py")


def test_that_a_windows_icon_has_every_size_and_windows_way_of_storing_it(
    icon_files: ModuleType,
) -> None:
    data = icon_files.ico(SVG)
    assert struct.unpack_from("<HHH", data) == (0, 1, len(icon_files.ICO_SIZES))
    end = 6 + 16 * len(icon_files.ICO_SIZES)
    for number, size in enumerate(icon_files.ICO_SIZES):
        entry = struct.unpack_from("<BBBBHHII", data, 6 + 16 * number)
        assert entry[:2] == (size % 256, size % 256)
        length, offset = entry[6:]
        assert offset == end
        end += length
        picture = QImage.fromData(_alone(data[offset:end], size))
        assert (picture.width(), picture.height()) == (size, size)
        assert picture.pixelColor(size // 2, size // 2).alpha() == 255
        assert picture.pixelColor(0, 0).alpha() == 0
    assert end == len(data)


def _alone(picture: bytes, size: int) -> bytes:
    if picture.startswith(b"\x89PNG"):
        return picture
    entry = struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), 22)
    return struct.pack("<HHH", 0, 1, 1) + entry + picture


def test_that_an_apple_icon_holds_pngs_of_the_sizes_its_types_say(icon_files: ModuleType) -> None:
    data = icon_files.icns(SVG)
    magic, length = struct.unpack_from(">4sI", data)
    assert (magic, length) == (b"icns", len(data))
    place, found = 8, {}
    while place < length:
        kind, size = struct.unpack_from(">4sI", data, place)
        picture = data[place + 8 : place + size]
        assert picture.startswith(b"\x89PNG")
        found[kind] = QImage.fromData(picture).width()
        place += size
    assert found == icon_files.ICNS_TYPES


@pytest.mark.qt_log_ignore("Cannot read file")
def test_that_a_file_that_is_no_drawing_is_refused(icon_files: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "no.svg").write_text("no")
    with pytest.raises(ValueError, match="not an SVG"):
        icon_files.ico(tmp_path / "no.svg")


def test_that_small_sizes_have_a_drawing_of_their_own(
    icon_files: ModuleType, tmp_path: Path
) -> None:
    square = '<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9" fill="{}"/></svg>'
    (tmp_path / "icon.svg").write_text(square.format("red"))
    (tmp_path / "icon-small.svg").write_text(square.format("blue"))
    blue, red = b"\xff\0\0\xff", b"\0\0\xff\xff"
    for size, ink in ((16, blue), (24, blue), (32, red)):
        assert icon_files.pixels(tmp_path / "icon.svg", size)[1][:4] == ink
