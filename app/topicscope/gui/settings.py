"""What the window remembers from one start to the next: shape, theme and columns, nothing of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

import msgspec
from PySide6.QtCore import QByteArray, QSettings

from topicscope.gui.theme import ThemeChoice
from topicscope.paths import config_dir

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

LAYOUT_VERSION = 1
"""Raised when docks change, so that an old arrangement is not forced onto new ones."""

TABLE_VERSION = 1


class TableLayout(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody made of the columns of a table; columns by their keys, those that are no more left out.

    Attributes:
        order: all columns from left to right.
        shown: columns that are shown.
        widths: widths chosen by hand, in pixels.
        time: how times are written.
        sort: the column whose order the rows have, empty for that of the beginning.
        descending: whether that order is the other way round.
        search: how a text to search for is meant.

    """

    version: int = TABLE_VERSION
    order: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    widths: dict[str, int] = {}
    time: str = ""
    sort: str = ""
    descending: bool = False
    search: str = ""


def _settings() -> QSettings:
    return QSettings(str(config_dir() / "window.ini"), QSettings.Format.IniFormat)


def saved_theme() -> ThemeChoice:
    """Return the theme chosen last; ``system`` at first."""
    chosen = _settings().value("theme", "system")
    return cast("ThemeChoice", chosen) if chosen in get_args(ThemeChoice) else "system"


def save_theme(choice: ThemeChoice) -> None:
    """Remember the chosen theme."""
    _settings().setValue("theme", choice)


def shows_time_travel() -> bool:
    """Return whether the row for time travel is shown; at first it is."""
    return _settings().value("time_travel", "yes") != "no"


def save_time_travel(shown: bool) -> None:
    """Remember whether the row for time travel is shown."""
    _settings().setValue("time_travel", "yes" if shown else "no")


def save_shape(window: QMainWindow, docking: QMainWindow) -> None:
    """Remember size and place of a window, and how the docks in it are arranged."""
    settings = _settings()
    settings.setValue("geometry", window.saveGeometry())
    settings.setValue("state", docking.saveState(LAYOUT_VERSION))


def restore_shape(window: QMainWindow, docking: QMainWindow) -> bool:
    """Give a window the shape remembered; return whether there was one."""
    settings = _settings()
    geometry, state = settings.value("geometry"), settings.value("state")
    if not isinstance(geometry, QByteArray) or not isinstance(state, QByteArray):
        return False
    window.restoreGeometry(geometry)
    return docking.restoreState(state, LAYOUT_VERSION)


def saved_text(key: str) -> str:
    """Return what was kept under a key, empty when nothing was."""
    text = _settings().value(key)
    return text if isinstance(text, str) else ""


def save_text(key: str, text: str) -> None:
    """Keep a text under a key; keys have levels parted by a slash."""
    _settings().setValue(key, text)


def forget_text(key: str) -> None:
    """Keep nothing under a key."""
    settings = _settings()
    if settings.contains(key):
        settings.remove(key)


def saved_table(table: str) -> TableLayout | None:
    """Return the columns of a table as they were left; None at first, and where it cannot be read."""
    try:
        layout = msgspec.json.decode(saved_text(f"tables/{table}"), type=TableLayout)
    except (msgspec.DecodeError, UnicodeError):
        return None
    return layout if layout.version == TABLE_VERSION else None


def save_table(table: str, layout: TableLayout) -> None:
    """Remember the columns of a table."""
    save_text(f"tables/{table}", msgspec.json.encode(layout).decode())
