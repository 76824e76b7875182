"""How long the reader rests for the sake of the window."""

from __future__ import annotations

_TOLERATED_LAG_S = 0.1
_LONG_LAG_S = 1.0
_PAUSE_S = 0.002
_LONGEST_PAUSE_S = 0.1


def pause_for(lag_s: float) -> float:
    """Return the seconds to rest after a read when the reader of the capture is ``lag_s`` behind.

    Both threads share one interpreter. A reader that never rests starves the window; one that always
    rests halves the take-in. So it rests only as far as the window has fallen behind. When the window
    stands still for long, what waits for it must not fill the memory: then TCP slows the server.
    """
    if lag_s <= _TOLERATED_LAG_S:
        return 0.0
    if lag_s <= _LONG_LAG_S:
        return _PAUSE_S
    return min(lag_s / 20, _LONGEST_PAUSE_S)
