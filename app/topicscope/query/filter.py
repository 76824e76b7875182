"""A display filter ready to be asked which rows are seen: at once, live, or backwards from the newest in chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from topicscope.query.chunk import Chunk
from topicscope.query.field import Condition
from topicscope.query.grammar import parse
from topicscope.query.masks import CHEAP, All, AnyOf, Mask, NotSeen
from topicscope.query.operators import EXISTS
from topicscope.query.patterns import Pattern
from topicscope.query.syntax import And, Node, Not, Or, conditions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.segment import Segment
    from topicscope.query.context import FilterContext
    from topicscope.query.masks import Rows

CHUNK_ROWS = 65_536

Snapshot: TypeAlias = "tuple[tuple[Segment, int], ...]"
"""Segments with the rows they had at one moment, oldest first."""


def snapshot(log: CaptureLog) -> Snapshot:
    """Return what a log holds now; called on the thread that owns the log, used on any."""
    return tuple((segment, segment.count) for segment in log.segments)


class Filter:
    """Which rows of a capture are seen.

    Application Messages that the text describes are seen, and always notes; other Control Packets only where a field
    that names them (`type`, `reason_code`) is used, or the context looks at packets.

    Attributes:
        text: as it was written.

    """

    def __init__(self, text: str, node: Node | None, context: FilterContext) -> None:
        """Make the masks; raises `FilterError` where the context does not know something."""
        self.text = text
        self._node = node
        self._context = context
        self._conditions = conditions(node) if node else []
        self._mask = None if node is None else _mask(node, context)
        self._all_packets = context.packets or any(
            condition.field.names_packets for condition in self._conditions
        )

    @property
    def is_cheap(self) -> bool:
        """Whether a million rows take milliseconds; otherwise old rows are for another thread."""
        return self._mask is None or self._mask.cost <= CHEAP

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written, so that all is seen."""
        return self._node is None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about what was not looked at."""
        patterns = [
            value
            for condition in self._conditions
            for value in condition.values
            if isinstance(value, Pattern) and value.timeouts
        ]
        return tuple(
            f"The regular expression {one.text} took too long for {one.timeouts} texts"
            + ("; it is given up, the other texts were not searched" if one.is_given_up else "")
            for one in patterns
        )

    def predicate(self, segment: Segment, begin: int, end: int) -> Rows | None:
        """Say which local rows from begin to end are seen, None for all; on the thread that owns the log."""

        def earlier() -> Sequence[Segment]:
            return [one for one in self._context.log.segments if one.first_row < segment.first_row]

        return self._seen(segment, begin, end, earlier)

    def sees(self, segment: Segment, local: int, segments: Sequence[Segment]) -> bool:
        """Tell whether one row is seen; on any thread, with the segments of the log at one moment, oldest first."""

        def earlier() -> Sequence[Segment]:
            return [one for one in segments if one.first_row < segment.first_row]

        seen = self._seen(segment, local, local + 1, earlier)
        return seen is None or bool(seen[0])

    def evaluate_backwards(
        self, rows: Snapshot, chunk_rows: int = CHUNK_ROWS
    ) -> Iterator[tuple[Segment, int, int, Rows | None]]:
        """Give what is seen in chunks, the newest first; on any thread, and ended by not going on."""
        segments = [segment for segment, _ in rows]
        for index in range(len(rows) - 1, -1, -1):
            segment, end = rows[index]
            before = tuple(segments[:index])

            def earlier(before: Sequence[Segment] = before) -> Sequence[Segment]:
                return before

            while end > 0:
                begin = max(0, (end - 1) // chunk_rows * chunk_rows)
                yield segment, begin, end, self._seen(segment, begin, end, earlier)
                end = begin

    def explain(self) -> str:
        """Say in a sentence what is seen."""
        what = "Control Packets" if self._all_packets else "Messages"
        if self._node is None:
            return "All Control Packets." if self._all_packets else "All messages."
        return f"{what} where {_said(self._node)}."

    def _seen(
        self, segment: Segment, begin: int, end: int, earlier: Callable[[], Sequence[Segment]]
    ) -> Rows | None:
        if begin >= end:
            return np.zeros(0, np.bool_)
        chunk = Chunk(segment, begin, end, earlier)
        if self._mask is None:
            if self._all_packets or not chunk.has_others:
                return None
            return chunk.publishes | chunk.notes
        if not chunk.has_others:
            wanted = chunk.publishes
            return wanted & self._mask.mask(chunk, wanted)
        wanted = ~chunk.notes if self._all_packets else chunk.publishes
        return (wanted & self._mask.mask(chunk, wanted)) | chunk.notes


def compile_filter(text: str, context: FilterContext) -> Filter:
    """Return the filter that a text describes; raises `FilterError` and nothing else."""
    return Filter(text, parse(text), context)


def _mask(node: Node, context: FilterContext) -> Mask:
    if isinstance(node, Condition):
        return node.field.mask(node, context)
    if isinstance(node, Not):
        return NotSeen(_mask(node.part, context))
    parts = [_mask(part, context) for part in node.parts]
    return All(parts) if isinstance(node, And) else AnyOf(parts)


def _said(node: Node, *, inside: bool = False) -> str:
    if isinstance(node, Condition):
        return _condition_said(node)
    if isinstance(node, Not):
        return f"not ({_said(node.part)})"
    joined = (" or " if isinstance(node, Or) else " and ").join(
        _said(part, inside=True) for part in node.parts
    )
    return f"({joined})" if inside else joined


def _condition_said(condition: Condition) -> str:
    said = condition.field.said(condition)
    operator = condition.operator
    if operator is EXISTS and condition.field.kind.name == "boolean":
        return said
    values = " and ".join(condition.written)
    if operator.terminal == "IN" and operator.symbol != "in …":
        values = ", ".join(condition.written)
    return f"{said} {operator.words} {values}".rstrip()
