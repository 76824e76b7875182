"""The rate in the bar: of traffic, never of how fast a file is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtTest import QSignalSpy, QTest

from tests.gui.test_main_window_capture import large_recording
from topicscope.gui.controllers.broker.traffic import TrafficCounter

if TYPE_CHECKING:
    from tests.helpers.window import Desk


def test_that_reading_a_file_is_no_traffic(desk: Desk) -> None:
    path = desk.folder / "large.pcapng"
    path.write_bytes(large_recording(desk.folder))
    counter = TrafficCounter(desk.window.bridge, desk.window)
    spy = QSignalSpy(counter.counted)
    desk.window.open_file(path)
    desk.wait(lambda: desk.window.bridge.log.ledger.stored == 1_200_000, "the whole file")
    desk.wait(lambda: spy.count() > 2)
    QTest.qWait(300)
    assert {spy.at(number)[0] for number in range(spy.count())} == {0.0}
    assert desk.says("0 msg/s")
    assert desk.says("1.2 M")
