"""The composition root of the window: makes the parts, hands them over, shuts them down."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLoggingCategory, QObject, QSocketNotifier, Qt, QTimer, Slot
from shiboken6 import isValid

from topicscope import __version__
from topicscope.gui import tasks
from topicscope.gui.garbage import GarbageCollector
from topicscope.gui.main_window import MainWindow
from topicscope.gui.performance import PerformanceProbe
from topicscope.gui.qt_application import QtApplication
from topicscope.gui.secrets import SecretKeeper
from topicscope.gui.services import Services
from topicscope.gui.settings import saved_theme
from topicscope.gui.theme import apply_theme
from topicscope.paths import config_dir
from topicscope.profiles.key_store import SecretStore
from topicscope.profiles.profile import Profile
from topicscope.profiles.store import ProfileStore
from topicscope.profiles.url import UrlError, parse_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QApplication

    from topicscope.capture.tap import Tap
    from topicscope.connection.state import ConnectionEvent
    from topicscope.connection.supervisor import Connection
    from topicscope.demo.server import BrokerThread
    from topicscope.profiles.launch import WindowOptions

SWITCH_INTERVAL_S = 1e-4
"""Longest time a thread keeps the interpreter while another waits: a flood must not hold the window up for longer."""

CONNECTS = "topicscope.connection.supervisor"

logger = logging.getLogger("topicscope")


def make_connection(
    tap: Tap, listener: Callable[[ConnectionEvent], None], lag: Callable[[], float]
) -> Connection:
    """Make a connection; what it is made of is imported after the first paint, in a worker."""
    from topicscope.connection.supervisor import Connection

    return Connection(tap, listener, lag)


def open_file(window: MainWindow, path: Path) -> None:
    """Open what somebody double-clicked: connections to import, a message to publish, or else a capture."""
    match path.suffix.lower():
        case ".json":
            window.importing.open_file(path)
        case ".message":
            window.on_publish.templates.open_file(path)
        case _:
            window.open_file(path)


class Application(QObject):
    """All windows of the process, and what they share."""

    def __init__(self, app: QApplication, options: WindowOptions) -> None:
        super().__init__()
        self._app = app
        self._options = options
        self._demo: BrokerThread | None = None
        self._probe: PerformanceProbe | None = None
        self._windows: list[MainWindow] = []
        self._services = Services(
            store=ProfileStore(config_dir() / "profiles"),
            secrets=SecretKeeper(SecretStore(config_dir()), self),
            make_connection=make_connection,
            start_demo=self.start_demo,
            open_window=self.open_window,
            # A run for a picture or a report is nobody's window.
            remembers_shape=options.after is None,
        )
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._collector: GarbageCollector | None = None
        self._first = self.open_window(options.size)

    def open_window(self, size: tuple[int, int] | None = None) -> MainWindow:
        """Open another window, of `size` in pixels or of the one remembered."""
        window = MainWindow(self._services)
        if size:
            window.resize(*size)
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        window.closed.connect(self._on_window_closed)
        window.bridge.appended.connect(self._on_appended)
        self._windows.append(window)
        window.show()
        return window

    def start_demo(self) -> Profile:
        """Start the demo broker if it does not run; raises `OSError`."""
        if self._demo is None:
            from topicscope.demo.server import BrokerThread

            demo = BrokerThread(plant=True)
            demo.start()
            self._demo = demo
        return Profile(name="Demo plant", host="127.0.0.1", port=self._demo.port)

    def begin(self) -> None:
        """Do what the command line asked for; to be called when the window has been painted."""
        options, window = self._options, self._first
        self._collector = GarbageCollector(self)
        if options.report:
            self._probe = PerformanceProbe(self._count_received, self)
        if options.after is not None:
            QTimer.singleShot(int(options.after * 1000), self, self._on_time_is_up)
        window.recovery.look()
        window.subscribe_instead(options.subscribe)
        if options.file:
            open_file(window, options.file)
        tasks.spawn(self._connect())

    def close(self) -> None:
        """End what the windows shared."""
        if self._collector is not None:
            self._collector.stop()
        if self._demo is not None:
            self._demo.stop()

    @Slot(str)
    def open(self, target: str) -> None:
        """Open a file or connect to an address, in the first window while that has nothing to show yet."""
        window = self._windows[-1] if self._windows else self.open_window()
        if "://" not in target:
            open_file(window, Path(target))
            return
        try:
            profile, password = parse_url(target)
        except UrlError as error:
            window.notice.tell("error", str(error))
            return
        if window.bridge.log.end_row:
            window = self.open_window()
        window.connecting.connect_given(profile, {"secret": password} if password else {})

    async def _connect(self) -> None:
        """Connect if the command line asks for it, once a worker has imported what connects.

        That takes 0.15 s, in which the window would stand still.
        """
        await tasks.in_worker(import_module, CONNECTS)
        options, window = self._options, self._first
        if not isValid(window) or not window.isVisible():
            return
        if options.profile:
            window.connecting.connect_given(
                options.profile, options.secrets, asks=options.after is None
            )
        elif options.demo:
            window.connecting.start_demo()

    @Slot(object)
    def _on_window_closed(self, window: MainWindow) -> None:
        self._windows.remove(window)

    @Slot()
    def _on_appended(self) -> None:
        if self._collector is not None:
            self._collector.collect()

    @Slot()
    def _on_time_is_up(self) -> None:
        window, options = self._first, self._options
        if options.report and self._probe:
            report = self._probe.report(**window.accounts.facts())
            options.report.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        if options.screenshot and not window.grab().save(str(options.screenshot)):
            logger.error("The screenshot could not be written to %s.", options.screenshot)
        self._app.closeAllWindows()

    def _count_received(self) -> int:
        return self._first.bridge.log.ledger.received


class _Interrupt(QObject):
    """Closes the windows on Ctrl-C: a signal handler of Python runs only when Python does, so a socket wakes it."""

    def __init__(self, app: QApplication) -> None:
        super().__init__()
        self._reading, self._writing = socket.socketpair()
        self._writing.setblocking(False)
        self._before = signal.set_wakeup_fd(self._writing.fileno())
        self._notifier = QSocketNotifier(self._reading.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_activated)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _ignore)
        self._app = app

    @Slot()
    def _on_activated(self) -> None:
        if self._reading.recv(64):
            self._app.closeAllWindows()

    def close(self) -> None:
        """Give signals back to Python."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._reading.close()
        self._writing.close()


def _ignore(_number: int, _frame: object) -> None:
    """Be there, so that Python writes to the wake-up socket instead of ending the process."""


def _report(error: BaseException) -> None:
    """Say what went wrong inside of us, with its place, and go on."""
    logger.error("%s", "".join(traceback.format_exception(error)))


def run(options: WindowOptions) -> int:
    """Run the window until it is closed, and return the exit code."""
    if sys.platform == "linux" and not any(
        map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    ):
        print("topicscope: there is no display; the window is drawn offscreen.", file=sys.stderr)  # noqa: T201
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = QtApplication(sys.argv[:1])
    # Said for every payload in a script that no font here has; it is shown as boxes, which says enough.
    QLoggingCategory.setFilterRules("qt.text.font.db=false")
    app.setApplicationName("topicscope")
    app.setApplicationDisplayName("Topicscope")
    app.setApplicationVersion(__version__)
    # Flatpak names the desktop file as the application, the others as the command.
    app.setDesktopFileName(os.environ.get("FLATPAK_ID", "topicscope"))
    apply_theme(app, options.theme or saved_theme())
    application = Application(app, options)
    app.handed_over.connect(application.open)
    interrupt = _Interrupt(app)
    tasks.report_failures_to(_report)
    QTimer.singleShot(0, application, application.begin)
    try:
        return tasks.run(app)
    finally:
        application.close()
        interrupt.close()
