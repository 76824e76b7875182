"""What the window remembers from one start to the next: its shape and its theme, nothing of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

from PySide6.QtCore import QByteArray, QSettings

from topicscope.gui.theme import ThemeChoice
from topicscope.paths import config_dir

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

LAYOUT_VERSION = 1
"""Raised when docks change, so that an old arrangement is not forced onto new ones."""


def _settings() -> QSettings:
    return QSettings(str(config_dir() / "window.ini"), QSettings.Format.IniFormat)


def saved_theme() -> ThemeChoice:
    """Return the theme chosen last; ``system`` at first."""
    chosen = _settings().value("theme", "system")
    return cast("ThemeChoice", chosen) if chosen in get_args(ThemeChoice) else "system"


def save_theme(choice: ThemeChoice) -> None:
    """Remember the chosen theme."""
    _settings().setValue("theme", choice)


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
