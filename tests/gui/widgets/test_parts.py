"""Cards, docks, tabs, sparkline, swatch, empty state, monospace view."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QTextOption
from PySide6.QtWidgets import QLabel, QMainWindow, QMenu

from topicscope.gui import theme
from topicscope.gui.widgets.buttons import icon_button, push_button
from topicscope.gui.widgets.card import HEADER_HEIGHT, CardFrame, PaneHeader
from topicscope.gui.widgets.dock import PaneDock
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.mono_view import MonoView
from topicscope.gui.widgets.sparkline import KEPT_VALUES, Sparkline
from topicscope.gui.widgets.status import StatusText
from topicscope.gui.widgets.swatch import ColourSwatch
from topicscope.gui.widgets.tabs import SegmentedTabs, TabbedCard

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


def test_that_a_header_has_title_extra_and_buttons_that_say_what_they_do(qtbot: QtBot) -> None:
    header = PaneHeader("Topics")
    qtbot.addWidget(header)
    header.set_extra("20,412")
    button = header.add_button("plus", "Add a Topic Filter")
    header.resize(280, HEADER_HEIGHT)
    header.show()
    assert (header.title(), header.extra()) == ("Topics", "20,412")
    assert button.accessibleName() == "Add a Topic Filter"
    assert header.sizeHint().height() == HEADER_HEIGHT
    with qtbot.waitSignal(button.clicked):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_that_a_dock_has_our_header_and_floats_from_its_menu(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    dock = PaneDock("Topics", QLabel("body"), "topics-dock")
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    window.show()
    assert dock.objectName() == "topics-dock"
    assert dock.header.height() == HEADER_HEIGHT
    dock.header.customContextMenuRequested.emit(QPoint(5, 5))
    menu = dock.findChild(QMenu)
    menu.actions()[0].trigger()
    assert dock.isFloating()
    menu.actions()[1].trigger()
    assert not dock.isVisible()
    menu.close()


def test_that_a_tab_is_wide_enough_for_its_title_in_semi_bold(
    qapp: QApplication, qtbot: QtBot
) -> None:
    theme.apply_theme(qapp, "light")
    tabs = SegmentedTabs(("Messages", "Packets", "Scenarios"))
    qtbot.addWidget(tabs)
    tabs.show()
    for index in range(tabs.count()):
        tabs.setCurrentIndex(index)
        metrics = tabs.fontMetrics()
        assert tabs.tabRect(index).width() >= metrics.horizontalAdvance(tabs.tabText(index)) + 16
    qapp.setStyleSheet("")


def test_that_tabs_choose_the_page_by_mouse_and_by_keyboard(qtbot: QtBot) -> None:
    card = TabbedCard()
    qtbot.addWidget(card)
    pages = [QLabel("a"), QLabel("b")]
    for title, page in zip(("Messages", "Packets"), pages, strict=True):
        card.add_page(title, page)
    card.resize(400, 200)
    card.show()
    with qtbot.waitSignal(card.page_changed) as told:
        qtbot.mouseClick(card.tabs, Qt.MouseButton.LeftButton, pos=card.tabs.tabRect(1).center())
    assert told.args == ["Packets"]
    assert card.current_page() is pages[1]
    qtbot.keyClick(card.tabs, Qt.Key.Key_Left)
    assert card.current_page() is pages[0]
    card.show_page(pages[1])
    assert card.tabs.currentIndex() == 1


def test_that_a_card_without_a_title_has_no_header(qtbot: QtBot) -> None:
    card = CardFrame()
    qtbot.addWidget(card)
    card.show()
    assert not card.header.isVisible()


def test_that_a_sparkline_keeps_the_newest_values(qtbot: QtBot) -> None:
    line = Sparkline()
    qtbot.addWidget(line)
    line.show()
    for value in range(KEPT_VALUES + 5):
        line.add_value(value)
    assert line.values()[0] == 5
    assert line.values()[-1] == KEPT_VALUES + 4
    assert not line.grab().isNull()


def test_that_an_empty_sparkline_paints_a_base_line(qtbot: QtBot) -> None:
    line = Sparkline()
    qtbot.addWidget(line)
    line.add_value(0)
    assert not line.grab().isNull()


def test_that_a_swatch_shows_its_colour_and_can_be_clicked(qtbot: QtBot) -> None:
    swatch = ColourSwatch(QColor("#9d7be0"))
    qtbot.addWidget(swatch)
    swatch.show()
    image = swatch.grab().toImage()
    assert image.pixelColor(image.width() // 2, image.height() // 2) == QColor("#9d7be0")
    with qtbot.waitSignal(swatch.clicked):
        qtbot.mouseClick(swatch, Qt.MouseButton.LeftButton)


def test_that_an_empty_state_offers_one_thing_to_do(qtbot: QtBot) -> None:
    state = EmptyState("rss", "No subscriptions yet.", "Subscribe to everything")
    qtbot.addWidget(state)
    state.show()
    with qtbot.waitSignal(state.action_triggered):
        qtbot.mouseClick(state.button, Qt.MouseButton.LeftButton)


def test_that_an_empty_state_without_an_action_has_no_button(qtbot: QtBot) -> None:
    state = EmptyState("inbox", "Nothing yet.")
    qtbot.addWidget(state)
    state.show()
    assert not state.button.isVisible()
    assert state.sentence() == "Nothing yet."


def test_that_the_monospace_view_never_breaks_between_words(qtbot: QtBot) -> None:
    view = MonoView()
    qtbot.addWidget(view)
    assert view.wordWrapMode() == QTextOption.WrapMode.NoWrap
    view.set_wrapped(wrapped=True)
    assert view.wordWrapMode() == QTextOption.WrapMode.WrapAnywhere
    view.setPlainText("<b>x</b>")
    assert view.toPlainText() == "<b>x</b>"
    assert view.isReadOnly()


def test_that_the_monospace_view_stays_monospace_under_the_style_sheet(
    qapp: QApplication, qtbot: QtBot
) -> None:
    theme.apply_theme(qapp, "light")
    view = MonoView()
    qtbot.addWidget(view)
    view.show()
    assert view.font().family() == "JetBrains Mono"
    qapp.setStyleSheet("")


def test_that_a_status_gives_its_details_up_before_its_sentence(qtbot: QtBot) -> None:
    status = StatusText()
    qtbot.addWidget(status)
    status.set_status("good", "full", "Connected 00:41:07", "MQTT 5 · TLS 1.3 · topicscope-7f3a")
    status.resize(190, 24)
    status.show()
    sentence, details = status.parts()
    assert sentence.shown_text() == "Connected 00:41:07"
    assert details.shown_text() != status.details()


def test_that_a_status_dot_differs_by_shape_and_not_by_colour_only(qtbot: QtBot) -> None:
    status = StatusText()
    qtbot.addWidget(status)
    images = []
    for shape in ("full", "half", "ring"):
        status.dot.set_state("good", shape)
        images.append(status.dot.grab().toImage())
    assert images[0] != images[1] != images[2] != images[0]


def test_that_buttons_are_reached_with_the_tab_key(qtbot: QtBot) -> None:
    for button in (icon_button("x", "Close"), push_button("Save")):
        qtbot.addWidget(button)
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_that_a_header_button_can_stay_pressed(qtbot: QtBot) -> None:
    header = PaneHeader("Topics")
    qtbot.addWidget(header)
    seen: list[bool] = []
    button = header.add_button("snowflake", "Freeze", checkable=True)
    button.toggled.connect(partial(seen.append))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert seen == [True]


def test_that_an_empty_state_without_room_leaves_its_icon_out(qtbot: QtBot) -> None:
    state = EmptyState("rss", "No subscriptions. Type a Topic Filter above.")
    qtbot.addWidget(state)
    state.resize(240, 160)
    state.show()
    picture, sentence = state.findChildren(QLabel)
    assert picture.isVisible()
    state.resize(240, 64)
    assert not picture.isVisible()
    qtbot.waitUntil(lambda: sentence.height() >= sentence.heightForWidth(sentence.width()))
    state.resize(240, 160)
    assert picture.isVisible()


def test_that_a_low_page_scrolls_in_place_of_making_the_window_grow(qtbot: QtBot) -> None:
    card = TabbedCard()
    qtbot.addWidget(card)
    tall = QLabel("tall")
    tall.setMinimumSize(300, 400)
    card.add_page("First", QLabel("first"))
    card.add_low_page("Tall", tall)
    card.show_page(tall)
    card.resize(320, 200)
    card.show()
    assert card.height() == 200
    assert (tall.width(), tall.height()) >= (300, 400)
    assert card.current_page() is card.page(1) is tall
    assert card.minimumSizeHint().height() < 200 <= 400
    assert card.minimumSizeHint().width() >= 300


def test_that_right_to_left_text_keeps_the_order_of_the_tables(qtbot: QtBot) -> None:
    view = MonoView()
    qtbot.addWidget(view)
    view.show()
    view.setPlainText("\u05e9\u05dc\u05d5\u05dd \\u202eabc")
    view.set_wrapped(wrapped=True)
    cursor = view.textCursor()
    places = []
    for position in (3, 6, 12):
        cursor.setPosition(position)
        places.append(view.cursorRect(cursor).x())
    assert places == sorted(places)
