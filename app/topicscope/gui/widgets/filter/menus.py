"""The menus of the filter bar: saved filters with their colours, and filters used before."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap

from topicscope.gui.icons import icon
from topicscope.gui.library.filters import index_of_colour
from topicscope.gui.theme import series_colour
from topicscope.gui.widgets.swatch import paint_swatch
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QMenu

    from topicscope.gui.library.filters import FilterLibrary

LONGEST_ENTRY: Final = 90
MOST_IN_MENU: Final = 50


def colour_icon(name: str, size: int = 16) -> QIcon:
    """Return a square in a colour of rules and saved filters."""
    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_swatch(painter, QRectF(0, 0, size, size), series_colour(index_of_colour(name)))
    painter.end()
    return QIcon(pixmap)


def fill_saved_menu(menu: QMenu, library: FilterLibrary, choose: Callable[[str], None]) -> None:
    """List the saved filters, and offer to forget one."""
    saved = library.saved
    for one in saved:
        entry = menu.addAction(colour_icon(one.colour), _entry(f"{one.name}  ·  {one.filter}"))
        entry.triggered.connect(partial(choose, one.filter))
    if not saved:
        menu.addAction("No saved filters yet").setEnabled(False)
        return
    menu.addSeparator()
    forget = menu.addMenu(icon("trash-2", "dim"), "Forget a saved filter")
    for one in saved:
        forget.addAction(colour_icon(one.colour), _entry(one.name)).triggered.connect(
            partial(library.forget_filter, one.name)
        )


def fill_history_menu(menu: QMenu, history: Sequence[str], choose: Callable[[str], None]) -> None:
    """List the filters used before, the newest first."""
    for text in history[:MOST_IN_MENU]:
        menu.addAction(_entry(text)).triggered.connect(partial(choose, text))
    if not history:
        menu.addAction("No filters used yet").setEnabled(False)


def _entry(text: str) -> str:
    text = escape(text)
    if len(text) > LONGEST_ENTRY:
        text = text[: LONGEST_ENTRY - 1] + "…"
    return text.replace("&", "&&")
