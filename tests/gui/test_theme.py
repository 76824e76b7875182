"""Colours, fonts and the style sheet, light and dark."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor, QFontInfo, QPalette

from topicscope.gui import theme
from topicscope.paths import resource_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

DIRECTION = {
    "light": "#f3f4f6 #ffffff #dde1e6 #1c2430 #5a6675 #1f6fc4 #257a45 #935c00 #c23a32 #d6e7f8",
    "dark": "#1b1d21 #212429 #33383f #e4e7eb #9aa3ae #4c9be8 #4fb477 #e0a83e #e5675f #2b4a6b",
}
ROLES = [
    "ground",
    "panel",
    "line",
    "text",
    "dim",
    "accent",
    "good",
    "warning",
    "error",
    "selection",
]


@pytest.fixture(autouse=True)
def undressed(qapp: QApplication) -> Iterator[None]:
    yield
    qapp.setStyleSheet("")


def contrast(one: QColor, other: QColor) -> float:
    def luminance(tint: QColor) -> float:
        parts = [tint.redF(), tint.greenF(), tint.blueF()]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_that_the_colours_are_those_of_the_design(qapp: QApplication, name: str) -> None:
    theme.apply_theme(qapp, name)  # type: ignore[arg-type]
    assert [theme.colour(role).name() for role in ROLES] == DIRECTION[name].split()


def test_that_both_themes_have_the_same_roles() -> None:
    tables = [
        tomllib.loads((resource_dir() / "themes" / f"{name}.toml").read_text(encoding="utf-8"))
        for name in ("light", "dark")
    ]
    assert tables[0]["colours"].keys() == tables[1]["colours"].keys()
    assert len(tables[0]["series"]["colours"]) == len(tables[1]["series"]["colours"])


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("text", "panel"),
        ("text", "selection"),
        ("text", "error_ground"),
        ("text", "warning_ground"),
        ("dim", "panel"),
        ("dim", "ground"),
        ("dim", "stripe"),
        ("faint", "field"),
        ("faint", "stripe"),
        ("error", "panel"),
        ("error", "stripe"),
        ("good", "panel"),
        ("warning", "panel"),
        ("warning", "warning_ground"),
        ("accent", "panel"),
        ("accent", "stripe"),
        ("accent_text", "accent"),
        ("tooltip_text", "tooltip"),
    ],
)
def test_that_words_can_be_read_on_their_ground(
    qapp: QApplication, name: str, ink: str, ground: str
) -> None:
    theme.apply_theme(qapp, name)  # type: ignore[arg-type]
    assert contrast(theme.colour(ink), theme.colour(ground)) >= 4.5


def test_that_switching_changes_palette_and_style_sheet_and_tells_of_it(
    qapp: QApplication, qtbot: QtBot
) -> None:
    theme.apply_theme(qapp, "light")
    with qtbot.waitSignal(theme.notifier().theme_changed):
        theme.apply_theme(qapp, "dark")
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor("#1b1d21")
    assert "#1b1d21" in qapp.styleSheet()
    assert "#f3f4f6" not in qapp.styleSheet()
    assert theme.notifier().choice == "dark"


def test_that_the_theme_of_a_desktop_that_says_nothing_is_light(qapp: QApplication) -> None:
    theme.apply_theme(qapp, "system")
    assert theme.theme().name == "light"
    assert theme.notifier().choice == "system"


def test_that_the_shipped_fonts_are_the_ones_in_use(qapp: QApplication) -> None:
    theme.apply_theme(qapp, "light")
    assert QFontInfo(theme.ui_font()).family() == "Inter"
    assert QFontInfo(theme.mono_font()).family() == "JetBrains Mono"
    assert QFontInfo(theme.mono_font()).fixedPitch()


def test_that_an_unknown_role_is_an_error() -> None:
    with pytest.raises(KeyError):
        theme.colour("mauve")


def test_that_the_style_sheet_lays_no_rule_on_the_items_of_views() -> None:
    sheet = (resource_dir() / "themes" / "topicscope.qss").read_text(encoding="utf-8")
    rules = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    selectors = re.findall(r"([^{}]+)\{", rules)
    views = [s for s in selectors if "::item" in s and ("View" in s or "Widget" in s)]
    assert views == []


def test_that_every_picture_of_the_style_sheet_exists(qapp: QApplication) -> None:
    for name in ("light", "dark"):
        theme.apply_theme(qapp, name)  # type: ignore[arg-type]
        pictures = re.findall(r'url\("([^"]+)"\)', qapp.styleSheet())
        assert pictures
        assert [p for p in pictures if not (resource_dir() / "themes" / p).is_file()] == []
