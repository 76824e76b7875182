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

    """

    name: str
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    colour: int = -1
