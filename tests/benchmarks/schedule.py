"""Schedules in the window: 1,000 messages a second for ten seconds, and the most a schedule may ask for.

    python -m tests.benchmarks.schedule

It prints one JSON document: how many messages went, how late they were, and how late a 10 ms timer of the window was.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QApplication

from tests.benchmarks.measure import running
from tests.benchmarks.tree import Lateness
from topicscope.application import Application
from topicscope.automation.schedules.schedule import Interval, Schedule
from topicscope.automation.templates.template import MessageTemplate
from topicscope.connection.state import Phase
from topicscope.gui.main_window import MainWindow
from topicscope.gui.tasks import event_loop
from topicscope.gui.theme import apply_theme
from topicscope.profiles.launch import WindowOptions
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 10
RATES = (1_000, 10_000)
LIMIT_MS = 50
PATIENCE_S = 30.0


class Scene:
    """A window that is connected, with its schedules in sight."""

    def __init__(self, app: QApplication, port: int) -> None:
        self._app = app
        profile = Profile(name="Lab", host="127.0.0.1", port=port, subscriptions=())
        self._application = Application(app, WindowOptions(profile=profile, after=3600.0))
        self._application.begin()
        (self._window,) = (
            widget for widget in app.topLevelWidgets() if isinstance(widget, MainWindow)
        )
        bridge = self._window.bridge
        self.wait(lambda: bridge.state.phase is Phase.CONNECTED)
        self._library = self._window.automation.automating.library
        self._library.load()
        self.wait(lambda: self._library.is_loaded)
        self._window.automation.show_pane()

    def wait(self, done: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Let the window live until something is true."""
        end = time.monotonic() + patience_s
        while not done():
            if time.monotonic() > end:
                raise RuntimeError("the window does not get there")
            self._app.processEvents()
            time.sleep(0.0005)

    def measure(self, rate: int) -> dict[str, Any]:
        """Run a schedule of so many messages a second."""
        schedule = Schedule(
            name=f"{rate:,} a second",
            message=MessageTemplate(topic="load/{{index % 10}}", payload="{{index}}"),
            pace=Interval(1000 / rate),
            duration_s=SECONDS,
        )
        self._library.save_schedule(schedule)
        automating = self._window.automation.automating
        automating.start_schedules([schedule])
        self.wait(lambda: schedule.id in automating.running)
        lateness = Lateness(_nothing)
        self.wait(lambda: schedule.id not in automating.running, SECONDS + PATIENCE_S)
        delay = lateness.stop()
        del delay["of_limit"]
        status = automating.schedule_status(schedule.id)
        assert status is not None
        drift = status.drift
        return {
            "asked": rate * SECONDS,
            "sent": status.sent,
            "left_out": drift.missed,
            "refused": status.refused,
            "drift_ms": {
                "p50": round(drift.lateness.quantile(0.5) * 1000, 2),
                "p99": round(drift.lateness.quantile(0.99) * 1000, 2),
                "max": round(drift.lateness.longest_s * 1000, 2),
            },
            "gui_delay_ms": delay,
            "limit_ms": LIMIT_MS,
            "of_limit": round(delay["max"] / LIMIT_MS, 2),
        }

    def close(self) -> None:
        """Close the window."""
        self._window.close()
        self._application.close()
        self._app.processEvents()


def _nothing() -> None:
    """Do nothing in the ticks of the timer."""


def main() -> None:
    """Measure each rate and print the figures."""
    command = (sys.executable, "-m", "topicscope", "broker", "--port", "0", "--no-plant", "--json")
    with (
        tempfile.TemporaryDirectory() as folder,
        running(*command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as broker,
    ):
        for variable in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            os.environ[variable] = folder
        assert broker.stdout is not None
        port = json.loads(broker.stdout.readline())["port"]
        app = QApplication([])
        apply_theme(app, "light")
        with event_loop(app):
            scene = Scene(app, port)
            result = {f"{rate}_per_s": scene.measure(rate) for rate in RATES}
            scene.close()
        broker.stdout.close()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
