"""Some rows of one segment as a filter looks at them: each column is made when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from topicscope.capture.batch import NOTE_TOPIC
from topicscope.mqtt.control_packets import ControlPacketType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from topicscope.capture.segment import Segment

_FEW = 8


class Chunk:
    """Local rows `begin` to `end` of a segment.

    Attributes:
        earlier: returns the segments in front of this one, oldest first.

    """

    def __init__(
        self, segment: Segment, begin: int, end: int, earlier: Callable[[], Sequence[Segment]]
    ) -> None:
        self.segment = segment
        self.begin = begin
        self.end = end
        self.earlier = earlier

    def __len__(self) -> int:
        return self.end - self.begin

    @cached_property
    def topics(self) -> NDArray[np.int32]:
        """Topic ids; negative where there is no topic."""
        return self.segment.topic[self.begin : self.end]

    @cached_property
    def first_bytes(self) -> NDArray[np.uint8]:
        """Packet types and flags."""
        return self.segment.first_byte[self.begin : self.end]

    @cached_property
    def types(self) -> NDArray[np.uint8]:
        """Packet types."""
        return self.first_bytes >> np.uint8(4)

    @cached_property
    def has_others(self) -> bool:
        """Whether some rows are no Application Messages."""
        others = self.segment.others
        first, last = np.searchsorted(others, (self.begin, self.end))
        return bool(first < last)

    @cached_property
    def publishes(self) -> NDArray[np.bool_]:
        """Which rows are Application Messages."""
        if not self.has_others:
            return np.ones(len(self), np.bool_)
        publishes: NDArray[np.bool_] = self.types == ControlPacketType.PUBLISH
        return publishes

    @cached_property
    def notes(self) -> NDArray[np.bool_]:
        """Which rows are notes."""
        notes: NDArray[np.bool_] = self.topics == NOTE_TOPIC
        return notes

    @cached_property
    def times(self) -> NDArray[np.int64]:
        """Nanoseconds since the epoch."""
        return self.segment.times(self.begin, self.end)

    @cached_property
    def connections(self) -> NDArray[np.uint32]:
        """Numbers of the Network Connections."""
        return self.segment.connections(self.begin, self.end)

    @cached_property
    def begins(self) -> NDArray[np.uint32]:
        """Begin of each packet in the raw bytes of the segment."""
        return self.segment.offset[self.begin : self.end]

    @cached_property
    def ends(self) -> NDArray[np.uint32]:
        """End of each packet."""
        return self.segment.offset[self.begin + 1 : self.end + 1]

    @cached_property
    def payload_begins(self) -> NDArray[np.uint32]:
        """Begin of each payload; the end of the packet where there is none."""
        begins: NDArray[np.uint32] = (
            self.begins + self.segment.payload_offset[self.begin : self.end]
        )
        return begins

    @cached_property
    def payload_sizes(self) -> NDArray[np.uint32]:
        """Size of each payload in bytes."""
        return self.ends - self.payload_begins

    @cached_property
    def raw(self) -> bytes:
        """All bytes from the first row to the last, as `bytes`; they begin at `raw_begin`."""
        return self.segment.raw[self.raw_begin : int(self.ends[-1])].tobytes()

    @property
    def raw_begin(self) -> int:
        """Place of `raw` in the raw bytes of the segment."""
        return int(self.begins[0])

    def payloads(self, rows: NDArray[np.intp]) -> Iterator[bytes]:
        """Return the payloads of some rows, in order."""
        return self._slices(self.payload_begins[rows], self.ends[rows])

    def packets(self, rows: NDArray[np.intp]) -> Iterator[bytes]:
        """Return the packets of some rows, in order."""
        return self._slices(self.begins[rows], self.ends[rows])

    def first_of_payload(self) -> NDArray[np.uint8]:
        """Return the first byte of each payload; 0 for an empty one."""
        raw = self.segment.raw
        if not len(raw):
            return np.zeros(len(self), np.uint8)
        at = np.minimum(self.payload_begins, np.uint32(len(raw) - 1))
        return np.where(self.payload_sizes > 0, raw[at], 0).astype(np.uint8)

    def _slices(self, begins: NDArray[np.uint32], ends: NDArray[np.uint32]) -> Iterator[bytes]:
        if len(begins) * _FEW < len(self):
            raw = self.segment.raw
            pairs = zip(begins.tolist(), ends.tolist(), strict=True)
            return (raw[begin:end].tobytes() for begin, end in pairs)
        base = np.uint32(self.raw_begin)
        spans = map(slice, (begins - base).tolist(), (ends - base).tolist())
        return map(self.raw.__getitem__, spans)
