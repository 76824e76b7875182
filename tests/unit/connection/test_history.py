"""The history of a connection, and noticing that the computer slept."""

from __future__ import annotations

import pytest

from topicscope.connection.clock_watch import ClockWatch, jump_text
from topicscope.connection.history import MOST_ENTRIES, ConnectionHistory
from topicscope.connection.state import ConnectionState, Phase


def fed(*states: tuple[float, Phase, str, str]) -> ConnectionHistory:
    history = ConnectionHistory()
    for now, phase, text, reason in states:
        at = now if phase is Phase.CONNECTED else None
        history.take(ConnectionState(phase, text, reason=reason, connected_at=at), now)
    return history


def test_that_a_connection_that_comes_and_goes_is_told_with_its_reasons() -> None:
    history = fed(
        (1, Phase.DIALING, "Connecting.", ""),
        (2, Phase.WAITING, "Nothing listens.", "refused"),
        (3, Phase.DIALING, "Connecting.", ""),
        (4, Phase.HANDSHAKE, "Reached.", ""),
        (5, Phase.CONNECTED, "Connected.", ""),
        (65, Phase.WAITING, "The broker closed it.", "closed"),
        (66, Phase.DIALING, "Connecting.", ""),
        (67, Phase.CONNECTED, "Connected.", ""),
        (70, Phase.OFFLINE, "Disconnected.", "disconnected"),
    )
    assert [(entry.time, entry.what) for entry in history] == [
        (1, "dialing"),
        (2, "failed"),
        (3, "dialing"),
        (5, "connected"),
        (65, "lost"),
        (66, "dialing"),
        (67, "connected"),
        (70, "ended"),
    ]
    entries = list(history)
    assert (entries[4].why, entries[4].lasted_s) == ("The broker closed it.", 60)
    assert entries[7].lasted_s == 3
    assert history.connects == 2
    history.clear()
    assert (len(history), history.connects) == (0, 0)


def test_that_only_the_newest_entries_are_kept() -> None:
    history = ConnectionHistory()
    for turn in range(MOST_ENTRIES):
        history.take(ConnectionState(Phase.DIALING, "Connecting."), turn)
        history.take(ConnectionState(Phase.WAITING, "Refused."), turn)
    assert len(history) == MOST_ENTRIES
    assert next(iter(history)).time == MOST_ENTRIES / 2


class _Clocks:
    def __init__(self) -> None:
        self.monotonic = 100.0
        self.wall = 1_000_000.0
        self.watch = ClockWatch(lambda: self.monotonic, lambda: self.wall)

    def passes(self, seconds: float, wall: float | None = None) -> float:
        """Let time pass between a rest without a limit and the look behind it."""
        self.watch.rest(None)
        self.monotonic += seconds
        self.wall += seconds if wall is None else wall
        return self.watch.look()


def test_that_time_that_passes_is_no_jump() -> None:
    clocks = _Clocks()
    assert clocks.passes(3600) == 0
    assert clocks.passes(1, wall=3) == 0


def test_that_sleep_shows_where_the_monotonic_clock_stands_still() -> None:
    clocks = _Clocks()
    assert clocks.passes(1, wall=7201) == 7200
    assert clocks.passes(1) == 0


def test_that_sleep_shows_where_the_monotonic_clock_goes_on() -> None:
    clocks = _Clocks()
    clocks.watch.rest(15)
    clocks.monotonic += 615
    clocks.wall += 615
    assert clocks.watch.look() == 600
    clocks.watch.rest(15)
    clocks.monotonic += 15.2
    clocks.wall += 15.2
    assert clocks.watch.look() == 0


def test_that_a_clock_set_back_shows() -> None:
    assert _Clocks().passes(1, wall=-3599) == -3600


@pytest.mark.parametrize(
    ("jump", "words"),
    [(8, "8 s are missing"), (600, "10 min are"), (7380, "2 h 3 min are"), (-90, "back by 90 s")],
)
def test_that_a_jump_is_said_in_words(jump: float, words: str) -> None:
    assert words in jump_text(jump)
