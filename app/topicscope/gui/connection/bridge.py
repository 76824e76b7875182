"""The one crossing from the connection's thread to Qt.

The connection's thread only appends to two deques. The first thing that lies in an empty box wakes the window with one
queued signal; the bridge then empties the box at most 60 times a second, and for a few milliseconds at a time, so that
a flood may fall behind on screen while the window still answers. No timer runs when nothing arrives.
"""

from __future__ import annotations

from collections import deque
from time import perf_counter, sleep, time, time_ns
from typing import TYPE_CHECKING, Protocol, TypeAlias

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from topicscope.capture.loading import LoadedRecording, load_recording
from topicscope.capture.log import DEFAULT_DISK_BUDGET, DEFAULT_MEMORY_BUDGET, CaptureLog
from topicscope.capture.recording import RecordingError
from topicscope.capture.tap import Tap
from topicscope.connection.history import ConnectionHistory
from topicscope.connection.state import (
    AcknowledgementsHeld,
    ConnectionState,
    Phase,
    PublishProgress,
    RoundTrip,
    SubscribeAnswered,
    UnsubscribeAnswered,
)
from topicscope.gui.connection.calls import ConnectionCalls
from topicscope.gui.connection.feed import ConnectionFeed
from topicscope.gui.connection.recorder import RecordingThread
from topicscope.gui.connection.spiller import Spiller
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.paths import spill_dir

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from topicscope.capture.batch import Batch
    from topicscope.connection.state import ConnectionEvent
    from topicscope.connection.supervisor import Connection

ConnectionFactory: TypeAlias = (
    "Callable[[Tap, Callable[[ConnectionEvent], None], Callable[[], float]], Connection]"
)
Loader: TypeAlias = "Callable[[Path, Callable[[Batch], None]], LoadedRecording]"
"""Reads a file and hands what is in it to a sink, on a worker's thread; raises `RecordingError`."""

FRAME_MS = 16
"""Least time from one emptying of the box to the next."""

BUDGET_S = 0.010
"""Longest time that one emptying takes from the window."""

ROUND_TRIPS = 20
"""Newest round trips that are remembered."""

LOADER_AHEAD = 256
"""Batches that a file may be read ahead of the window."""


class _Wake(Protocol):
    def emit(self) -> None: ...


class _Abandoned(Exception):  # noqa: N818 - an answer, not an error
    """Nobody wants the file any more."""


class _Box:
    """What lies between the threads; appending and popping are atomic."""

    def __init__(self, wake: _Wake) -> None:
        self.batches: deque[tuple[float, Batch]] = deque()
        self.events: deque[ConnectionEvent] = deque()
        self.recording: RecordingThread | None = None
        self.awake = False
        self.abandoned = False
        self.feed = ConnectionFeed()
        self._wake = wake

    def put_batch(self, batch: Batch) -> None:
        self.batches.append((perf_counter(), batch))
        recording = self.recording
        if recording is not None:
            recording.put(batch)
        self.feed.put_batch(batch)
        self._wake_up()

    def put_event(self, event: ConnectionEvent) -> None:
        self.events.append(event)
        self.feed.put_event(event)
        self._wake_up()

    def put_loaded(self, batch: Batch) -> None:
        """Take a batch of a file, once the window has come near; raises `_Abandoned` when it never will."""
        while len(self.batches) > LOADER_AHEAD and not self.abandoned:
            sleep(0.001)
        if self.abandoned:
            raise _Abandoned
        self.put_batch(batch)

    def lag(self) -> float:
        """Return for how many seconds the oldest batch has waited."""
        try:
            return perf_counter() - self.batches[0][0]
        except IndexError:
            return 0.0

    def _wake_up(self) -> None:
        if not self.awake:
            self.awake = True
            self._wake.emit()


class ConnectionBridge(ConnectionCalls):
    """The window's connection and capture, on the window's thread.

    It owns the capture log: everybody else only reads it, and does so on this thread.
    """

    state_changed = Signal(object)
    """A `ConnectionState`."""
    appended = Signal()
    """The log has grown, or lost rows from its front; at most 60 times a second."""
    log_replaced = Signal(object)
    """Another `CaptureLog` is shown from now on."""
    subscription_answered = Signal(object)
    """A `SubscribeAnswered`."""
    unsubscription_answered = Signal(object)
    """An `UnsubscribeAnswered`."""
    publish_progressed = Signal(object)
    """A `PublishProgress`."""
    round_trip_told = Signal(float)
    """For how many seconds PINGRESP was waited for."""
    acknowledgements_held = Signal(object)
    """An `AcknowledgementsHeld`."""
    recording_ended = Signal(str, bool)
    """Words on what was recorded, and whether it ended as asked for."""
    file_loaded = Signal(str, bool)
    """Words on the file that was opened, and whether it could be."""
    disk_failed = Signal(str)
    """A sentence on why messages are evicted though there is a disk."""
    _wake = Signal()

    def __init__(
        self,
        connect_lazily: ConnectionFactory,
        parent: QObject | None = None,
        *,
        memory_budget: int = DEFAULT_MEMORY_BUDGET,
        disk_budget: int = DEFAULT_DISK_BUDGET,
    ) -> None:
        """Make a bridge without a connection; `connect_lazily` makes one when it is first needed."""
        super().__init__(parent)
        self.setObjectName("bridge")
        self._make_connection = connect_lazily
        self._box = _Box(self._wake)
        self._tap = Tap(self._box.put_batch)
        self._log = CaptureLog(memory_budget)
        self._spiller = Spiller(spill_dir(), disk_budget, self)
        self._spiller.watch(self._log, is_file=False)
        self._spiller.told.connect(self.disk_failed)
        self._spiller.evicted.connect(self.appended)
        self._state = ConnectionState()
        self.history = ConnectionHistory()
        """What became of the connection since the window was opened."""
        self.round_trips: deque[float] = deque(maxlen=ROUND_TRIPS)
        """The newest round trips of this connection, in seconds."""
        self._shows_file = False
        self._drained_at = 0.0
        self._timer = QTimer(self)
        self._timer.setObjectName("bridge-drain")
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._drain)
        self._wake.connect(self._on_wake, Qt.ConnectionType.QueuedConnection)

    # Properties

    @property
    def log(self) -> CaptureLog:
        """The capture."""
        return self._log

    @property
    def state(self) -> ConnectionState:
        """How far the connection has come."""
        return self._state

    @property
    def shows_file(self) -> bool:
        """Whether the capture comes from a file, not from a connection."""
        return self._shows_file

    @property
    def is_recording(self) -> bool:
        """Whether what crosses the connection is written to a file."""
        return self._box.recording is not None

    @property
    def feed(self) -> ConnectionFeed:
        """Where others listen on the connection's thread; a new one with each connection that is made anew."""
        return self._box.feed

    def close(self) -> None:
        """End all threads and complete all files; for the end of the window."""
        self._box.abandoned = True
        if self._connection is not None:
            self._connection.close(2.0)
            self._connection = None
        self.stop_recording()
        for recording in self.findChildren(RecordingThread):
            recording.join()
        self._timer.stop()
        self._spiller.close()

    # Capture

    def clear(self) -> None:
        """Begin an empty capture; what is recorded to a file stays there."""
        log = CaptureLog(self._log.memory_budget, self._log.epoch + 1)
        self._tap.begin_epoch(log.epoch)
        self._replace_log(log)

    def open_file(self, path: Path, load: Loader = load_recording) -> None:
        """Show the capture file at `path` in place of the capture; the connection ends."""
        self.stop_recording()
        if self._connection is not None:
            self._connection.close(0.0)
            self._connection = None
            self._set_state(ConnectionState())
        self._begin_capture(is_file=True)
        spawn(_load(self, path, self._box, load), "open-file")

    def start_recording(self, path: Path) -> None:
        """Write all that crosses the connection from now on to `path`.

        Raises `RecordingError` when the file cannot be made.
        """
        recording = RecordingThread(path, self._state.endpoint, self._log, self)
        recording.ended.connect(self._on_recording_ended)
        self._box.recording = recording

    def stop_recording(self) -> None:
        """End the recording; `recording_ended` tells when the file is complete."""
        recording, self._box.recording = self._box.recording, None
        if recording is not None:
            recording.stop()

    # Slots

    @Slot()
    def _on_wake(self) -> None:
        since = (perf_counter() - self._drained_at) * 1000
        self._timer.start(max(0, FRAME_MS - int(since)))

    @Slot()
    def _drain(self) -> None:
        box = self._box
        box.awake = False
        deadline = perf_counter() + BUDGET_S
        while box.events:
            event = box.events.popleft()
            if isinstance(event, ConnectionState):
                self._set_state(event)
            else:
                _deliver(self, event)
            if perf_counter() > deadline:
                break
        log, batches, spiller = self._log, box.batches, self._spiller
        grown = False
        while batches and not spiller.is_behind:
            log.append(batches.popleft()[1])
            grown = True
            if perf_counter() > deadline:
                break
        if grown:
            log.count_topics()
            self.appended.emit()
        spiller.look()
        self._drained_at = perf_counter()
        if batches or box.events:
            box.awake = True
            self._timer.start(FRAME_MS)

    @Slot(str, bool)
    def _on_recording_ended(self, words: str, asked_for: bool) -> None:
        if not asked_for:
            self._box.recording = None
        self.recording_ended.emit(words, asked_for)

    # Private

    def _existing_connection(self) -> Connection:
        if self._shows_file:
            self._begin_capture()
        if self._connection is None:
            self._connection = self._make_connection(self._tap, self._box.put_event, self._box.lag)
        return self._connection

    def _begin_capture(self, *, is_file: bool = False) -> None:
        """Show an empty capture, whoever still fills the one before."""
        self._shows_file = is_file
        self._box.abandoned = True
        self._box = _Box(self._wake)
        self._tap = Tap(self._box.put_batch)
        self._replace_log(CaptureLog(self._log.memory_budget))

    def _set_state(self, state: ConnectionState) -> None:
        self._state = state
        self.history.take(state, time())
        if state.phase is not Phase.CONNECTED:
            self.round_trips.clear()
        self.state_changed.emit(state)

    def _replace_log(self, log: CaptureLog) -> None:
        self._log = log
        self._spiller.watch(log, is_file=self._shows_file)
        self.log_replaced.emit(log)


def _deliver(bridge: ConnectionBridge, event: ConnectionEvent) -> None:
    if isinstance(event, SubscribeAnswered):
        bridge.subscription_answered.emit(event)
    elif isinstance(event, UnsubscribeAnswered):
        bridge.unsubscription_answered.emit(event)
    elif isinstance(event, PublishProgress):
        bridge.publish_progressed.emit(event)
    elif isinstance(event, RoundTrip):
        bridge.round_trips.append(event.seconds)
        bridge.round_trip_told.emit(event.seconds)
    elif isinstance(event, AcknowledgementsHeld):
        bridge.acknowledgements_held.emit(event)


async def _load(bridge: ConnectionBridge, path: Path, box: _Box, load: Loader) -> None:
    begun = time_ns()
    try:
        loaded: LoadedRecording = await in_worker_for(bridge, load, path, box.put_loaded)
    except _Abandoned:
        return
    except RecordingError as error:
        bridge.file_loaded.emit(str(error), False)
        return
    words = (
        f"{path.name}: {loaded.connections} connections read in {(time_ns() - begun) / 1e9:.1f} s."
    )
    bridge.file_loaded.emit(" ".join([words, *loaded.problems]), not loaded.problems)
