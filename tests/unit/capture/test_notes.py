"""Notes of the capture: news stays apart from trouble, live, recorded, and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.packets import connect, publish
from topicscope.capture.batch import NOTE
from topicscope.capture.loading import load_recording
from topicscope.capture.log import CaptureLog
from topicscope.capture.notes import is_calm, is_news
from topicscope.capture.recording import Recorder
from topicscope.capture.tap import Tap
from topicscope.connection.sentences import SENTENCES
from topicscope.mqtt.control_packets import ControlPacketType, Direction

if TYPE_CHECKING:
    from pathlib import Path

START_NS = 1_764_000_000_000_000_000


def notes(log: CaptureLog) -> dict[str, bool]:
    """Return the notes of a capture and whether each is calm."""
    segment = log.segments[0]
    return {
        log.record(row).text: is_calm(int(segment.first_byte[row]))
        for row in range(log.end_row)
        if log.record(row).is_note
    }


def tell(tap: Tap) -> None:
    tap.open_connection("Opened mqtt://lab:1883.", START_NS)
    tap.feed(Direction.OUT, connect(), START_NS)
    tap.note("Connected to lab:1883 as me, session not present.", START_NS)
    tap.feed(Direction.IN, publish(b"a", b"1"), START_NS)
    tap.note("Protocol warning: DUP with QoS 0.", START_NS)
    tap.note("Connection lost: lab:1883 closed the connection.", START_NS)


EXPECTED = {
    "Opened mqtt://lab:1883.": True,
    "Connected to lab:1883 as me, session not present.": True,
    "Protocol warning: DUP with QoS 0.": False,
    "Connection lost: lab:1883 closed the connection.": False,
}


def test_that_news_is_calm_and_trouble_is_not() -> None:
    log = CaptureLog()
    tell(Tap(log.append))
    assert notes(log) == EXPECTED


def test_that_a_recording_read_back_tells_news_from_trouble(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.pcapng")
    tell(Tap(recorder.write))
    recorder.close()
    log = CaptureLog()
    load_recording(tmp_path / "a.pcapng", log.append)
    assert notes(log) == EXPECTED


def test_that_the_beginning_of_a_connection_is_news_whatever_it_is_called() -> None:
    log = CaptureLog()
    Tap(log.append).open_connection("10.0.0.5:50000 to 10.0.0.9:1883", START_NS)
    assert notes(log) == {"10.0.0.5:50000 to 10.0.0.9:1883": True}


def test_that_of_all_ends_only_those_asked_for_are_news() -> None:
    calm = {name for name, (_, text, *_) in SENTENCES.items() if is_news(text)}
    assert calm == {"disconnected", "disconnected-with"}


@pytest.mark.parametrize("kind", [kind for kind in ControlPacketType if kind != NOTE])
def test_that_no_packet_is_taken_for_news(kind: ControlPacketType) -> None:
    assert not any(is_calm(kind << 4 | flags) for flags in range(16))
