"""Writing a recording on a thread of its own: a slow disk holds up neither the window nor the connection."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from topicscope.capture.recording import Recorder, RecordingError
from topicscope.gui.text import count_of
from topicscope.mqtt.control_packets import ControlPacketType

if TYPE_CHECKING:
    from pathlib import Path

    from topicscope.capture.batch import Batch
    from topicscope.capture.log import CaptureLog

IDLE_S = 0.3


class RecordingThread(QObject):
    """Writes batches to a file from `put` until `stop`."""

    ended = Signal(str, bool)
    """Words on what was recorded, and whether it ended as asked for."""

    def __init__(
        self, path: Path, label: str, log: CaptureLog, parent: QObject | None = None
    ) -> None:
        """Begin to record; raises `RecordingError` when the file cannot be made."""
        super().__init__(parent)
        self._recorder = Recorder(path, label)
        number, connect, connack, time_ns = _handshake(log)
        if number:
            self._recorder.begin_connection(number, label, connect, connack, time_ns)
        self._box: SimpleQueue[Batch | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    def put(self, batch: Batch) -> None:
        """Take a batch; any thread may call."""
        self._box.put(batch)

    def stop(self) -> None:
        """Ask to write what waits and to finish the file; `ended` tells when that is done."""
        self._box.put(None)

    def join(self, timeout_s: float = 10.0) -> None:
        """Wait for the file to be complete; only for the end of the window."""
        self._thread.join(timeout_s)

    def _work(self) -> None:
        recorder = self._recorder
        try:
            while (batch := self._next()) is not None:
                recorder.write(batch)
            recorder.close()
        except RecordingError as error:
            self.ended.emit(str(error), False)
            return
        self.ended.emit(
            f"{count_of(recorder.messages, 'message')} recorded in {recorder.path}.", True
        )

    def _next(self) -> Batch | None:
        try:
            return self._box.get(timeout=IDLE_S)
        except Empty:
            self._recorder.flush()
            return self._box.get()


def _handshake(log: CaptureLog) -> tuple[int, bytes | None, bytes | None, int]:
    """Return number, CONNECT, CONNACK and time of the newest connection; number 0 without one."""
    if log.end_row == log.first_row:
        return 0, None, None, 0
    newest = log.record(log.end_row - 1)
    found: dict[ControlPacketType, bytes] = {}
    for segment in log.segments:
        rows = slice(0, segment.count)
        types = segment.first_byte[rows] >> 4
        mine = segment.connections(0, segment.count) == newest.connection
        for kind in (ControlPacketType.CONNECT, ControlPacketType.CONNACK):
            for local in np.flatnonzero(mine & (types == kind))[:1].tolist():
                found.setdefault(kind, segment.packet(local))
    return (
        newest.connection,
        found.get(ControlPacketType.CONNECT),
        found.get(ControlPacketType.CONNACK),
        newest.time_ns,
    )
