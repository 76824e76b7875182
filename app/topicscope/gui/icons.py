"""Lucide icons, tinted with the theme's colours while they are painted.

An icon keeps its name and role, not its pixels: after a change of theme the same QIcon paints
itself in the new colours, and nobody has to set it again.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from topicscope.gui.theme import colour
from topicscope.paths import resource_dir

CACHED_PIXMAPS: Final = 512
LARGEST_SMALL: Final = 24
"""Up to this size, in pixels, the icon of the application is a drawing with less in it."""


class _TintedIconEngine(QIconEngine):
    def __init__(self, name: str, role: str, checked_role: str) -> None:
        super().__init__()
        self._name = name
        self._role = role
        self._checked_role = checked_role

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatioF() if painter.device() else 1.0
        pixmap = self.pixmap(rect.size() * ratio, mode, state)
        painter.drawPixmap(rect, pixmap)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        role = self._checked_role if state == QIcon.State.On else self._role
        if mode == QIcon.Mode.Disabled:
            role = "faint"
        return _pixmap(self._name, colour(role).name(), size.width(), size.height())

    def clone(self) -> QIconEngine:
        return _TintedIconEngine(self._name, self._role, self._checked_role)


class _AppIconEngine(_TintedIconEngine):
    def __init__(self) -> None:
        super().__init__("topicscope", "text", "text")

    def pixmap(self, size: QSize, _mode: QIcon.Mode, _state: QIcon.State) -> QPixmap:
        is_small = min(size.width(), size.height()) <= LARGEST_SMALL
        name = f"{self._name}-small" if is_small else self._name
        return _pixmap(name, "", size.width(), size.height())

    def clone(self) -> QIconEngine:
        return _AppIconEngine()


def icon(name: str, role: str = "text", checked_role: str | None = None) -> QIcon:
    """Return a Lucide icon in the colour of a role, in another role while its button is checked.

    Raises:
        FileNotFoundError: there is no such icon in ``resources/icons``.

    """
    _source(name)
    return QIcon(_TintedIconEngine(name, role, checked_role or role))


def icon_pixmap(name: str, role: str = "text", size: int = 16, ratio: float = 1.0) -> QPixmap:
    """Return the pixels of an icon in the theme in use; for delegates that paint by themselves."""
    side = round(size * ratio)
    pixmap = QPixmap(_pixmap(name, colour(role).name(), side, side))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


@cache
def app_icon() -> QIcon:
    """Return the icon of the application's windows."""
    return QIcon(_AppIconEngine())


@cache
def _source(name: str) -> str:
    return (resource_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


_pixmaps: dict[tuple[str, str, int, int], QPixmap] = {}


def _pixmap(name: str, tint: str, width: int, height: int) -> QPixmap:
    key = (name, tint, width, height)
    found = _pixmaps.get(key)
    if found is None:
        if len(_pixmaps) >= CACHED_PIXMAPS:
            _pixmaps.clear()
        found = _pixmaps[key] = _rendered(name, tint, width, height)
    return found


def _rendered(name: str, tint: str, width: int, height: int) -> QPixmap:
    side = min(width, height)
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    # Two units of 24 are a heavy line at 16 pixels; the direction's line is lighter.
    source = (
        _source(name)
        .replace("currentColor", tint)
        .replace('stroke-width="2"', 'stroke-width="1.8"')
    )
    painter = QPainter(image)
    renderer = QSvgRenderer(QByteArray(source.encode()))
    renderer.render(painter, QRectF(0, (height - side) / 2, side, side))
    painter.end()
    return QPixmap.fromImage(image)
