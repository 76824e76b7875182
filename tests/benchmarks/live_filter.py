"""A filter on JSON fields before a million messages, while more of them arrive and the window lives.

    python -m tests.benchmarks.live_filter

It prints one JSON document: how long the first rows and all of them take, and how late a 10 ms timer is meanwhile.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from tests.benchmarks.filtering import FILTERS, MESSAGES, packets
from tests.benchmarks.tree import Lateness
from tests.helpers.fake_bridge import FakeBridge
from topicscope.gui.panes.messages import MessagesPane
from topicscope.gui.tasks import event_loop
from topicscope.gui.theme import apply_theme

if TYPE_CHECKING:
    from collections.abc import Callable

MESSAGES_A_TICK = 100
"""Each 10 ms: 10,000 messages a second."""
BLOCK = 500
WARM_UP_S = 1.0
LIMIT_S = 1.0
FIRST_ROWS_LIMIT_S = 0.1
STALL_LIMIT_MS = 50
NAMES = ("json", "json_nested", "value", "mixed")


class Scene:
    """A pane before a full capture that goes on growing."""

    def __init__(self, app: QApplication, messages: int) -> None:
        self._app = app
        self._bridge = FakeBridge(memory_budget=1 << 30)
        self._ones = packets(min(messages, 200_000))
        self._next = 0
        for begin in range(0, messages, BLOCK):
            at = begin % len(self._ones)
            self._bridge.feed(self._ones[at : at + BLOCK], seconds=0.005)
        self.pane = MessagesPane(self._bridge)  # type: ignore[arg-type]
        self.pane.resize(1200, 700)
        self.pane.show()
        # As the bar does when it gets the focus.
        self.pane.sources.problem(FILTERS[NAMES[0]][0], self._bridge.log)
        self.live(WARM_UP_S, never)

    def live(self, seconds: float, done: Callable[[], bool]) -> dict[str, float]:
        """Let messages arrive until something is done, but no longer than that; return the lateness."""
        lateness = Lateness(self._feed)
        end = time.monotonic() + seconds
        while time.monotonic() < end and not done():
            self._app.processEvents()
            time.sleep(0.0005)
        return lateness.stop()

    def measure(self, text: str) -> dict[str, object]:
        """Apply a filter and wait for all that it sees."""
        begun = time.perf_counter()
        first: list[float] = []
        shown = self.pane.messages.view.model()

        def is_done() -> bool:
            if not first and shown.rowCount():
                first.append(time.perf_counter() - begun)
            return not self.pane.filter.result.searching

        self.pane.filter.apply(text)
        late = self.live(30, is_done)
        whole = time.perf_counter() - begun
        rows = shown.rowCount()
        self.pane.filter.apply("")
        self.live(WARM_UP_S, never)
        return {
            "first_rows_s": round(first[0], 4) if first else None,
            "seconds": round(whole, 3),
            "of_limit": round(whole / LIMIT_S, 2),
            "stall_ms": late["max"],
            "rows": rows,
        }

    def _feed(self) -> None:
        at = self._next % len(self._ones)
        self._next += MESSAGES_A_TICK
        self._bridge.feed(self._ones[at : at + MESSAGES_A_TICK], seconds=0.01)


def never() -> bool:
    """Wait for nothing."""
    return False


def main() -> None:
    """Measure all filters and print their figures."""
    app = QApplication([])
    apply_theme(app, "light")
    with event_loop(app):
        scene = Scene(app, MESSAGES)
        result: dict[str, object] = {name: scene.measure(FILTERS[name][0]) for name in NAMES}
        scene.pane.close()
        scene.pane.deleteLater()
        app.processEvents()
    result["limit_s"] = LIMIT_S
    result["first_rows_limit_s"] = FIRST_ROWS_LIMIT_S
    result["stall_limit_ms"] = STALL_LIMIT_MS
    print(json.dumps(result))


if __name__ == "__main__":
    main()
