"""Which topics have been seen retained, and not been cleared since (section 3.3.1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topicscope.mqtt.control_packets import RETAIN_BIT, Direction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from topicscope.capture.segment import Segment


class Retained:
    """A flag for each topic id: a message with RETAIN crossed, and no empty one after it.

    A broker passes a clearing on to old subscriptions with RETAIN 0, so whatever is empty and comes in clears.
    """

    def __init__(self) -> None:
        self._flags: NDArray[np.bool_] = np.empty(0, np.bool_)
        self._any = False

    def flags(self, size: int) -> NDArray[np.bool_]:
        """Return the flag of each of the first `size` topics."""
        if size > len(self._flags):
            grown = np.zeros(max(1024, 2 * size), np.bool_)
            grown[: len(self._flags)] = self._flags
            self._flags = grown
        return self._flags[:size]

    def below(self, path: bytes, names: list[bytes]) -> list[int]:
        """Return the topics with the flag at a path, levels joined as in a Topic Name, and below it."""
        below = path + b"/"
        found: list[int] = np.flatnonzero(self.flags(len(names))).tolist()
        return [one for one in found if names[one] == path or names[one].startswith(below)]

    def count(self, segment: Segment, begin: int, end: int, size: int) -> None:
        """Take in local rows `begin` to `end` of a segment; `size` is how many topics there are by now."""
        ids = segment.topic[begin:end]
        with_retain = (segment.first_byte[begin:end] & RETAIN_BIT).astype(np.bool_) & (ids >= 0)
        if not self._any and not with_retain.any():
            return
        self._any = True
        sizes = segment.lengths(begin, end) - segment.payload_offset[begin:end]
        empty = (sizes == 0) & (ids >= 0)
        if empty.any():
            empty &= with_retain | (segment.directions(begin, end) == Direction.IN)
        rows = np.flatnonzero(with_retain | empty)
        # Of several values for one topic, the last one stays.
        self.flags(size)[ids[rows]] = ~empty[rows]
