"""A window under somebody's hands: found by its words, driven by keys and clicks, watched for what it leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QItemSelectionModel, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)

from topicscope.application import SWITCH_INTERVAL_S
from topicscope.connection.supervisor import Connection
from topicscope.connection.timing import Timing
from topicscope.demo.server import BrokerThread
from topicscope.gui import tasks
from topicscope.gui.main_window import MainWindow
from topicscope.gui.secrets import SecretKeeper
from topicscope.gui.services import Services
from topicscope.gui.theme import apply_theme
from topicscope.gui.widgets.fields.field_button import FieldButton
from topicscope.profiles.key_store import SecretStore
from topicscope.profiles.profile import Profile
from topicscope.profiles.store import ProfileStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from topicscope.capture.tap import Tap
    from topicscope.connection.state import ConnectionEvent

PATIENCE_MS = 8_000
LIVELY = Timing(first_retry_s=0.1, longest_retry_s=0.5, jitter=0.0)
"""Durations of the shipped program, but for the rests between two dials."""

W = TypeVar("W", bound=QWidget)


class MemoryKeyStore:
    """Stands in for the key store of the system, which no test may touch; `entries` is what it holds."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Return a text."""
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a text."""
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Keep it no longer."""
        del self.entries[service, username]


class Desk:
    """The window, and hands and eyes for it. Words are what is written on screen or read out."""

    def __init__(self, qtbot: QtBot, folder: Path, timing: Timing = LIVELY) -> None:
        self._qtbot = qtbot
        self._timing = timing
        self._demo: BrokerThread | None = None
        self.folder = folder
        self.windows: list[MainWindow] = []
        self.key_store = MemoryKeyStore()
        self.services = self._make_services()
        self.window = self.open_window()

    # Windows

    def open_window(self) -> MainWindow:
        """Open another window; `window` stays the one that is looked at."""
        window = MainWindow(self.services)
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        window.closed.connect(self._on_closed)
        self.windows.append(window)
        window.show()
        self._qtbot.waitExposed(window)
        window.activateWindow()
        self._wait_for_errands(window)
        return window

    def read_profiles(self) -> None:
        """Let the window read the stored profiles again."""
        self.window.connecting.refresh_profiles()
        self._wait_for_errands(self.window)

    def _wait_for_errands(self, window: MainWindow) -> None:
        self._qtbot.waitUntil(lambda: not window.connecting.is_busy, timeout=PATIENCE_MS)

    def restart(self) -> None:
        """Close all windows and open one as after a start of the program."""
        self.close_windows()
        budgets = self.services.memory_budget, self.services.disk_budget
        self.services = replace(
            self._make_services(), memory_budget=budgets[0], disk_budget=budgets[1]
        )
        self.window = self.open_window()

    def close_windows(self) -> None:
        """Close all windows and let Qt delete them."""
        for window in list(self.windows):
            window.close()
        self.settle()

    def close(self) -> None:
        """Close what is open, the demo broker too."""
        self.close_windows()
        if self._demo is not None:
            self._demo.stop()

    def settle(self) -> None:
        """Let Qt do what waits, deletions included."""
        for _ in range(3):
            QApplication.processEvents()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def _on_closed(self, window: MainWindow) -> None:
        self.windows.remove(window)

    def _make_services(self) -> Services:
        return Services(
            store=ProfileStore(self.folder / "profiles"),
            secrets=SecretKeeper(SecretStore(self.folder, self.key_store)),
            make_connection=self._make_connection,
            start_demo=self._start_demo,
            open_window=self.open_window,
        )

    def _make_connection(
        self, tap: Tap, listener: Callable[[ConnectionEvent], None], lag: Callable[[], float]
    ) -> Connection:
        return Connection(tap, listener, lag, self._timing)

    def _start_demo(self) -> Profile:
        if self._demo is None:
            self._demo = BrokerThread(plant=True)
            self._demo.start()
        return Profile(name="Demo plant", host="127.0.0.1", port=self._demo.port)

    # Eyes

    def wait(
        self, done: Callable[[], object], what: str = "", patience_ms: int = PATIENCE_MS
    ) -> None:
        """Look until `done` is true; say what was on screen when it never was."""
        try:
            self._qtbot.waitUntil(lambda: bool(done()), timeout=patience_ms)
        except Exception as error:
            seen = "\n".join(self.words())
            raise AssertionError(f"{what or 'It'} did not come. On screen:\n{seen}") from error

    def wait_for_words(self, *parts: str, patience_ms: int = PATIENCE_MS) -> None:
        """Look until each part stands somewhere in the window."""
        self.wait(lambda: all(map(self.says, parts)), " and ".join(parts), patience_ms)

    def wait_for_state(self, words: str, patience_ms: int = PATIENCE_MS) -> None:
        """Look until the connection's state in the bar begins with these words."""
        status = self.window.bar.status
        self.wait(lambda: status.text().startswith(words), words, patience_ms)

    def words(self, within: QWidget | None = None) -> list[str]:
        """Return every text that is to be seen."""
        found: list[str] = []
        for widget in self._visible(QWidget, within):
            if isinstance(widget, FieldButton):
                found.append(widget.full_text())
            elif isinstance(widget, (QLabel, QAbstractButton, QLineEdit)):
                found.append(widget.text())
            elif isinstance(widget, QPlainTextEdit):
                found.append(widget.toPlainText())
        return [text for text in found if text]

    def says(self, part: str, within: QWidget | None = None) -> bool:
        """Say whether a text is to be seen."""
        return any(part in text for text in self.words(within))

    def rows(self, name: str = "Messages") -> list[list[str]]:
        """Return the cells of the table or tree of that name, top level only; none when words stand there."""
        views = [v for v in self.window.findChildren(QAbstractItemView) if name in _names(v)]
        if not views[0].isVisible():
            return []
        model = views[0].model()
        columns = range(model.columnCount())
        return [[model.index(row, c).data() for c in columns] for row in range(model.rowCount())]

    def column(self, heading: str, name: str = "Messages") -> list[str]:
        """Return one column of a table."""
        rows = self.rows(name)
        if not rows:
            return []
        model = self.find(QAbstractItemView, name).model()
        headings = [model.headerData(c, Qt.Orientation.Horizontal) for c in range(len(rows[0]))]
        return [row[headings.index(heading)] for row in rows]

    def ledger(self, name: str) -> int:
        """Return a number of the line at the foot of the window."""
        return int(self.find(QLabel, name).text().replace(",", ""))

    def find(self, kind: type[W], name: str, within: QWidget | None = None) -> W:
        """Return the widget in sight with these words on it, or this name for screen readers."""
        found = [w for w in self._visible(kind, within) if name in _names(w)]
        assert found, f"no {kind.__name__} “{name}” in sight among {self.words(within)}"
        return found[0]

    def modal(self) -> QWidget:
        """Return the dialog that is open."""
        dialog = QApplication.activeModalWidget()
        assert dialog is not None
        return dialog

    def popup(self) -> QWidget:
        """Return the menu or list that has opened."""
        popup = QApplication.activePopupWidget()
        assert popup is not None
        return popup

    def tooltip(self, view: QAbstractItemView, row: int, column: int) -> str:
        """Return the tooltip of a cell."""
        model = view.model()
        return model.index(row, column).data(Qt.ItemDataRole.ToolTipRole) or ""

    def _visible(self, kind: type[W], within: QWidget | None) -> list[W]:
        top = within or QApplication.activePopupWidget() or QApplication.activeModalWidget()
        widgets = (top or self.window).findChildren(kind)
        return [widget for widget in widgets if widget.isVisible()]

    # Hands

    def click(self, name: str, within: QWidget | None = None) -> None:
        """Click the button of that name."""
        button = self.find(QAbstractButton, name, within)
        assert button.isEnabled(), f"“{name}” is greyed out"
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def type(self, name: str, text: str, then: str = "") -> None:
        """Click into the field of that name, type over what is there, and press a key."""
        field: QLineEdit | QPlainTextEdit
        try:
            field = self.find(QLineEdit, name)
        except AssertionError:
            field = self.find(QPlainTextEdit, name)
        self.focus(field)
        QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(field, Qt.Key.Key_Delete)
        QTest.keyClicks(field, text)
        if then:
            self.keys(then, field)

    def keys(self, keys: str, widget: QWidget | None = None) -> None:
        """Press keys such as ``Ctrl+K`` where the cursor is."""
        *held, last = keys.split("+")
        modifiers = Qt.KeyboardModifier.NoModifier
        for name in held:
            modifiers |= {
                "Ctrl": Qt.KeyboardModifier.ControlModifier,
                "Shift": Qt.KeyboardModifier.ShiftModifier,
            }[name]
        if widget is not None:
            self.focus(widget)
        elif QApplication.activeWindow() is None:
            self.focus(self.window.focusWidget() or self.window)
        target = widget or QApplication.focusWidget() or self.window
        QTest.keyClick(target, Qt.Key[f"Key_{last}"], modifiers)

    def focus(self, widget: QWidget) -> None:
        """Go to a widget as a click on it would, into its window first."""
        is_popup = widget.window() is QApplication.activePopupWidget()
        if not is_popup and QApplication.activeWindow() is not widget.window():
            widget.window().activateWindow()
            self._qtbot.waitUntil(lambda: QApplication.activeWindow() is widget.window())
        widget.setFocus()

    def choose(self, name: str, text: str) -> None:
        """Choose an entry of the combo box of that name."""
        box = self.find(QComboBox, name)
        self.focus(box)
        QTest.keyClick(box, Qt.Key.Key_Home)
        for _ in range(box.findText(text)):
            QTest.keyClick(box, Qt.Key.Key_Down)
        assert box.currentText() == text

    def choose_in_menu(self, button: str, *path: str) -> None:
        """Open the menu of a button and choose in it, and in its sub-menus."""
        menu = self.find(QAbstractButton, button).menu()  # type: ignore[attr-defined]
        assert isinstance(menu, QMenu)
        for entry in path:
            found = [a for a in menu.actions() if entry in a.text().replace("&", "")]
            assert found, f"no “{entry}” among {[a.text() for a in menu.actions()]}"
            if found[0].menu() is None:
                found[0].trigger()
            else:
                menu = found[0].menu()

    def show_tab(self, title: str) -> None:
        """Click the tab with that title."""
        for tabs in self._visible(QTabBar, None):
            for index in range(tabs.count()):
                if tabs.tabText(index) == title:
                    QTest.mouseClick(
                        tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(index).center()
                    )
                    return
        pytest.fail(f"no tab “{title}”")

    def click_row(self, name: str, row: int, column: int = 0) -> None:
        """Click a row of a table or tree."""
        view = self.find(QAbstractItemView, name)
        index = view.model().index(row, column)
        view.scrollTo(index)
        place = view.visualRect(index).center()
        self.focus(view)
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)

    def click_topic(self, *levels: str) -> None:
        """Open the topic tree down to a level and click that."""
        self.wait(partial(self.rows, "Topics"), "the topics")
        view = self.find(QAbstractItemView, "Topics")
        model, parent = view.model(), view.rootIndex()
        for number, level in enumerate(levels):
            self.wait(partial(_child, view, parent, level), f"topic level {level}")
            parent = _child(view, parent, level)
            assert parent is not None
            if number < len(levels) - 1:
                if model.canFetchMore(parent):
                    model.fetchMore(parent)
                view.setExpanded(parent, True)  # type: ignore[attr-defined]
        view.scrollTo(parent)
        place = view.visualRect(parent).center()
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        view.selectionModel().setCurrentIndex(
            parent,
            QItemSelectionModel.SelectionFlag.ClearAndSelect
            | QItemSelectionModel.SelectionFlag.Rows,
        )

    # Whole errands

    def connect_to(self, url: str) -> None:
        """Paste an address on the first page, press Enter and wait for the connection."""
        self.type("Address of the broker as a URL", url, "Return")
        self.wait_for_state("Connected")

    def begin_form(self, url: str = "", name: str = "") -> QWidget:
        """Begin with an empty form in the dialog that is open, give it an address and a name, and return it."""
        self.click("Begin with this")
        if url:
            self.type("Address of the broker as a URL", url)
        if name:
            self.show_tab("General")
            self.type("Name", name)
        return self.modal()

    def subscribe(self, topic_filter: str) -> None:
        """Type a Topic Filter and press Enter."""
        self.type("Topic Filter to subscribe to", topic_filter, "Return")

    def publish(self, topic: str, payload: str, qos: int = 0, *, retain: bool = False) -> None:
        """Fill in the publish pane and press Ctrl+Enter."""
        self.type("Topic to publish to", topic)
        self.choose("Quality of Service of the message", f"QoS {qos}")
        box = self.find(QAbstractButton, "Retain")
        if box.isChecked() != retain:
            self.click("Retain")
        self.type("Payload", payload, "Ctrl+Return")


@contextlib.contextmanager
def open_desk(
    qtbot: QtBot, qapp: QApplication, folder: Path, timing: Timing = LIVELY
) -> Iterator[Desk]:
    """Sit down at a window; getting up, everything of it must be gone."""
    apply_theme(qapp, "light")
    interval = sys.getswitchinterval()
    # As the application does: cycles with Qt objects in them die on this thread only.
    gc.collect()
    gc.disable()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    before = set(map(id, _things()))
    try:
        with tasks.event_loop(qapp) as loop:
            desk = Desk(qtbot, folder, timing)
            try:
                yield desk
            finally:
                desk.close()
            left = [f"task {task.get_name()}" for task in _unfinished(desk, loop)]
        desk.settle()
        left += [_describe(thing) for thing in _things() if id(thing) not in before]
    finally:
        sys.setswitchinterval(interval)
        gc.enable()
    gc.collect()
    if left:
        pytest.fail(f"the window left behind: {', '.join(left)}")


def _unfinished(desk: Desk, loop: asyncio.AbstractEventLoop) -> set[asyncio.Task[object]]:
    """Return tasks that still run after what ends by itself had time to, such as a first import on a busy machine."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while asyncio.all_tasks(loop) and time.monotonic() < deadline:
        QTest.qWait(20)
        desk.settle()
    return asyncio.all_tasks(loop)


def _things() -> list[QObject]:
    """Return timers that run and windows that are open or hidden."""
    timers = [
        wrapper
        for wrapper in shiboken6.Shiboken.getAllValidWrappers()
        if isinstance(wrapper, QTimer) and wrapper.isActive()
    ]
    return [*timers, *QApplication.topLevelWidgets()]


def _describe(thing: QObject) -> str:
    name = thing.objectName() or thing.metaObject().className()
    return f"{'timer' if isinstance(thing, QTimer) else 'window'} “{name}” of {thing.parent()!r}"


def _names(widget: QWidget) -> set[str]:
    names = {widget.accessibleName(), widget.objectName()}
    names.add(widget.accessibleName().split("\n")[0])
    if isinstance(widget, (QAbstractButton, QLabel)):
        names.add(widget.text().replace("&&", "\0").replace("&", "").replace("\0", "&"))
    return names


def _child(view: QAbstractItemView, parent: object, level: str) -> object:
    model = view.model()
    for row in range(model.rowCount(parent)):  # type: ignore[arg-type]
        index = model.index(row, 0, parent)  # type: ignore[arg-type]
        if index.data() == level:
            return index
    return None
