"""The topic tree at its limit: 100,000 topics, one level with 10,000 children open, messages arriving all the time.

    python -m tests.benchmarks.tree

It prints one JSON document: the lateness of a 10 ms timer while topics arrive, while the tree stands in the order of
names, and while it is ordered by rates and by last values.
"""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import publish
from topicscope.gui.models.topics.columns import LAST_VALUE, RATE, TOPIC
from topicscope.gui.panes.topics import TopicsPane
from topicscope.gui.theme import apply_theme

if TYPE_CHECKING:
    from collections.abc import Callable

TOPICS = 100_000
CHILDREN = 10_000
TICK_MS = 10
MESSAGES_A_TICK = 100
NEW_TOPICS_A_TICK = 500
SECONDS = 6.0
LIMIT_MS = 100


class Lateness(QObject):
    """A 10 ms timer that notes how late it is, and does something small each time."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__()
        self._work = work
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._on_tick)
        self.values: list[float] = []
        self._clock.start()
        self._timer.start()

    @Slot()
    def _on_tick(self) -> None:
        late = self._clock.nsecsElapsed() / 1e6 - TICK_MS
        self.values.append(max(0.0, late))
        self._work()
        self._clock.restart()

    def stop(self) -> dict[str, float]:
        """Return the lateness in milliseconds."""
        self._timer.stop()
        values = sorted(self.values)
        return {
            "p50": round(values[len(values) // 2], 1),
            "p99": round(values[len(values) * 99 // 100], 1),
            "max": round(values[-1], 1),
            "of_limit": round(values[-1] / LIMIT_MS, 2),
        }


class Scene:
    """A pane before a capture that grows."""

    def __init__(self, app: QApplication) -> None:
        self._app = app
        self._bridge = FakeBridge()
        random.seed(1)
        big = [b"plant/big/sensor%d" % n for n in range(CHILDREN)]
        other = [
            b"site%d/line%d/cell%d/s%d" % (n % 20, n % 7, n % 300, n)
            for n in range(TOPICS - CHILDREN)
        ]
        self._names = random.sample(big + other, TOPICS)
        self._known = 0
        self.pane = TopicsPane(self._bridge)  # type: ignore[arg-type]
        self.pane.resize(560, 900)
        self.pane.show()

    def grow(self) -> None:
        """Let new topics arrive."""
        names = self._names[self._known : self._known + NEW_TOPICS_A_TICK]
        self._known += len(names)
        self._feed(names or random.choices(self._names, k=MESSAGES_A_TICK))

    def go_on(self) -> None:
        """Let messages arrive on topics that are known."""
        self._feed(random.choices(self._names, k=MESSAGES_A_TICK))

    def open_all_children(self) -> None:
        """Open the large level with all its pages."""
        model, view = self.pane.model, self.pane.view
        assert view.show_node(model.topics.find(b"plant/big"))
        parent = model.topics.find(b"plant/big")
        view.setExpanded(model.index_of(parent), True)
        while model.waiting_below(parent):
            model.show_more(parent)
            self._app.processEvents()

    def measure(self, seconds: float, work: Callable[[], None]) -> dict[str, float]:
        """Return the lateness while the window lives for so long."""
        lateness = Lateness(work)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._app.processEvents()
            time.sleep(0.0005)
        return lateness.stop()

    def sort(self, column: int) -> None:
        """Order the tree by a column, largest first, or by names."""
        descending = Qt.SortOrder.DescendingOrder
        order = Qt.SortOrder.AscendingOrder if column == TOPIC else descending
        self.pane.view.sortByColumn(column, order)

    def _feed(self, names: list[bytes]) -> None:
        value = time.monotonic_ns() % 100_000
        payload = b'{"value": %d, "unit": "degC"}' % value
        self._bridge.feed([publish(name, payload) for name in names], seconds=TICK_MS / 1000)


def main() -> None:
    """Run all scenes and print their figures."""
    app = QApplication([])
    apply_theme(app, "light")
    scene = Scene(app)
    result: dict[str, object] = {}
    result["growing"] = scene.measure(TOPICS / NEW_TOPICS_A_TICK * TICK_MS / 1000 + 8, scene.grow)
    scene.open_all_children()
    result["by_name"] = scene.measure(SECONDS, scene.go_on)
    for title, column in (("by_rate", RATE), ("by_last_value", LAST_VALUE)):
        scene.sort(column)
        result[title] = scene.measure(SECONDS, scene.go_on)
    result["topics"] = len(scene.pane.model.topics)
    result["rows"] = len(scene.pane.model.shown)
    result["limit_ms"] = LIMIT_MS
    print(json.dumps(result))


if __name__ == "__main__":
    main()
