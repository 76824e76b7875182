"""``topicscope status``: what a broker tells of itself under $SYS."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

import msgspec

from topicscope.broker_status import TOPIC_FILTER, StatusReader
from topicscope.broker_status.advice import advice, broker_hint
from topicscope.broker_status.report import report_data, report_markdown
from topicscope.cli.arguments import some_seconds
from topicscope.cli.connecting import Target, add_connection_options, target
from topicscope.cli.counting import received_messages
from topicscope.cli.exit_codes import FAILED
from topicscope.cli.session import Session
from topicscope.cli.status_table import status_table
from topicscope.connection.state import SubscriptionRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.capture.batch import Batch
    from topicscope.connection.state import ConnectionState, SubscribeAnswered

_TICK_S = 0.1
_WAIT_S = 12.0
_QUIET_S = 0.4
"""A round is over when nothing has come for so long."""
_REFRESH_S = 5.0
"""A table that is watched is printed anew after so long without news, for what is said of silence."""


def status(arguments: Sequence[str]) -> int:
    """Print what the broker tells after one round, or with --watch after each."""
    options = _parser().parse_args(arguments[1:])
    return _Watch(target(options.url, options), options).run()


class _Watch(Session):
    """One subscription to $SYS, from the dial to the last table."""

    def __init__(self, broker: Target, options: argparse.Namespace) -> None:
        super().__init__(broker, [SubscriptionRequest(TOPIC_FILTER)])
        self._options = options
        self._reader = StatusReader()
        self._topics: list[bytes] = []
        self._hint = broker_hint(broker.profile.host)
        self._granted_at: float | None = None
        self._heard_at: float | None = None
        self._live = False
        self._unshown = False
        self._shown_at = 0.0

    # What a command is made of

    def _take_batch(self, batch: Batch) -> None:
        self._topics += batch.new_topics
        for message in received_messages(batch, self._topics):
            known = message.topic in self._reader.tree.entries
            self._reader.update(
                message.topic, message.payload, batch.time_ns, retained=message.retain
            )
            if message.topic in self._reader.tree.entries and (known or not message.retain):
                self._live = True
            if self._heard_at is None:
                self._shown_at = time.monotonic()
            self._heard_at = time.monotonic()
            self._unshown = True

    def _begin(self, state: ConnectionState) -> None:
        if (told := state.server) is not None and not self._hint:
            said = (told.reason_string, *(" ".join(pair) for pair in told.user_properties))
            self._hint = broker_hint("", told.assigned_client_identifier, said)
        if self._granted_at is None:
            self._progress.show(f"Waiting for what {self._broker.profile.url} tells of itself.")

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
            is_old = not self._options.json and now - self._shown_at >= _REFRESH_S
            if self._heard_at is not None and ((self._unshown and quiet) or is_old):
                self._show()
        elif (self._live and quiet) or waited >= self._options.wait:
            self._show()
            self._running = False

    def _stop(self) -> None:
        super()._stop()
        if not self._options.watch and self._heard_at is not None:
            self._show()

    def _patience(self) -> float:
        return _TICK_S

    def _is_worth_waiting(self) -> bool:
        # Some brokers end the connection instead of refusing $SYS, each time anew.
        return self._granted_at is not None

    # Private

    def _broker_key(self) -> str:
        return self._reader.detection.key or self._hint

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
    parser.add_argument("--wait", type=some_seconds, default=_WAIT_S, metavar="S", help=text)
    how = parser.add_mutually_exclusive_group()
    text = "print one JSON document; with --watch one a line for each round"
    how.add_argument("--json", action="store_true", help=text)
    text = "print a report for people, with every topic"
    how.add_argument("--markdown", action="store_true", help=text)
    add_connection_options(parser)
    return parser
