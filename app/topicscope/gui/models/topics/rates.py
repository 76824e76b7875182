"""Messages per second of every node of the topic tree, over the last two seconds."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW_S = 2.0
SAMPLE_S = 0.2
_SHORTEST_S = 1.0
"""A first message alone is one a second, not ten."""


class NodeRates:
    """Keeps the totals of all nodes at a few moments; a rate is the difference of two of them.

    It costs the same for one node and for 100,000: nothing is computed but for a node that is asked for.
    """

    def __init__(self, now_s: float, totals: NDArray[np.int64]) -> None:
        self._samples: deque[tuple[float, NDArray[np.int64]]] = deque([(now_s, totals)])

    @property
    def settled(self) -> bool:
        """Whether all rates are zero, and stay so until something arrives."""
        return bool(self._samples[0][1][0] == self._samples[-1][1][0])

    def is_due(self, now_s: float) -> bool:
        """Tell whether the last sample is old enough for another."""
        return now_s - self._samples[-1][0] >= SAMPLE_S

    def sample(self, now_s: float, totals: NDArray[np.int64]) -> None:
        """Take the totals of all nodes, the root's first; they must not change afterwards."""
        samples = self._samples
        if self.settled:
            # After a pause the window begins with what arrived last, not with the pause.
            begin_s, before = samples[-1]
            samples.clear()
            samples.append((max(begin_s, now_s - _SHORTEST_S), before))
        samples.append((now_s, totals))
        while len(samples) > 2 and samples[1][0] <= now_s - WINDOW_S:
            samples.popleft()

    def rates(self) -> NDArray[np.float64]:
        """Return the messages per second of all nodes and all below them."""
        begin_s, before = self._samples[0]
        end_s, after = self._samples[-1]
        counts = after.astype(np.float64)
        counts[: len(before)] -= before
        return counts / max(end_s - begin_s, _SHORTEST_S)

    def rate(self, node: int) -> float:
        """Return the messages per second of a node and all below it."""
        begin_s, before = self._samples[0]
        end_s, after = self._samples[-1]
        if node >= len(after):
            return 0.0
        count = int(after[node]) - (int(before[node]) if node < len(before) else 0)
        return count / max(end_s - begin_s, _SHORTEST_S)
