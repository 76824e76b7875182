"""The display filter as a person uses it: typed, chosen, clicked, saved, and as colour rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QPlainTextEdit

from tests.helpers.packets import START_NS, packet, publish
from topicscope.gui.theme import colour, series_colour
from topicscope.gui.widgets.messages.painting import TINT_SHARE, mixed
from topicscope.mqtt.control_packets import Direction
from topicscope.paths import config_dir
from topicscope.profiles.filters import COLOURS

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from tests.helpers.window import Desk
    from topicscope.gui.widgets.filter.edit import FilterEdit

ROWS = [
    publish(b"plant/line%d/temperature" % (number % 3), b'{"value": %d, "unit": "C"}' % number)
    for number in range(90)
] + [publish(b"home/door", b"closed", qos=1, retain=True), publish(b"home/door", b"open")]


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """A window with 92 messages and no connection."""
    window = desk.window
    window._stack.setCurrentWidget(window.docking)
    feed(desk, *ROWS)
    desk.wait(lambda: desk.ledger("shown") == len(ROWS))
    return desk


def feed(desk: Desk, *packets: bytes) -> None:
    tap = desk.window.bridge._tap
    if not desk.window.bridge.log.end_row:
        tap.open_connection("", START_NS)
    tap.feed(Direction.IN, b"".join(packets), START_NS)


def field(desk: Desk) -> FilterEdit:
    return desk.window.filtering.bar.edit


def write(desk: Desk, text: str, then: str = "") -> None:
    desk.type("Display filter", text, then)


def menu_of(desk: Desk, button: str) -> QMenu:
    desk.click(button)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def pick(menu: QMenu, *path: str) -> None:
    for part in path:
        found = [action for action in menu.actions() if part in action.text().replace("&&", "&")]
        assert found, f"no “{part}” among {[action.text() for action in menu.actions()]}"
        if found[0].menu():
            menu = found[0].menu()
        else:
            found[0].trigger()
    top = QApplication.activePopupWidget()
    if top is not None:
        top.close()


def test_that_the_frame_says_while_typing_whether_it_is_a_filter(filled: Desk) -> None:
    desk = filled
    write(desk, "qos ==")
    assert field(desk).property("valid") == "no"
    assert field(desk).accessibleDescription().startswith("Column 7: ")
    QTest.keyClicks(field(desk), " 1")
    assert field(desk).property("valid") == "yes"
    assert field(desk).accessibleDescription() == ""
    assert desk.says("Enter applies")
    assert desk.ledger("hidden") == 0
    desk.keys("Return", field(desk))
    desk.wait(lambda: desk.ledger("shown") == 1)
    assert desk.ledger("hidden") == len(ROWS) - 1
    assert desk.says(f"1 of {len(ROWS)} · ")
    write(desk, "", "Return")
    desk.wait(lambda: desk.ledger("hidden") == 0)
    assert field(desk).property("valid") in {"", None}


def test_that_enter_on_what_is_no_filter_says_why_and_changes_nothing(filled: Desk) -> None:
    desk = filled
    write(desk, "topc == 1", "Return")
    assert field(desk).proposals.isVisible()
    assert "no field" in field(desk).proposals.reason.text()
    assert desk.ledger("hidden") == 0
    desk.keys("Escape", field(desk))
    assert not field(desk).proposals.isVisible()
    desk.keys("Escape", field(desk))
    assert field(desk).text() == ""
    assert QApplication.focusWidget() is desk.window.messages.messages.view


def test_that_fields_operators_and_json_keys_are_proposed_and_taken_with_tab(filled: Desk) -> None:
    desk = filled
    write(desk, "js")
    proposals = field(desk).proposals
    assert proposals.isVisible()
    assert proposals.selected is None
    QTest.keyClicks(field(desk), "on.v")
    assert proposals.names() == ["json.value"]
    QTest.keyClick(field(desk), Qt.Key.Key_Tab)
    assert field(desk).text() == "json.value "
    assert ">" in proposals.names()
    QTest.keyClicks(field(desk), "> 85")
    desk.keys("Return", field(desk))
    desk.wait(lambda: desk.ledger("shown") == 4)


def test_that_topic_levels_are_proposed_in_quotes_and_enter_takes_what_is_chosen(
    filled: Desk,
) -> None:
    desk = filled
    desk.wait(lambda: not desk.window.bridge.log.topics.pending)
    write(desk, 'topic ~ "plant/l')
    proposals = field(desk).proposals
    assert proposals.names() == ["line0/", "line1/", "line2/"]
    QTest.keyClick(field(desk), Qt.Key.Key_Down)
    QTest.keyClick(field(desk), Qt.Key.Key_Down)
    QTest.keyClick(field(desk), Qt.Key.Key_Return)
    assert field(desk).text() == 'topic ~ "plant/line1/'
    assert desk.ledger("hidden") == 0
    QTest.keyClicks(field(desk), '#"')
    desk.keys("Return", field(desk))
    desk.wait(lambda: desk.ledger("shown") == 30)


def test_that_control_and_space_propose_and_do_not_freeze(filled: Desk) -> None:
    desk = filled
    write(desk, "")
    desk.keys("Ctrl+Space", field(desk))
    assert "topic" in field(desk).proposals.names()
    assert not desk.window.messages.frozen
    desk.keys("Down", field(desk))
    desk.keys("Return", field(desk))
    assert field(desk).text() == "topic "


def test_that_a_bare_topic_filter_is_understood(filled: Desk) -> None:
    desk = filled
    write(desk, "plant/+/temperature")
    assert field(desk).property("valid") in {"", None}
    assert field(desk).proposals.names()[0] == 'topic ~ "plant/+/temperature"'
    desk.keys("Return", field(desk))
    desk.wait(lambda: desk.ledger("shown") == 90)
    assert field(desk).text() == 'topic ~ "plant/+/temperature"'
    write(desk, "home")
    assert field(desk).proposals.names()[0] == 'topic ~ "home"'


def test_that_a_word_alone_asks_where_to_look_for_it(filled: Desk) -> None:
    desk = filled
    write(desk, "unit", "Return")
    proposals = field(desk).proposals
    assert proposals.reason.text() == "Arrow keys choose where to look for it"
    assert not desk.says("Enter applies")
    assert proposals.names() == [
        "json.unit",
        'topic ~ "unit"',
        'topic contains "unit"',
        'payload contains "unit"',
    ]
    for key in (*[Qt.Key.Key_Down] * 4, Qt.Key.Key_Return, Qt.Key.Key_Return):
        QTest.keyClick(field(desk), key)
    assert desk.window.filtering.bar.filter_text == 'payload contains "unit"'
    desk.wait(lambda: desk.ledger("shown") == 90)


def test_that_quotes_that_were_forgotten_are_offered(filled: Desk) -> None:
    desk = filled
    write(desk, "topic ~ home/#", "Return")
    assert "a text stands in quotes" in field(desk).proposals.reason.text()
    assert desk.ledger("hidden") == 0
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Return):
        QTest.keyClick(field(desk), key)
    desk.wait(lambda: desk.ledger("shown") == 2)
    assert field(desk).text() == 'topic ~ "home/#"'


def test_that_keys_find_the_field_and_escape_leaves_it_as_it_was(filled: Desk) -> None:
    desk = filled
    write(desk, "retain", "Return")
    desk.wait(lambda: desk.ledger("shown") == 1)
    assert QApplication.focusWidget() is desk.window.messages.messages.view
    desk.keys("Ctrl+F")
    assert QApplication.focusWidget() is field(desk)
    QTest.keyClicks(field(desk), "qos == 7")
    desk.keys("Escape", field(desk))
    desk.keys("Escape", field(desk))
    assert field(desk).text() == "retain"
    assert desk.ledger("shown") == 1
    desk.keys("Ctrl+Shift+F")
    desk.wait(lambda: desk.ledger("hidden") == 0)
    assert field(desk).text() == ""


def test_that_filters_used_before_come_back_with_the_arrow_keys_and_after_a_restart(
    filled: Desk,
) -> None:
    desk = filled
    for text in ("qos == 1", "retain", "qos == 1", "json.value > 80"):
        write(desk, text, "Return")
    write(desk, "")
    seen = []
    for _ in range(4):
        desk.keys("Up", field(desk))
        seen.append(field(desk).text())
    assert seen == ["json.value > 80", "qos == 1", "retain", "retain"]
    for _ in range(3):
        desk.keys("Down", field(desk))
    assert field(desk).text() == ""
    desk.services.filters.close()
    desk.services.filters._book = None
    pick(menu_of(desk, "Filters used before"), "retain")
    desk.wait(lambda: desk.ledger("shown") == 1)


def test_that_a_filter_is_saved_under_a_name_chosen_again_and_forgotten(filled: Desk) -> None:
    desk = filled
    write(desk, "json.value > 85 and json.unit == 'C'", "Return")
    pick(menu_of(desk, "Saved filters and colour rules"), "Save this filter")
    desk.type("Name of the filter", "hot & <b>dry</b>", "Return")
    desk.wait(lambda: QApplication.activeModalWidget() is None)
    assert '"hot & <b>dry</b>"' in (config_dir() / "filters.json").read_text(encoding="utf-8")
    desk.click("Show all messages")
    desk.wait(lambda: desk.ledger("hidden") == 0)
    pick(menu_of(desk, "Saved filters and colour rules"), "hot & <b>dry</b>")
    desk.wait(lambda: desk.ledger("shown") == 4)
    pick(menu_of(desk, "Saved filters and colour rules"), "Forget", "hot")
    assert desk.services.filters.saved == ()


def test_that_a_cell_can_be_filtered_on_and_joined_and_left_out(filled: Desk) -> None:
    desk = filled
    view = desk.window.messages.messages.view
    keys = [column.key for column in view.model().columns]

    def menu_on(row: int, key: str) -> QMenu:
        view.setCurrentIndex(view.model().index(row, keys.index(key)))
        return view.actions_of_row.menu()

    pick(menu_on(90, "topic"), 'Filter on topic == "home/door"')
    desk.wait(lambda: desk.ledger("shown") == 2)
    assert field(desk).text() == 'topic == "home/door"'
    pick(menu_on(0, "qos"), "… and not qos == 1")
    desk.wait(lambda: desk.ledger("shown") == 1)
    assert field(desk).text() == 'topic == "home/door" and not qos == 1'
    pick(menu_on(0, "payload"), 'Filter on payload == "open"')
    pick(menu_on(0, "direction"), "… and direction == in")
    desk.wait(lambda: desk.ledger("shown") == 1)
    pick(menu_on(0, "size"), "Filter on size == 4")
    desk.wait(lambda: desk.ledger("shown") == 1)


def test_that_a_line_of_json_can_be_filtered_on(filled: Desk) -> None:
    desk = filled
    desk.click_row("Messages", 86)
    inspector = desk.window.inspector
    view = inspector.pretty_page.view
    desk.wait(lambda: '"value": 86' in view.toPlainText())
    at = view.toPlainText().index("86")
    pick(inspector.filter_menu.menu(at), "Filter on json.value == 86")
    desk.wait(lambda: desk.ledger("shown") == 1)
    assert field(desk).text() == "json.value == 86"
    desk.wait(lambda: "86" in view.toPlainText(), "the message, looked at still")
    pick(inspector.filter_menu.menu(view.toPlainText().index("unit")), "… and not json.unit")
    desk.wait(lambda: desk.ledger("shown") == 0)
    assert field(desk).text() == 'json.value == 86 and not json.unit == "C"'


def test_that_the_tree_writes_into_the_filter(filled: Desk) -> None:
    desk = filled
    desk.click_topic("plant", "line1")
    desk.keys("Return")
    desk.wait(lambda: desk.ledger("shown") == 30)
    assert field(desk).text() == 'topic ~ "plant/line1/#"'


def test_that_control_packets_asked_for_are_shown_in_their_tab(filled: Desk) -> None:
    desk = filled
    feed(desk, packet(0xD0), packet(0xD0))
    desk.wait(lambda: desk.window.bridge.log.end_row >= len(ROWS) + 2)
    write(desk, "type == PINGRESP", "Return")
    packets = desk.window.messages.packets
    assert desk.window.messages.current_page() is packets
    assert packets.shown == 2
    assert desk.ledger("shown") == 0
    assert desk.ledger("hidden") == len(ROWS)
    desk.show_tab("Messages")
    desk.wait_for_words("matches the display filter")
    desk.click("Show all messages", within=desk.window.messages)
    desk.wait(lambda: desk.ledger("hidden") == 0)


def test_that_messages_are_filtered_as_they_come_and_the_report_says_by_what(filled: Desk) -> None:
    desk = filled
    write(desk, "json.value > 85", "Return")
    desk.wait(lambda: desk.ledger("shown") == 4)
    feed(desk, publish(b"a", b'{"value": 99}'), publish(b"a", b'{"value": 1}'))
    desk.wait(lambda: desk.ledger("shown") == 5)
    facts = desk.window.accounts.facts()
    assert facts["filter"]["text"] == "json.value > 85"
    assert facts["filter"]["looked_at"] == 1.0
    assert facts["ledger"]["shown"] + facts["ledger"]["hidden"] == facts["ledger"]["stored"]


def colours_in(desk: Desk) -> set[int]:
    image = desk.window.messages.messages.view.viewport().grab().toImage()
    return {image.pixel(8, y) for y in range(image.height())}


def tint(name: str) -> QColor:
    return mixed(colour("panel"), series_colour(COLOURS.index(name)), TINT_SHARE)


def test_that_colour_rules_tint_rows_and_the_first_one_wins(filled: Desk) -> None:
    desk = filled
    desk.window.filtering.edit_rules()
    desk.click("Add a rule")
    desk.type("Filter of the rule", "retain")
    desk.click("Add a rule")
    desk.type("Filter of the rule", 'topic ~ "home/#"')
    assert [rule.colour for rule in desk.modal().rules] == ["blue", "amber"]  # type: ignore[attr-defined]
    desk.click("Save")
    desk.wait(lambda: QApplication.activeModalWidget() is None)
    desk.wait(lambda: tint("blue").rgb() in colours_in(desk))
    assert tint("amber").rgb() in colours_in(desk)
    desk.window.filtering.edit_rules()
    desk.click("Earlier")
    desk.click("Save")
    desk.wait(lambda: tint("blue").rgb() in colours_in(desk), "the colour of the first rule")
    desk.window.filtering.edit_rules()
    desk.type("Filter of the rule", "retian")
    desk.click("Save")
    assert desk.says("no field", within=desk.modal())
    desk.click("Cancel")
    desk.wait(lambda: QApplication.activeModalWidget() is None)


@pytest.mark.parametrize("text", ["light", "dark"])
def test_that_tinted_rows_keep_their_contrast(desk: Desk, text: str) -> None:
    desk.window.commands.choose_theme(text)
    for name in COLOURS:
        for role in ("text", "dim"):
            assert contrast(tint(name), colour(role)) >= 4.5, (name, role)
    desk.window.commands.choose_theme("light")


def contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(tone: QColor) -> float:
    parts = [tone.redF(), tone.greenF(), tone.blueF()]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_that_a_broken_file_of_filters_is_told_and_set_aside(desk: Desk) -> None:
    config_dir().mkdir(parents=True, exist_ok=True)
    (config_dir() / "filters.json").write_text("{")
    desk.window._stack.setCurrentWidget(desk.window.docking)
    menu = menu_of(desk, "Saved filters and colour rules")
    assert not menu.actions()[0].isEnabled()
    menu.close()
    desk.wait_for_words("Saved filters: filters.json")


def test_that_help_is_at_hand(filled: Desk) -> None:
    filled.click("Help: how to write a display filter")
    page = filled.window.findChild(QPlainTextEdit, "") and QApplication.activeWindow()
    assert page is not None
    filled.keys("Ctrl+K", filled.window)
    filled.type("Command", "display filter help")
    assert [
        name.split("  ")[0]
        for name in QApplication.activePopupWidget().names()  # type: ignore[union-attr]
    ] == ["Help: display filter"]
    QTest.keyClick(QApplication.activePopupWidget(), Qt.Key.Key_Escape)


def test_that_the_result_stays_beside_the_field_when_there_is_little_room(filled: Desk) -> None:
    desk = filled
    desk.window.resize(1000, 700)
    write(desk, "json.value > 85", "Return")
    desk.wait(lambda: desk.ledger("shown") == 4)
    bar = desk.window.filtering.bar
    assert bar.edit.width() > 500
    clear = desk.find(QAbstractButton, "Show all messages", within=bar)
    assert clear.mapTo(bar, QPoint(clear.width(), 0)).x() <= bar.width()
