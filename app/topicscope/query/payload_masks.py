"""Tests of the bytes of payloads: equal, contains, matches, changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topicscope.query.history import NO_ROW
from topicscope.query.patterns import SEARCHED_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from topicscope.capture.segment import Segment
    from topicscope.query.chunk import Chunk
    from topicscope.query.context import FilterContext
    from topicscope.query.masks import Rows
    from topicscope.query.operators import Tester

_FEW = 8
_RARE = 1000
"""Bytes a place, from which on searching one place after the other is quicker."""

_COMPARED = 8


class PayloadIs:
    """Rows whose payload is one of these texts."""

    cost = 20

    def __init__(self, texts: Sequence[str], *, negated: bool = False) -> None:
        self._payloads = frozenset(text.encode(errors="surrogateescape") for text in texts)
        self._negated = negated

    def mask(self, chunk: Chunk, wanted: Rows) -> Rows:
        """Return which rows are seen."""
        sizes = np.array(sorted({len(payload) for payload in self._payloads}))
        rows = np.flatnonzero(wanted & chunk.publishes & np.isin(chunk.payload_sizes, sizes))
        found = np.zeros(len(chunk), np.bool_)
        found[rows] = [payload in self._payloads for payload in chunk.payloads(rows)]
        return chunk.publishes & ~found if self._negated else found


class PayloadContains:
    """Rows whose payload holds these bytes.

    The bytes of all rows are searched at once: one place after the other where they are rare, else by comparing
    whole columns of bytes; then each row asks for the first place behind the begin of its payload. Where few rows
    are asked about, each payload is searched by itself.
    """

    cost = 60

    def __init__(self, text: str) -> None:
        self._bytes = text.encode(errors="surrogateescape")

    def mask(self, chunk: Chunk, wanted: Rows) -> Rows:
        """Return which rows are seen."""
        if not self._bytes:
            return chunk.publishes
        rows = np.flatnonzero(wanted & chunk.publishes)
        seen = np.zeros(len(chunk), np.bool_)
        if len(rows) * _FEW < len(chunk):
            needle = self._bytes
            seen[rows] = [needle in payload for payload in chunk.payloads(rows)]
            return seen
        places = self._places(chunk.raw)
        begins = chunk.payload_begins[rows] - np.uint32(chunk.raw_begin)
        ends = chunk.ends[rows].astype(np.int64) - chunk.raw_begin
        first = np.append(places, len(chunk.raw))[np.searchsorted(places, begins)]
        seen[rows] = first + len(self._bytes) <= ends
        return seen

    def _places(self, raw: bytes) -> NDArray[np.int64]:
        """Return where the bytes are found, in order."""
        needle = self._bytes
        if len(needle) > len(raw):
            return np.empty(0, np.int64)
        sample = raw[: len(raw) // _FEW]
        if sample.count(needle) * _RARE > len(sample):
            return self._all_places(raw)
        places: list[int] = []
        most = len(raw) // _RARE
        place = raw.find(needle)
        while place >= 0:
            places.append(place)
            if len(places) > most:
                return self._all_places(raw)
            place = raw.find(needle, place + 1)
        return np.array(places, np.int64)

    def _all_places(self, raw: bytes) -> NDArray[np.int64]:
        needle = self._bytes
        octets, count = np.frombuffer(raw, np.uint8), len(raw) - len(needle) + 1
        found = octets[:count] == needle[0]
        for index in range(1, min(len(needle), _COMPARED)):
            found &= octets[index : count + index] == needle[index]
        places = np.flatnonzero(found)
        if len(needle) > _COMPARED:
            at = [place for place in places.tolist() if raw.startswith(needle, place)]
            places = np.array(at, np.int64)
        return places


class PayloadText:
    """Rows whose payload, read as text, passes a test; only its first MiB is read."""

    cost = 500

    def __init__(self, test: Tester) -> None:
        self._test = test

    def mask(self, chunk: Chunk, wanted: Rows) -> Rows:
        """Return which rows are seen."""
        rows = np.flatnonzero(wanted & chunk.publishes)
        test = self._test
        seen = np.zeros(len(chunk), np.bool_)
        seen[rows] = [
            test(payload[:SEARCHED_BYTES].decode(errors="surrogateescape"))
            for payload in chunk.payloads(rows)
        ]
        return seen


class PayloadChanged:
    """Rows whose payload differs from the message before on their topic, or that have none before."""

    cost = 200

    def __init__(self, context: FilterContext) -> None:
        self._context = context

    def mask(self, chunk: Chunk, wanted: Rows) -> Rows:
        """Return which rows are seen."""
        before = self._context.history.rows_before(chunk)
        changed = chunk.publishes & (chunk.topics >= 0)
        rows = np.flatnonzero(wanted & changed & (before != NO_ROW))
        segments = [*chunk.earlier(), chunk.segment]
        firsts = np.array([segment.first_row for segment in segments])
        owners = np.searchsorted(firsts, before[rows], side="right") - 1
        for owner in np.unique(owners).tolist():
            some = rows[owners == owner]
            if owner >= 0:
                changed[some] = _differ(chunk, some, segments[owner], before[some] - firsts[owner])
        return changed


def _differ(chunk: Chunk, rows: NDArray[np.intp], other: Segment, local: NDArray[np.int64]) -> Rows:
    """Tell for each row whether its payload differs from that of a local row of another segment."""
    begins = other.offset[local] + other.payload_offset[local]
    ends = other.offset[local + 1]
    differ: Rows = chunk.payload_sizes[rows] != ends - begins
    same = np.flatnonzero(~differ)
    if len(same):
        base = int(begins[same].min())
        raw = other.raw[base : int(ends[same].max())].tobytes()
        spans = map(slice, (begins[same] - base).tolist(), (ends[same] - base).tolist())
        payloads = chunk.payloads(rows[same])
        differ[same] = [payload != raw[span] for payload, span in zip(payloads, spans, strict=True)]
    return differ
