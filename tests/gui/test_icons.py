"""Icons tinted by the theme."""

from __future__ import annotations

import gc
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage

import topicscope
from topicscope.gui import theme
from topicscope.gui.icons import app_icon, icon, icon_pixmap
from topicscope.paths import resource_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication


@pytest.fixture(autouse=True)
def undressed(qapp: QApplication) -> Iterator[None]:
    theme.apply_theme(qapp, "light")
    yield
    qapp.setStyleSheet("")


def inks(image: QImage) -> set[str]:
    found = set()
    for y in range(image.height()):
        for x in range(image.width()):
            pixel = image.pixelColor(x, y)
            if pixel.alpha() > 250:
                found.add(pixel.name())
    return found


def test_that_an_icon_is_painted_in_the_colour_of_its_role() -> None:
    image = icon("square", "error").pixmap(32, 32).toImage()
    assert inks(image) == {theme.colour("error").name()}


def test_that_the_same_icon_changes_its_colour_with_the_theme(qapp: QApplication) -> None:
    kept = icon("square")
    gc.collect()
    assert inks(kept.pixmap(32, 32).toImage()) == {"#1c2430"}
    theme.apply_theme(qapp, "dark")
    assert inks(kept.pixmap(32, 32).toImage()) == {"#e4e7eb"}


def test_that_a_disabled_icon_is_faint_and_a_checked_one_has_its_own_colour() -> None:
    made = icon("square", "text", "accent")
    disabled = made.pixmap(QSize(32, 32), QIcon.Mode.Disabled, QIcon.State.Off)
    checked = made.pixmap(QSize(32, 32), QIcon.Mode.Normal, QIcon.State.On)
    assert inks(disabled.toImage()) == {theme.colour("faint").name()}
    assert inks(checked.toImage()) == {theme.colour("accent").name()}


def test_that_a_copied_icon_outlives_the_first_one() -> None:
    copy = QIcon(icon("plug"))
    gc.collect()
    assert not copy.pixmap(16, 16).isNull()


def test_that_an_icon_for_a_dense_screen_has_more_pixels() -> None:
    pixmap = icon_pixmap("plug", "dim", 16, 2.0)
    assert pixmap.size() == QSize(32, 32)
    assert pixmap.deviceIndependentSize().toSize() == QSize(16, 16)


def test_that_an_icon_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon")


def test_that_the_application_has_an_icon() -> None:
    assert QColor("#1f6fc4").name() in inks(app_icon().pixmap(64, 64).toImage())


def test_that_the_icon_of_the_application_has_a_drawing_of_its_own_for_small_sizes() -> None:
    for side, name in ((16, "topicscope-small"), (24, "topicscope-small"), (32, "topicscope")):
        drawing = QIcon(str(resource_dir() / "icons" / f"{name}.svg"))
        shown = app_icon().pixmap(QSize(side, side), 1.0).toImage()
        assert shown == drawing.pixmap(QSize(side, side), 1.0).toImage(), side


def test_that_the_icon_of_the_application_is_sharp_on_a_dense_screen() -> None:
    pixmap = app_icon().pixmap(QSize(40, 40), 2.0)
    assert pixmap.size() == QSize(80, 80)
    assert pixmap.deviceIndependentSize().toSize() == QSize(40, 40)


def test_that_every_icon_named_in_the_code_is_shipped() -> None:
    shipped = {path.stem for path in (resource_dir() / "icons").glob("*.svg")}
    call = re.compile(r'(?:icon|icon_pixmap|icon_button|add_button)\(\s*"([a-z0-9-]+)"')
    named = {
        name
        for path in Path(topicscope.__file__).parent.glob("gui/**/*.py")
        for name in call.findall(path.read_text(encoding="utf-8"))
    }
    assert named
    assert named - shipped == set()


def test_that_every_shipped_icon_but_the_applications_own_can_be_tinted() -> None:
    for path in (resource_dir() / "icons").glob("*.svg"):
        if not path.stem.startswith("topicscope"):
            assert 'stroke="currentColor"' in path.read_text(encoding="utf-8"), path.name
