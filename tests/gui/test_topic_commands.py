"""The topics, the talkers and the notice of a window, together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.helpers.packets import START_NS, publish
from topicscope.capture.tap import Tap
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from tests.helpers.window import Desk


def test_that_a_talker_leads_to_its_place_in_the_tree(desk: Desk) -> None:
    window = desk.window
    bridge, topics, talkers = window.bridge, window.topics, window.on_topics.talkers
    window._stack.setCurrentWidget(window.docking)
    window.messages.show_page(talkers)
    tap = Tap(bridge.log.append)
    tap.open_connection("", START_NS)
    for second in range(3):
        packets = b"".join(publish(b"plant/line1/%d" % n, b"1") for n in range(second + 1))
        tap.feed(Direction.IN, packets, START_NS + second * 1_000_000_000)
        bridge.log.count_topics()
        bridge.appended.emit()
        desk.wait(lambda: not bridge.log.topics.pending)
        talkers._pacer.fire()
    desk.wait(lambda: talkers.model.rowCount() == 3)

    talkers.view.setCurrentIndex(talkers.model.index(0, 0))
    talkers.view.menu().actions()[1].trigger()

    index = topics.view.currentIndex()
    assert topics.model.topics.path(topics.model.node(index)) == talkers.model.path(0)
    talkers.view.menu().actions()[0].trigger()
    desk.wait(lambda: window.messages.current_page() is window.messages.messages)


def test_that_clearing_without_a_connection_is_told_in_the_window(desk: Desk) -> None:
    desk.window.topics.clear_requested.emit(b"a")

    assert desk.window.notice.sentence() == "Not connected: nothing was cleared."
