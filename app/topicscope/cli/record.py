"""``topicscope record``: what a broker sends, into a capture file."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from topicscope import __version__
from topicscope.capture.batch import Batch
from topicscope.capture.recording import Recorder, RecordingError
from topicscope.cli.arguments import some_seconds
from topicscope.cli.connecting import Target, add_connection_options, target
from topicscope.cli.counting import count_received, first_received
from topicscope.cli.exit_codes import FAILED, USAGE, CommandFailed
from topicscope.cli.session import TICK_S, Session
from topicscope.cli.words import counted, in_bytes, say
from topicscope.connection.state import SubscriptionRequest
from topicscope.mqtt.topics import topic_filter_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.connection.state import ConnectionState, SubscribeAnswered


def record(arguments: Sequence[str]) -> int:
    """Record until the count, the duration or Ctrl-C."""
    options = _parser().parse_args(arguments[1:])
    broker = target(options.url, options)
    for topic_filter in options.topic:
        if problem := topic_filter_problem(topic_filter):
            raise CommandFailed(USAGE, f"-t {topic_filter}: {problem}.")
    try:
        recorder = Recorder(options.output, broker.profile.url)
    except RecordingError as error:
        raise CommandFailed(USAGE, str(error)) from error
    session = _Recording(broker, recorder, options)
    code = session.run()
    if options.json:
        print(msgspec.json.encode(session.report()).decode())
    return code


class _Recording(Session):
    """One recording, from the dial to the complete file."""

    def __init__(self, broker: Target, recorder: Recorder, options: argparse.Namespace) -> None:
        super().__init__(broker, [SubscriptionRequest(t, qos=options.qos) for t in options.topic])
        self._recorder = recorder
        self._wanted: int | None = options.count
        self._duration: float | None = options.duration
        self._shown = self._taken
        self._refused = 0
        self._received = 0
        self._topics = 0

    def report(self) -> dict[str, object]:
        """Return the document that ``--json`` prints."""
        stored = self._recorder.messages
        return {
            "version": __version__,
            "file": str(self._recorder.path),
            "bytes": self._recorder.size,
            "ledger": {
                "received": self._received,
                "stored": stored,
                "shown": stored,
                "hidden": 0,
                "evicted": 0,
                "broker_dropped": None,
            },
            "topics": self._topics,
            "connection": {"state": self._state.phase.value, "reason": self._state.reason},
        }

    # What a command is made of

    def _take_batch(self, batch: Batch) -> None:
        received = count_received(batch)
        wanted = self._wanted
        if wanted is not None and self._received + received >= wanted:
            batch = first_received(batch, wanted - self._received)
            received = wanted - self._received
            self._running = False
        self._received += received
        self._topics += len(batch.new_topics)
        try:
            self._recorder.write(batch)
        except RecordingError as error:
            self._fail(FAILED, str(error))

    def _begin(self, state: ConnectionState) -> None:
        self._progress.say(f"Recording {state.endpoint or self._broker.profile.url}.")

    def _take_answer(self, answer: SubscribeAnswered) -> None:
        if not answer.refused:
            return
        self._progress.say(f"{answer.topic_filter}: {answer.text}")
        self._refused += 1
        if self._refused >= len(self._requests):
            self._fail(FAILED, "The broker has refused every Topic Filter.")

    def _look_at_the_clock(self) -> None:
        if self._taken - self._shown > TICK_S:
            self._shown = self._taken
            self._show()
        if self._left() <= 0:
            self._running = False

    def _rest(self) -> None:
        self._recorder.flush()

    def _patience(self) -> float:
        return max(0.0, min(TICK_S, self._left()))

    def _finish(self) -> None:
        """Complete the file, or leave none where there never was a connection."""
        if self._connected is None:
            self._recorder.discard()
            return
        try:
            self._drain()
            self._recorder.close()
        except RecordingError as error:
            self._fail(FAILED, str(error))
            return
        size = in_bytes(self._recorder.size)
        messages = counted(self._recorder.messages, "message")
        say(f"{messages} in {self._recorder.path} ({size}).")

    # Private

    def _left(self) -> float:
        """Return how many seconds of the duration are left."""
        if self._connected is None or self._duration is None:
            return TICK_S
        return self._connected + self._duration - time.monotonic()

    def _show(self) -> None:
        if self._connected is not None:
            seconds = time.monotonic() - self._connected
            size = in_bytes(self._recorder.size)
            self._progress.show(f"{counted(self._received, 'message')} · {size} · {seconds:.0f} s")

    def _drain(self) -> None:
        """Record what came until the connection was closed, unless enough messages are there."""
        while not self._queue.empty() and self._received != self._wanted:
            _, item = self._queue.get()
            if isinstance(item, Batch):
                self._take_batch(item)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="topicscope record",
        description="Record what a broker sends into a pcapng file, which Wireshark reads too. "
        "Ctrl-C ends the recording with the file complete.",
        epilog="Exit codes: 0 done, 1 the recording failed, 2 usage, 3 no connection.",
    )
    parser.add_argument("url", metavar="URL", help="for instance mqtts://broker.example:8883")
    parser.add_argument(
        "-t", "--topic", nargs="+", action="extend", required=True, metavar="FILTER",
        help="Topic Filters to subscribe",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE",
        help="the pcapng file to write",
    )  # fmt: skip
    parser.add_argument("--count", type=_count, metavar="N", help="end after N messages")
    parser.add_argument("--duration", type=some_seconds, metavar="S", help="end after S seconds")
    parser.add_argument(
        "--qos", type=int, choices=(0, 1, 2), default=0, help="of the subscriptions"
    )
    parser.add_argument("--json", action="store_true", help="print a ledger at the end")
    add_connection_options(parser)
    return parser


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of messages")
    return int(text)
