"""What display filters of one window must know beside the capture: subscriptions and names of levels.

`query` is imported when the first filter is made: reading its grammar takes longer than painting the window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from topicscope.capture.log import CaptureLog
    from topicscope.query import FilterContext, Known
    from topicscope.query.errors import FilterError

    Context = tuple[bool, tuple[str, ...], FilterContext]

_SAMPLES = 50


def _no_subscriptions() -> Mapping[int, str]:
    return {}


def _no_levels() -> Sequence[str]:
    return ()


def _no_level(name: str, topic: bytes) -> str | None:
    del name, topic
    return None


class FilterSources:
    """Makes the context of filters; one for each capture, kept because it remembers what filters found out.

    Attributes:
        subscriptions: returns the Topic Filter of each subscription by its number.
        level_names: returns the names that people gave to topic levels.
        level_of: returns what a topic has at a level of that name, or None.

    """

    def __init__(self) -> None:
        self.subscriptions: Callable[[], Mapping[int, str]] = _no_subscriptions
        self.level_names: Callable[[], Sequence[str]] = _no_levels
        self.level_of: Callable[[str, bytes], str | None] = _no_level
        self._contexts: list[Context] = []

    def context(self, log: CaptureLog, *, packets: bool = False) -> FilterContext:
        """Return the context for a capture."""
        names = tuple(self.level_names())
        for of_packets, of_names, context in self._contexts:
            if context.log is log and (of_packets, of_names) == (packets, names):
                return context
        from topicscope.query import FilterContext

        made = FilterContext(
            log,
            packets=packets,
            subscriptions=self.subscriptions,
            level_names=names,
            level_of=self.level_of,
        )
        self._contexts = [
            one for one in self._contexts if one[2].log is log and one[0] is not packets
        ]
        self._contexts.append((packets, names, made))
        return made

    def forget(self) -> None:
        """Let go of what filters found out: what levels are called has changed."""
        self._contexts = []

    def problem(self, text: str, log: CaptureLog) -> FilterError | None:
        """Return what is wrong with a filter, None when nothing is."""
        from topicscope.query import FilterError, compile_filter

        try:
            compile_filter(text, self.context(log))
        except FilterError as error:
            return error
        return None

    def known(self, log: CaptureLog) -> Known:
        """Return what completion may propose from."""
        from topicscope.query import Known

        def samples() -> Iterator[bytes]:
            return _last_payloads(log)

        return Known(log.topics, samples, self.subscriptions, tuple(self.level_names()))


def names_packets(text: str) -> bool:
    """Tell whether a filter asks for Control Packets that are no Application Messages."""
    from topicscope.query import parse
    from topicscope.query.syntax import conditions

    node = parse(text)
    return node is not None and any(one.field.names_packets for one in conditions(node))


def _last_payloads(log: CaptureLog) -> Iterator[bytes]:
    """Return the payloads of the newest messages, each topic once."""
    seen: set[int] = set()
    for row in range(log.end_row - 1, max(log.first_row, log.end_row - 20 * _SAMPLES) - 1, -1):
        record = log.record(row)
        if record.topic_id >= 0 and record.topic_id not in seen:
            seen.add(record.topic_id)
            yield record.payload
            if len(seen) >= _SAMPLES:
                return
