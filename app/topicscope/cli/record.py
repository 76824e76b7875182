"""``topicscope record``: what a broker sends, into a capture file."""

from __future__ import annotations

import argparse
import signal
import time
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import msgspec

from topicscope import __version__
from topicscope.capture.batch import Batch
from topicscope.capture.recording import Recorder, RecordingError
from topicscope.capture.tap import Tap
from topicscope.cli.connecting import Target, add_connection_options, target
from topicscope.cli.counting import count_received, first_received
from topicscope.cli.exit_codes import DONE, FAILED, NO_CONNECTION, USAGE, CommandFailed
from topicscope.cli.words import Progress, counted, in_bytes, say
from topicscope.connection.state import (
    ConnectionEvent,
    ConnectionState,
    Phase,
    SubscribeAnswered,
    SubscriptionRequest,
)
from topicscope.connection.supervisor import Connection
from topicscope.mqtt.topics import topic_filter_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

_TICK_S = 0.25
_CLOSE_S = 5.0


class _Stop:
    """Put into the queue by Ctrl-C: what came before it is still recorded."""


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
    session = _Session(broker, recorder, options)
    code = session.run()
    if options.json:
        print(msgspec.json.encode(session.report()).decode())
    return code


class _Session:
    """One recording, from the dial to the complete file.

    The connection thread puts batches and events into one queue; this thread takes them out.
    """

    def __init__(self, broker: Target, recorder: Recorder, options: argparse.Namespace) -> None:
        self._broker = broker
        self._recorder = recorder
        self._requests = [SubscriptionRequest(text, qos=options.qos) for text in options.topic]
        self._wanted: int | None = options.count
        self._duration: float | None = options.duration
        self._queue: SimpleQueue[tuple[float, Batch | ConnectionEvent | _Stop]] = SimpleQueue()
        self._taken: float = time.monotonic()
        self._progress = Progress()
        self._state = ConnectionState()
        self._connected: float | None = None
        self._refused = 0
        self._received = 0
        self._topics = 0
        self._failure: CommandFailed | None = None
        self._running = True

    def run(self) -> int:
        """Record, and finish the file whatever happens. Raises CommandFailed."""
        tap = Tap(self._put)
        connection = Connection(tap, self._put, self._lag)
        before = {n: signal.signal(n, self._on_signal) for n in (signal.SIGINT, signal.SIGTERM)}
        try:
            connection.connect(self._broker.profile, self._broker.secrets)
            connection.subscribe(self._requests)
            self._work()
            connection.disconnect()
        finally:
            connection.close(_CLOSE_S)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._finish()
        if self._failure is not None:
            raise self._failure
        return DONE

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

    # On the connection thread, or in a signal handler

    def _put(self, item: Batch | ConnectionEvent) -> None:
        self._queue.put((time.monotonic(), item))

    def _lag(self) -> float:
        """Tell by how many seconds the recording has fallen behind, so that reading can wait."""
        return 0.0 if self._queue.empty() else time.monotonic() - self._taken

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._queue.put((time.monotonic(), _Stop()))

    # On this thread

    def _work(self) -> None:
        shown = time.monotonic()
        while self._running:
            try:
                self._taken, item = self._queue.get(timeout=self._patience())
            except Empty:
                self._recorder.flush()
                self._taken = time.monotonic()
            else:
                self._take(item)
            if self._taken - shown > _TICK_S:
                shown = self._taken
                self._show()
            if self._left() <= 0:
                self._running = False

    def _patience(self) -> float:
        """Return how long to wait for the next item, in seconds."""
        return max(0.0, min(_TICK_S, self._left()))

    def _left(self) -> float:
        """Return how many seconds of the duration are left."""
        if self._connected is None or self._duration is None:
            return _TICK_S
        return self._connected + self._duration - time.monotonic()

    def _take(self, item: Batch | ConnectionEvent | _Stop) -> None:
        if isinstance(item, Batch):
            self._take_batch(item)
        elif isinstance(item, ConnectionState):
            self._take_state(item)
        elif isinstance(item, SubscribeAnswered):
            self._take_answer(item)
        elif isinstance(item, _Stop):
            self._running = False

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

    def _take_state(self, state: ConnectionState) -> None:
        self._state = state
        if state.phase is Phase.CONNECTED:
            self._progress.say(f"Recording {state.endpoint or self._broker.profile.url}.")
            if self._connected is None:
                self._connected = time.monotonic()
        elif state.phase is Phase.OFFLINE and state.reason and self._running:
            self._fail(NO_CONNECTION, _sentence(state))
        elif state.phase is Phase.WAITING:
            if self._connected is None:
                self._fail(NO_CONNECTION, _sentence(state))
            else:
                self._progress.say(_sentence(state))

    def _take_answer(self, answer: SubscribeAnswered) -> None:
        if not answer.refused:
            return
        self._progress.say(f"{answer.topic_filter}: {answer.text}")
        self._refused += 1
        if self._refused >= len(self._requests):
            self._fail(FAILED, "The broker has refused every Topic Filter.")

    def _fail(self, code: int, text: str) -> None:
        self._failure = self._failure or CommandFailed(code, text)
        self._running = False

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

    def _finish(self) -> None:
        """Complete the file, or leave none where there never was a connection."""
        self._progress.clear()
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


def _sentence(state: ConnectionState) -> str:
    return f"{state.text} {state.remedy}".strip()


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
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    parser.add_argument("--count", type=_count, metavar="N", help="end after N messages")
    parser.add_argument("--duration", type=_seconds, metavar="S", help="end after S seconds")
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


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e9:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of seconds")
    return seconds
