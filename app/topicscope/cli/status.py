"""``topicscope status``: what a broker tells of itself under $SYS."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import msgspec

from topicscope.broker_status import TOPIC_FILTER, StatusReader
from topicscope.broker_status.advice import advice, broker_hint
from topicscope.broker_status.report import report_data, report_markdown
from topicscope.capture.batch import Batch
from topicscope.capture.tap import Tap
from topicscope.cli.connecting import Target, add_connection_options, target
from topicscope.cli.counting import received_messages
from topicscope.cli.exit_codes import DONE, FAILED, NO_CONNECTION, CommandFailed
from topicscope.cli.status_table import status_table
from topicscope.cli.words import Progress
from topicscope.connection.state import (
    ConnectionEvent,
    ConnectionState,
    Phase,
    SubscribeAnswered,
    SubscriptionRequest,
)
from topicscope.connection.supervisor import Connection

if TYPE_CHECKING:
    from collections.abc import Sequence

_TICK_S = 0.1
_CLOSE_S = 5.0
_WAIT_S = 12.0
_QUIET_S = 0.4
"""A round is over when nothing has come for so long."""
_REFRESH_S = 5.0
"""A table that is watched is printed anew after so long without news, for what is said of silence."""


class _Stop:
    """Put into the queue by Ctrl-C."""


def status(arguments: Sequence[str]) -> int:
    """Print what the broker tells after one round, or with --watch after each."""
    options = _parser().parse_args(arguments[1:])
    return _Watch(target(options.url, options), options).run()


class _Watch:
    """One subscription to $SYS, from the dial to the last table."""

    def __init__(self, broker: Target, options: argparse.Namespace) -> None:
        self._broker = broker
        self._options = options
        self._queue: SimpleQueue[Batch | ConnectionEvent | _Stop] = SimpleQueue()
        self._reader = StatusReader()
        self._topics: list[bytes] = []
        self._hint = broker_hint(broker.profile.host)
        self._progress = Progress()
        self._granted_at: float | None = None
        self._heard_at: float | None = None
        self._live = False
        self._unshown = False
        self._shown_at = 0.0
        self._failure: CommandFailed | None = None
        self._running = True

    def run(self) -> int:
        """Watch until a round is complete, or until Ctrl-C. Raises CommandFailed."""
        connection = Connection(Tap(self._queue.put), self._queue.put)
        before = {n: signal.signal(n, self._on_signal) for n in (signal.SIGINT, signal.SIGTERM)}
        try:
            connection.connect(self._broker.profile, self._broker.secrets)
            connection.subscribe([SubscriptionRequest(TOPIC_FILTER)])
            while self._running:
                self._step()
            connection.disconnect()
        finally:
            connection.close(_CLOSE_S)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._progress.clear()
        if self._failure is not None:
            raise self._failure
        return DONE

    # In a signal handler

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._queue.put(_Stop())

    # On this thread

    def _step(self) -> None:
        try:
            self._take(self._queue.get(timeout=_TICK_S))
        except Empty:
            self._look_at_the_clock()

    def _take(self, item: Batch | ConnectionEvent | _Stop) -> None:
        if isinstance(item, Batch):
            self._take_batch(item)
        elif isinstance(item, ConnectionState):
            self._take_state(item)
        elif isinstance(item, SubscribeAnswered):
            self._take_answer(item)
        elif isinstance(item, _Stop):
            self._stop()

    def _take_batch(self, batch: Batch) -> None:
        self._topics += batch.new_topics
        for message in received_messages(batch, self._topics):
            known = message.topic in self._reader.tree.entries
            self._reader.update(
                message.topic, message.payload, batch.time_ns, retained=message.retain
            )
            if message.topic in self._reader.tree.entries and (known or not message.retain):
                self._live = True
            self._heard_at = time.monotonic()
            self._unshown = True

    def _take_state(self, state: ConnectionState) -> None:
        if state.phase is Phase.CONNECTED:
            self._take_hint(state)
            if self._granted_at is None:
                self._progress.show(f"Waiting for what {self._broker.profile.url} tells of itself.")
        elif state.reason and state.phase in (Phase.OFFLINE, Phase.WAITING) and self._running:
            sentence = f"{state.text} {state.remedy}".strip()
            if self._granted_at is None or state.phase is Phase.OFFLINE:
                self._fail(NO_CONNECTION, sentence)
            else:
                self._progress.say(sentence)

    def _take_hint(self, state: ConnectionState) -> None:
        if (told := state.server) is not None and not self._hint:
            said = (told.reason_string, *(" ".join(pair) for pair in told.user_properties))
            self._hint = broker_hint("", told.assigned_client_identifier, said)

    def _take_answer(self, answer: SubscribeAnswered) -> None:
        if answer.refused:
            self._fail(FAILED, advice(self._broker_key(), refused=answer.reason_code))
        else:
            self._granted_at = self._granted_at or time.monotonic()

    def _look_at_the_clock(self) -> None:
        now = time.monotonic()
        if self._granted_at is None:
            return
        waited = now - self._granted_at
        quiet = self._heard_at is not None and now - self._heard_at >= _QUIET_S
        if self._heard_at is None and waited >= self._options.wait:
            self._fail(FAILED, advice(self._broker_key(), silent_s=waited))
        elif self._options.watch:
            is_due = (self._unshown and quiet) or now - self._shown_at >= _REFRESH_S
            if self._heard_at is not None and is_due:
                self._show()
        elif (self._live and quiet) or waited >= self._options.wait:
            self._show()
            self._running = False

    def _stop(self) -> None:
        self._running = False
        if not self._options.watch and self._heard_at is not None:
            self._show()

    def _broker_key(self) -> str:
        return self._reader.detection.key or self._hint

    def _fail(self, code: int, text: str) -> None:
        self._failure = self._failure or CommandFailed(code, text)
        self._running = False

    def _show(self) -> None:
        self._progress.clear()
        self._shown_at, self._unshown = time.monotonic(), False
        now_ns, url = time.time_ns(), self._broker.profile.url
        if self._options.json:
            document = msgspec.json.encode(report_data(self._reader, now_ns, broker=url))
            print(document.decode(), flush=True)
        elif self._options.markdown:
            print(report_markdown(self._reader, now_ns, broker=url), flush=True)
        else:
            begin = "\x1b[H\x1b[2J" if self._options.watch and sys.stdout.isatty() else ""
            print(begin + status_table(self._reader, now_ns), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="topicscope status",
        description="Print what a broker tells of itself under $SYS: clients, messages, load, memory.",
        epilog="Exit codes: 0 done, 1 the broker refused $SYS or told nothing, 2 usage, 3 no connection.",
    )
    parser.add_argument("url", metavar="URL", help="for instance mqtts://broker.example:8883")
    parser.add_argument("--watch", action="store_true", help="go on with each round, until Ctrl-C")
    text = "wait so long for a whole round; 12 unless told (EMQX and aedes need 70)"
    parser.add_argument("--wait", type=_seconds, default=_WAIT_S, metavar="S", help=text)
    how = parser.add_mutually_exclusive_group()
    text = "print one JSON document; with --watch one a line for each round"
    how.add_argument("--json", action="store_true", help=text)
    text = "print a report for people, with every topic"
    how.add_argument("--markdown", action="store_true", help=text)
    add_connection_options(parser)
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 86_400:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of seconds")
    return seconds
