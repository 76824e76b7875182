"""How long the reader rests for the sake of the window."""

from __future__ import annotations

_TOLERATED_LAG_S = 0.02
_LONGEST_PAUSE_S = 0.002


def pause_for(lag_s: float) -> float:
    """Return the seconds to rest after a read when the reader of the capture is ``lag_s`` behind.

    Both threads share one interpreter. A reader that never rests starves the window; one that always
    rests halves the take-in. So it rests only as far as the window has fallen behind, and never so
    long that the broker's buffers fill (DESIGN section 3).
    """
    if lag_s <= _TOLERATED_LAG_S:
        return 0.0
    return min(lag_s / 10, _LONGEST_PAUSE_S)
