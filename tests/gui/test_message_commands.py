"""Marks, places, copying and exporting, as a person asks for them in the window."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMenu, QWidget

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import packet, publish
from topicscope.capture.export import ExportFormat
from topicscope.capture.saving import CaptureSnapshot
from topicscope.gui import tasks, theme
from topicscope.gui.controllers.commands import Commands
from topicscope.gui.controllers.messages.commands import MessageCommands
from topicscope.gui.controllers.messages.exporting import Rows
from topicscope.gui.dialogs.line_dialog import LineDialog
from topicscope.gui.panes.messages import MessagesPane
from topicscope.gui.widgets.messages import clipboard as copying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from topicscope.gui.widgets.messages.view import MessageView


class Bench:
    """A pane with its commands in a window, and hands for them."""

    def __init__(self, qtbot: QtBot, bridge: FakeBridge) -> None:
        self.bridge = bridge
        self.window = QWidget()
        self.window.resize(900, 500)
        qtbot.addWidget(self.window)
        self.pane = MessagesPane(bridge, self.window)  # type: ignore[arg-type]
        self.pane.resize(900, 500)
        self.commands = Commands(self.window)
        self.acting = MessageCommands(bridge, self.pane, self.commands, self.window)  # type: ignore[arg-type]
        self.told: list[tuple[str, str]] = []
        self.acting.told.connect(lambda tone, words: self.told.append((tone, words)))
        self.window.show()
        qtbot.waitExposed(self.window)

    @property
    def view(self) -> MessageView:
        return self.acting.table()

    def catch_up(self) -> None:
        self.pane._pacer.fire()

    def click(self, row: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        place = QPoint(200, self.view.rowViewportPosition(row) + 5)
        QTest.mouseClick(self.view.viewport(), Qt.MouseButton.LeftButton, keys, place)

    def run(self, name: str) -> None:
        self.commands[name].trigger()

    def answer(self, text: str) -> LineDialog:
        dialog = next(one for one in self.window.findChildren(LineDialog) if one.isVisible())
        edit = dialog.findChild(QLineEdit)
        assert edit is not None
        edit.selectAll()
        QTest.keyClicks(edit, text)
        QTest.keyClick(edit, Qt.Key.Key_Return)
        return dialog


@pytest.fixture
def bench(qapp: QApplication, qtbot: QtBot) -> Iterator[Bench]:
    theme.apply_theme(qapp, "light")
    with tasks.event_loop(qapp):
        bridge = FakeBridge()
        bridge.feed([publish(b"a/%d" % (n % 2), b"%d" % n) for n in range(12)])
        made = Bench(qtbot, bridge)
        made.catch_up()
        yield made
        made.acting.close()
        made.window.close()
    qapp.setStyleSheet("")


def bookmarked(view: MessageView) -> list[int]:
    """Return the rows that show the sign of a mark."""
    picture, accent = view.viewport().grab().toImage(), theme.colour("accent")
    rows = picture.height() // 22
    return [row for row in range(rows) if picture.pixelColor(8, 22 * row + 9) == accent]


def trigger(menu: QMenu, text: str) -> None:
    next(action for action in menu.actions() if action.text() == text).trigger()
    menu.close()


# Marks


def test_that_m_marks_the_row_and_shows_a_sign_at_its_left(bench: Bench) -> None:
    bench.click(3)
    QTest.keyClick(bench.view, Qt.Key.Key_M)
    bench.click(7)
    bench.run("mark")
    bench.click(0)
    assert bookmarked(bench.view) == [3, 7]
    assert bench.acting.marks.rows() == [3, 7]
    bench.click(3)
    QTest.keyClick(bench.view, Qt.Key.Key_M)
    bench.click(0)
    assert bookmarked(bench.view) == [7]


def test_that_several_rows_are_marked_at_once(bench: Bench) -> None:
    bench.click(2)
    bench.click(4, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(bench.view, Qt.Key.Key_M)
    assert bench.acting.marks.rows() == [2, 3, 4]
    QTest.keyClick(bench.view, Qt.Key.Key_M)
    assert bench.acting.marks.rows() == []


def test_that_marks_survive_a_filter_and_those_in_sight_are_gone_through(bench: Bench) -> None:
    for row in (1, 4, 9):
        bench.click(row)
        QTest.keyClick(bench.view, Qt.Key.Key_M)
    bench.pane.set_topic_filter("a/1")
    bench.click(0)
    assert bookmarked(bench.view) == [0, 4]
    seen = []
    for name in ("next_mark", "next_mark", "previous_mark", "previous_mark"):
        bench.run(name)
        seen.append(bench.view.current_row())
    assert seen == [9, 1, 9, 1]
    bench.pane.set_topic_filter("")
    bench.click(0)
    assert bookmarked(bench.view) == [1, 4, 9]
    bench.run("next_mark")
    bench.run("next_mark")
    assert bench.view.current_row() == 4


def test_that_going_to_a_mark_says_when_there_is_none(bench: Bench) -> None:
    bench.run("next_mark")
    assert bench.told == [("info", "Nothing is marked yet: M marks the current row.")]
    bench.click(1)
    bench.run("mark")
    bench.pane.set_topic_filter("a/0")
    bench.run("previous_mark")
    assert bench.told[-1] == ("info", "No marked row is shown: the filter hides them all.")


def test_that_marks_are_shared_by_both_tables_and_lost_with_the_capture(bench: Bench) -> None:
    bench.click(5)
    bench.run("mark")
    bench.pane.tabs.setCurrentIndex(1)
    bench.catch_up()
    bench.click(0)
    assert bookmarked(bench.view) == [5]
    bench.bridge.replace_log()
    assert len(bench.acting.marks) == 0


def test_that_the_marks_of_evicted_rows_are_dropped(qapp: QApplication, qtbot: QtBot) -> None:
    theme.apply_theme(qapp, "light")
    bridge = FakeBridge(memory_budget=10 << 20)
    bench = Bench(qtbot, bridge)
    big = b"x" * (1 << 20)
    bridge.feed([publish(b"t", big)])
    bench.catch_up()
    bench.click(0)
    bench.run("mark")
    for _ in range(30):
        bridge.feed([publish(b"t", big)])
        bench.catch_up()
    assert bench.acting.marks.rows() == []
    qapp.setStyleSheet("")


def test_that_words_are_written_on_a_mark_and_listed(bench: Bench, qtbot: QtBot) -> None:
    bench.run("mark_text")
    assert bench.told[-1][1].startswith("Choose a row first")
    bench.click(6)
    bench.run("mark_text")
    bench.answer("  <b>here</b> & there  ")
    qtbot.waitUntil(lambda: 6 in bench.acting.marks)
    index = bench.view.model().index(6, 0)
    assert bench.view.actions_of_row.words_of_mark(index) == "<b>here</b> & there"
    bench.click(2)
    bench.run("mark")

    QTest.mouseClick(bench.acting.corner.marks_button, Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    listed = [action.text() for action in menu.actions() if action.text().startswith("#")]
    assert listed[0].endswith("a/0")
    assert listed[1].endswith("<b>here</b> && there")
    trigger(menu, listed[1])
    assert bench.view.current_row() == 6
    trigger(bench.acting.corner.marks_menu(bench.view), "Remove all marks")
    assert len(bench.acting.marks) == 0


# Places


def test_that_a_number_and_a_time_are_gone_to(bench: Bench) -> None:
    bench.run("go_to")
    bench.answer("#5")
    assert bench.view.current_row() == 4
    bench.bridge.feed([publish(b"late", b"")], seconds=60)
    bench.catch_up()
    bench.run("go_to")
    bench.answer("+59s")
    assert bench.view.current_row() == 11
    bench.run("go_to")
    bench.answer("+2m")
    assert bench.view.current_row() == 12


def test_that_the_dialog_says_what_a_text_means_while_it_is_typed(bench: Bench) -> None:
    bench.run("go_to")
    dialog = bench.window.findChild(LineDialog)
    assert dialog is not None
    assert dialog.line.tone() == "dim"
    QTest.keyClicks(dialog.edit, "99")
    assert (dialog.line.tone(), dialog.accept_button.isEnabled()) == ("error", False)
    assert "messages #1 to #12" in dialog.line.text()
    QTest.keyClick(dialog.edit, Qt.Key.Key_Backspace)
    assert dialog.line.tone() == "good"
    assert dialog.line.text().startswith("#9: 2026-11-2")
    QTest.keyClick(dialog.edit, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_that_a_row_the_filter_hides_leads_to_the_nearest_before_it(bench: Bench) -> None:
    bench.pane.set_topic_filter("a/0")
    bench.run("go_to")
    bench.answer("#6")
    assert bench.view.current_row() == 4
    assert bench.told[-1] == ("info", "The filter hides that row; the nearest one #5 is shown.")


def test_that_in_the_packets_a_number_means_a_packet(bench: Bench) -> None:
    bench.bridge.feed([packet(0xD0)])
    bench.pane.tabs.setCurrentIndex(1)
    bench.catch_up()
    bench.run("go_to")
    bench.answer("13")
    assert bench.view.current_row() == 12


# Copying


def test_that_selected_rows_are_copied_as_text_json_and_bytes(bench: Bench) -> None:
    bench.bridge.feed([publish(b"c", b"\x00\xff"), publish(b"d", "µ".encode())])
    bench.catch_up()
    bench.view.set_following(True)
    bench.click(12)
    bench.click(13, Qt.KeyboardModifier.ControlModifier)
    clipboard = QGuiApplication.clipboard()

    bench.run("copy_json")
    rows = [json.loads(line) for line in clipboard.text().split("\n")]
    assert [row["number"] for row in rows] == [13, 14]
    assert (rows[0]["payload_base64"], rows[1]["payload"]) == ("AP8=", "µ")
    bench.run("copy_payloads")
    exact = clipboard.mimeData().data("application/octet-stream")
    assert bytes(exact.data()) == b"\x00\xff\xc2\xb5"
    assert clipboard.text() == "0x00ff\nµ"
    bench.run("copy_text")
    assert [line.split("\t", 1)[1] for line in clipboard.text().split("\n")] == [
        "c\t0x00ff",
        "d\tµ",
    ]


def test_that_copying_too_much_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "MAX_BYTES", 3)
    bench.view.selectAll()
    for name, how in (("text", "text"), ("json", "JSON"), ("payloads", "bytes")):
        bench.told.clear()
        bench.run(f"copy_{name}")
        assert [tone for tone, _ in bench.told] == ["warning"], name
        assert f" copied as {how};" in bench.told[0][1]
    assert bench.told[0][1] == (
        "3 rows copied as bytes; 9 more were too many. Export takes them all."
    )


def test_that_a_note_and_a_packet_are_copied_as_json(bench: Bench) -> None:
    bench.bridge.feed([packet(0xD0)])
    bench.bridge.note("connection lost")
    bench.pane.tabs.setCurrentIndex(1)
    bench.catch_up()
    bench.click(12)
    bench.click(13, Qt.KeyboardModifier.ShiftModifier)
    bench.run("copy_json")
    rows = [json.loads(line) for line in QGuiApplication.clipboard().text().split("\n")]
    assert rows[0]["type"] == "PINGRESP"
    assert rows[1]["note"] == "connection lost"


def test_that_keys_of_the_menu_are_those_of_the_commands(bench: Bench) -> None:
    bench.click(1)
    menu = bench.view.actions_of_row.menu()
    keys = {action.text(): action.shortcut().toString() for action in menu.actions()}
    menu.close()
    for text, name in (
        ("Copy as JSON", "copy_json"),
        ("Copy payload", "copy_payloads"),
        ("Mark with words…", "mark_text"),
        ("Next mark", "next_mark"),
        ("Previous mark", "previous_mark"),
        ("Export the selected rows…", "export_selected"),
    ):
        assert keys[text] == bench.commands[name].shortcut().toString(), text


# Exporting


def choose(bench: Bench, path: Path, format_name: str) -> None:
    """Choose a format and a file in the dialog that has opened, and accept it."""
    dialog = bench.window.findChild(QFileDialog)
    assert dialog is not None
    name = next(one for one in dialog.nameFilters() if one.startswith(format_name))
    dialog.selectNameFilter(name)
    dialog.filterSelected.emit(name)
    dialog.setDirectory(str(path.parent))
    dialog.selectFile(path.name)
    dialog.accept()


def wait_for_export(bench: Bench, qtbot: QtBot) -> str:
    qtbot.waitUntil(lambda: not bench.acting.exporting.is_running)
    return bench.acting.exporting.notice.sentence()


def test_that_what_the_filter_shows_is_exported(bench: Bench, qtbot: QtBot, tmp_path: Path) -> None:
    bench.bridge.note("lost")
    bench.catch_up()
    bench.pane.set_topic_filter("a/1")
    bench.run("export_shown")
    choose(bench, tmp_path / "found.ndjson", "JSON")
    words = wait_for_export(bench, qtbot)
    assert words.startswith("6 rows exported to ")
    lines = (tmp_path / "found.ndjson").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["payload"] for line in lines] == ["1", "3", "5", "7", "9", "11"]


def test_that_selected_rows_are_exported_as_csv(bench: Bench, qtbot: QtBot, tmp_path: Path) -> None:
    bench.run("export_selected")
    assert bench.told[-1] == ("info", "Choose rows first.")
    bench.click(1)
    bench.click(3, Qt.KeyboardModifier.ShiftModifier)
    bench.click(8, Qt.KeyboardModifier.ControlModifier)
    trigger(bench.view.actions_of_row.menu(), "Export the selected rows…")
    choose(bench, tmp_path / "rows", "CSV")
    assert wait_for_export(bench, qtbot).startswith("4 rows exported")
    lines = (tmp_path / "rows.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("number,time,")
    assert [line.split(",")[0] for line in lines[1:]] == ["2", "3", "4", "9"]


def test_that_payloads_are_exported_each_into_a_file(
    bench: Bench, qtbot: QtBot, tmp_path: Path
) -> None:
    bench.click(10)
    bench.click(11, Qt.KeyboardModifier.ShiftModifier)
    bench.run("export_selected")
    choose(bench, tmp_path / "payloads", "A new folder")
    assert wait_for_export(bench, qtbot).startswith("2 rows exported")
    files = sorted((tmp_path / "payloads").iterdir())
    assert [file.read_bytes() for file in files] == [b"10", b"11"]


def test_that_a_file_that_cannot_be_written_is_said(
    bench: Bench, qtbot: QtBot, tmp_path: Path
) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "x").touch()
    rows, snapshot = Rows(bench.view.log_view), CaptureSnapshot(bench.bridge.log)
    bench.acting.exporting.write(snapshot, rows, full, ExportFormat.PAYLOADS)
    assert "not an empty folder" in wait_for_export(bench, qtbot)


def test_that_an_export_shows_how_far_it_is_and_is_called_off(
    bench: Bench, qtbot: QtBot, tmp_path: Path
) -> None:
    bench.bridge.feed([publish(b"many", b"x" * 100)] * 200_000)
    bench.catch_up()
    qtbot.waitUntil(lambda: not bench.view.log_view.pending or bench.catch_up())
    bench.run("export_shown")
    choose(bench, tmp_path / "many.ndjson", "JSON")
    notice = bench.acting.exporting.notice
    qtbot.waitUntil(lambda: " of 200,012 rows" in notice.sentence())
    assert notice.button.text() == "Cancel"
    bench.run("export_shown")
    assert "Another export" in notice.sentence()
    QTest.mouseClick(notice.button, Qt.MouseButton.LeftButton)
    words = wait_for_export(bench, qtbot)
    assert "called off" in words
    assert list(tmp_path.glob("many*")) == []


def test_that_the_buttons_go_where_there_is_no_table(bench: Bench) -> None:
    corner = bench.acting.corner
    other = bench.pane.add_tab(QWidget(), "Broker")
    bench.pane.tabs.setCurrentIndex(other)
    assert not corner.columns_button.isVisible()
    bench.run("columns")
    assert bench.pane.current_page() is bench.pane.messages
    assert corner.columns_button.isVisible()
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    trigger(menu, "Properties")
    assert bench.view.columns.shown[-1] == "properties"


def test_that_columns_are_remembered_for_each_table(bench: Bench, qtbot: QtBot) -> None:
    bench.acting.remember_columns()
    bench.view.columns.show_column("dup", True)
    bench.pane.packets.view.columns.show_column("delta", False)
    bench.acting.close()
    again = Bench(qtbot, bench.bridge)
    again.acting.remember_columns()
    assert "dup" in again.view.columns.shown
    assert "delta" in again.view.columns.shown
    assert "delta" not in again.pane.packets.view.columns.shown
