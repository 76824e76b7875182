"""What was published, and what a crash leaves of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topicscope.automation.publish_history import PublishHistory
from topicscope.automation.publish_history_file import (
    LARGEST_KEPT_PAYLOAD,
    PublishedMessage,
    line_of,
    take_line,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

APP = Path(__file__).parents[3] / "app"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., PublishHistory]]:
    histories: list[PublishHistory] = []

    def open_one(**options: int) -> PublishHistory:
        histories.append(PublishHistory(tmp_path / "state" / "published.ndjson", **options))
        histories[-1].load()
        return histories[-1]

    yield open_one
    for history in histories:
        history.close()


def message(number: int = 1, **fields: Any) -> PublishedMessage:
    given: dict[str, Any] = {
        "time": float(number),
        "topic": f"a/{number}",
        "payload": b"%d" % number,
    }
    return PublishedMessage(**given | fields)


def test_that_all_of_a_message_comes_back(opened: Callable[..., PublishHistory]) -> None:
    history = opened()
    sent = history.add(
        message(
            qos=2, retain=True, payload=b"\xff\x00", properties={"content_type": "x"}, broker="lab"
        )
    )
    history.set_result(sent.identifier, "acknowledged")
    history.flush()
    (read,) = opened().entries()
    assert read.identifier == sent.identifier
    assert read.result == "acknowledged"
    assert (read.payload, read.size, read.qos, read.retain) == (b"\xff\x00", 2, 2, True)
    assert (read.properties, read.broker) == ({"content_type": "x"}, "lab")


def test_that_the_file_is_for_its_user_alone(
    opened: Callable[..., PublishHistory], tmp_path: Path
) -> None:
    history = opened()
    history.add(message())
    history.flush()
    assert (tmp_path / "state" / "published.ndjson").stat().st_mode & 0o777 == 0o600


def test_that_it_is_searched_in_topic_payload_result_and_properties() -> None:
    history = PublishHistory()
    history.add(message(1, payload=b'{"Lamp": 1}', result="Refused"))
    history.add(message(2, properties={"user_property": [["Origin", "test"]]}))
    history.add(message(3))
    assert [one.topic for one in history.search("")] == ["a/3", "a/2", "a/1"]
    assert [one.topic for one in history.search("lamp REFUSED")] == ["a/1"]
    assert [one.topic for one in history.search("origin")] == ["a/2"]
    assert history.search("lamp origin") == []


def test_that_the_oldest_go_when_there_are_too_many(opened: Callable[..., PublishHistory]) -> None:
    history = opened(most=10)
    for number in range(100):
        history.add(message(number))
    history.flush()
    assert [one.time for one in history.entries()] == [float(99 - one) for one in range(10)]
    assert [one.time for one in opened(most=10).entries()] == [float(99 - one) for one in range(10)]


def test_that_the_file_stays_bounded(opened: Callable[..., PublishHistory], tmp_path: Path) -> None:
    history = opened(most=50, most_bytes=20_000)
    for number in range(2_000):
        history.add(message(number, payload=b"x" * 100))
        if number % 20 == 0:
            history.flush()
    history.flush()
    assert (tmp_path / "state" / "published.ndjson").stat().st_size < 60_000
    assert len(opened(most=50, most_bytes=20_000).entries()) <= 50


def test_that_a_large_payload_leaves_its_size(opened: Callable[..., PublishHistory]) -> None:
    history = opened()
    history.add(message(payload=b"x" * (LARGEST_KEPT_PAYLOAD + 1)))
    history.flush()
    (read,) = opened().entries()
    assert read.payload is None
    assert read.size == LARGEST_KEPT_PAYLOAD + 1


def test_that_messages_are_removed_and_all_are_cleared(
    opened: Callable[..., PublishHistory],
) -> None:
    history = opened()
    kept, gone = history.add(message(1)), history.add(message(2))
    history.remove([gone.identifier, "unknown"])
    history.flush()
    assert [one.identifier for one in opened().entries()] == [kept.identifier]
    history.clear()
    assert history.entries() == opened().entries() == []


def test_that_two_windows_write_the_same_file(opened: Callable[..., PublishHistory]) -> None:
    one, two = opened(most=20), opened(most=20)
    for number in range(40):
        (one if number % 2 else two).add(message(number))
        one.flush()
        two.flush()
    assert [entry.time for entry in opened(most=20).entries()] == [float(39 - n) for n in range(20)]


def test_that_a_torn_line_hides_no_other_and_gets_no_message_added(
    opened: Callable[..., PublishHistory], tmp_path: Path
) -> None:
    history = opened()
    history.add(message(1))
    history.close()
    file = tmp_path / "state" / "published.ndjson"
    file.write_bytes(file.read_bytes() + b'{"id": "torn", "ti')
    again = opened()
    again.add(message(2))
    again.flush()
    last = PublishHistory(file)
    assert last.load() == 1
    assert [one.topic for one in last.entries()] == ["a/2", "a/1"]


def test_that_a_folder_that_cannot_be_written_is_told_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    history = PublishHistory(tmp_path / "state" / "published.ndjson")
    history.add(message())
    history.flush()
    assert "The history is not written" in history.problem
    assert len(history.entries()) == 1
    history.close()


LOOP = """
import sys
from pathlib import Path
from topicscope.automation.publish_history import PublishHistory
from topicscope.automation.publish_history_file import PublishedMessage
history = PublishHistory(Path(sys.argv[1]))
for number in range(10**9):
    sent = history.add(PublishedMessage(time=number, topic=f"a/{number}", payload=b"x" * 500))
    history.set_result(sent.identifier, "sent")
    if number % 10 == 0:
        history.flush() if number < 100 else None
        print(number, flush=True)
"""


def test_that_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "published.ndjson"
    process = subprocess.Popen(
        [sys.executable, "-c", LOOP, str(path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(APP)},
    )
    assert process.stdout is not None
    with process.stdout as out:
        for line in out:
            if int(line) >= 500:
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
    history = PublishHistory(path)
    assert history.load() <= 1
    entries = history.entries()[::-1]
    assert len(entries) >= 90
    assert [one.time for one in entries] == [float(number) for number in range(len(entries))]
    assert all(one.payload == b"x" * 500 for one in entries)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.binary(max_size=60)
        | st.sampled_from(
            [
                b'{"id":"a"}',
                b'{"of":"a"}',
                b'{"of":"a","removed":true}',
                b"{}",
                b"[]",
                b'{"id":1}',
                b'{"id":"b","payload_base64":"!"}',
            ]
        ),
        max_size=8,
    )
)
def test_that_arbitrary_lines_are_counted_and_hide_no_other(lines: list[bytes]) -> None:
    found: dict[str, PublishedMessage] = {}
    for line in [*lines, line_of(message(7, identifier="good"))]:
        take_line(line, found)
    assert found["good"].topic == "a/7"
