"""What a chart shows: named lines over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Series(NamedTuple):
    """One line of a chart.

    Attributes:
        name: for people.
        times: seconds since the epoch, rising.
        values: one for each time; not a number leaves a gap.
        colour: index of its colour in the series of the theme; -1 is the accent.
        until: each value holds until the next one, and the last until this time, seconds since the epoch; None
            for what goes from value to value in a straight line.

    """

    name: str
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    colour: int = -1
    until: float | None = None

    @property
    def end(self) -> float:
        """Time up to which there is something to see; the line must have values."""
        return max(float(self.times[-1]), self.until or 0.0)
