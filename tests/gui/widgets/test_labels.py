"""Labels: plain text, cut rather than grown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.gui import theme
from topicscope.gui.widgets.labels import ElidedLabel, label, mono_label, strong_label
from topicscope.gui.widgets.style import set_tone

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

LONG = "building/one/level/two/area/three/system/four/driver/five/state"


def test_that_a_long_topic_is_cut_in_the_middle_and_whole_in_the_tooltip(qtbot: QtBot) -> None:
    made = ElidedLabel(LONG)
    qtbot.addWidget(made)
    made.resize(160, 20)
    made.show()
    assert "…" in made.shown_text()
    assert made.shown_text().startswith("build")
    assert made.shown_text().endswith("state")
    assert LONG in made.toolTip()


def test_that_a_text_with_room_has_no_tooltip_of_itself(qtbot: QtBot) -> None:
    made = ElidedLabel("short")
    qtbot.addWidget(made)
    made.resize(300, 20)
    made.show()
    assert made.shown_text() == "short"
    assert made.toolTip() == ""
    made.set_explanation("why it is so")
    assert "why it is so" in made.toolTip()


def test_that_a_long_text_asks_for_little_room(qtbot: QtBot) -> None:
    made = ElidedLabel("x" * 5000)
    qtbot.addWidget(made)
    assert made.minimumSizeHint().width() < 60


def test_that_line_breaks_do_not_make_a_second_line(qtbot: QtBot) -> None:
    made = ElidedLabel("one\ntwo\u2028three")
    qtbot.addWidget(made)
    assert made.text() == "one two three"


def test_that_labels_show_markup_literally(qtbot: QtBot) -> None:
    for made in (label("<b>x</b>"), mono_label("<b>x</b>"), ElidedLabel("<b>x</b>")):
        qtbot.addWidget(made)
        assert made.textFormat().name == "PlainText"
        assert made.text() == "<b>x</b>"


def test_that_tone_and_font_live_together_whatever_comes_first(
    qapp: QApplication, qtbot: QtBot
) -> None:
    theme.apply_theme(qapp, "light")
    made = strong_label("x", "dim")
    qtbot.addWidget(made)
    made.show()
    set_tone(made, "error")
    assert made.font().weight() == 600
    assert made.palette().windowText().color() == theme.colour("error")
    theme.apply_theme(qapp, "dark")
    assert made.font().weight() == 600
    assert made.palette().windowText().color() == theme.colour("error")
    qapp.setStyleSheet("")
