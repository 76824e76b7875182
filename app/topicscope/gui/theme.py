"""Light and dark: colours by role, fonts, palette and the one style sheet.

A widget asks for a role (``colour("accent")``), never for a colour. When the theme changes while
the window is open, palette and style sheet are set again and ``notifier().theme_changed`` is
emitted; whoever paints with colours of its own repaints then.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from string import Template
from typing import Final, Literal

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from topicscope.paths import resource_dir

ThemeChoice = Literal["light", "dark", "system"]

UI_PIXELS: Final = 13
MONO_PIXELS: Final = 12
ROW_HEIGHT: Final = 22
"""Height of a row in tables, trees and lists, in pixels."""
GRID: Final = 8
"""Everything is placed in steps of this many pixels."""

_FONT_FILES: Final = (
    "Inter-Regular.otf",
    "Inter-Medium.otf",
    "Inter-SemiBold.otf",
    "JetBrainsMono-Regular.ttf",
    "JetBrainsMono-Medium.ttf",
    "JetBrainsMono-Bold.ttf",
)


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme: its name, its colours by role, and the colours that tell series apart."""

    name: str
    colours: dict[str, QColor]
    series: tuple[QColor, ...]


class ThemeNotifier(QObject):
    """Says that the theme has changed; follows the desktop while the choice is ``system``."""

    theme_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._choice: ThemeChoice = "light"
        self._theme = _load("light")
        self._followed: QApplication | None = None

    @property
    def theme(self) -> Theme:
        """The theme in use."""
        return self._theme

    @property
    def choice(self) -> ThemeChoice:
        """What was asked for: ``light``, ``dark`` or ``system``."""
        return self._choice

    def apply(self, app: QApplication, choice: ThemeChoice) -> None:
        """Dress the application in the chosen theme and tell everyone."""
        self._choice = choice
        self._follow(app)
        self._theme = _load(_resolved(app, choice))
        app.setPalette(_palette(self._theme))
        app.setStyleSheet(_style_sheet(self._theme))
        self.theme_changed.emit()

    @Slot()
    def _on_desktop_scheme_changed(self) -> None:
        app = self._followed
        if app is None or self._choice != "system":
            return
        if _resolved(app, "system") != self._theme.name:
            self.apply(app, "system")

    def _follow(self, app: QApplication) -> None:
        if self._followed is not app:
            self._followed = app
            app.styleHints().colorSchemeChanged.connect(self._on_desktop_scheme_changed)


@cache
def notifier() -> ThemeNotifier:
    """Return the one object that announces theme changes."""
    return ThemeNotifier()


def apply_theme(app: QApplication, choice: ThemeChoice) -> None:
    """Dress the application in Fusion, our fonts, palette and style sheet; call again to switch."""
    if app.style().objectName().lower() != "fusion" and not app.styleSheet():
        app.setStyle(QStyleFactory.create("Fusion"))
    load_fonts()
    app.setFont(ui_font())
    notifier().apply(app, choice)


def theme() -> Theme:
    """Return the theme in use; light before any was applied."""
    return notifier().theme


def colour(role: str) -> QColor:
    """Return the colour of a role in the theme in use.

    Raises:
        KeyError: there is no such role; ``resources/themes/light.toml`` names them.

    """
    return notifier().theme.colours[role]


def series_colour(index: int) -> QColor:
    """Return the colour of the subscription or series with this index; they repeat after eight."""
    series = notifier().theme.series
    return series[index % len(series)]


@cache
def load_fonts() -> None:
    """Make Inter and JetBrains Mono known to Qt, once."""
    for name in _FONT_FILES:
        QFontDatabase.addApplicationFont(str(resource_dir() / "fonts" / name))


def ui_font(weight: QFont.Weight = QFont.Weight.Normal, pixels: int = UI_PIXELS) -> QFont:
    """Return the font of words; its figures are all equally wide, so that counters stand still."""
    font = QFont("Inter")
    font.setPixelSize(pixels)
    font.setWeight(weight)
    font.setFeature(QFont.Tag("tnum"), 1)
    # Contextual alternates would show "->" as an arrow and "3x4" as "3×4".
    font.setFeature(QFont.Tag("calt"), 0)
    return font


def mono_font(weight: QFont.Weight = QFont.Weight.Normal, pixels: int = MONO_PIXELS) -> QFont:
    """Return the font of topics, payloads and numbers, without ligatures: they hide characters."""
    font = QFont("JetBrains Mono")
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(pixels)
    font.setWeight(weight)
    font.setFeature(QFont.Tag("calt"), 0)
    font.setFeature(QFont.Tag("liga"), 0)
    return font


def _resolved(app: QApplication, choice: ThemeChoice) -> str:
    if choice != "system":
        return choice
    return "dark" if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"


@cache
def _load(name: str) -> Theme:
    with (resource_dir() / "themes" / f"{name}.toml").open("rb") as file:
        table = tomllib.load(file)
    colours = {role: QColor(value) for role, value in table["colours"].items()}
    return Theme(name, colours, tuple(QColor(value) for value in table["series"]["colours"]))


def _style_sheet(chosen: Theme) -> str:
    folder = resource_dir() / "themes"
    template = Template((folder / "topicscope.qss").read_text(encoding="utf-8"))
    names = {role: value.name() for role, value in chosen.colours.items()}
    return template.substitute(names, name=chosen.name, themes=folder.as_posix())


def _palette(chosen: Theme) -> QPalette:
    colours, palette = chosen.colours, QPalette()
    for role, name in _PALETTE_ROLES:
        palette.setColor(role, colours[name])
    for role in (Role.WindowText, Role.Text, Role.ButtonText, Role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, colours["faint"])
    return palette


Role = QPalette.ColorRole
_PALETTE_ROLES: Final = (
    (Role.Window, "ground"),
    (Role.WindowText, "text"),
    (Role.Base, "panel"),
    (Role.AlternateBase, "stripe"),
    (Role.Text, "text"),
    (Role.PlaceholderText, "faint"),
    (Role.Button, "button"),
    (Role.ButtonText, "text"),
    (Role.BrightText, "error"),
    (Role.Highlight, "selection"),
    (Role.HighlightedText, "text"),
    (Role.Accent, "accent"),
    (Role.Link, "accent"),
    (Role.LinkVisited, "accent"),
    (Role.ToolTipBase, "tooltip"),
    (Role.ToolTipText, "tooltip_text"),
    (Role.Light, "panel"),
    (Role.Midlight, "button_hover"),
    (Role.Mid, "line"),
    (Role.Dark, "outline"),
    (Role.Shadow, "outline"),
)
