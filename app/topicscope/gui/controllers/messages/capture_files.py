"""Capture files from the window's side: open, save, record, and say what came of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from topicscope.capture.recording import RecordingError
from topicscope.capture.saving import CaptureSnapshot, save_capture
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of
from topicscope.paths import recordings_dir

if TYPE_CHECKING:
    from topicscope.gui.connection.bridge import ConnectionBridge

FILE_FILTER = "Captures (*.pcapng *.pcap *.cap *.part);;All files (*)"


class CaptureFiles(QObject):
    """Asks where, does it off the window's thread, and tells in words how it went."""

    told = Signal(str, str)
    """Tone (``good`` or ``error``) and a sentence."""
    recording_changed = Signal(bool, str)
    """Whether a recording runs, and to which file."""

    def __init__(self, bridge: ConnectionBridge, window: QWidget) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._window = window
        bridge.recording_ended.connect(self._on_recording_ended)
        bridge.file_loaded.connect(self._on_file_loaded)

    def ask_to_open(self) -> Path | None:
        """Ask which capture to open."""
        chosen, _ = QFileDialog.getOpenFileName(
            self._window, "Open a capture", str(recordings_dir()), FILE_FILTER
        )
        return Path(chosen) if chosen else None

    @Slot()
    def ask_to_save(self) -> None:
        """Ask where to save the capture, and save it."""
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, "Save the capture as", str(self.proposal("capture")), FILE_FILTER
        )
        if chosen:
            path = Path(chosen)
            self.save(path if path.suffix else path.with_suffix(".pcapng"))

    def save(self, path: Path) -> None:
        """Save what the capture holds at this moment."""
        spawn(self._save(path), "save-capture")

    def record(self, recording: bool, path: Path | None = None) -> None:
        """Begin a recording, at `path` or in the folder of documents, or end it."""
        if not recording:
            self._bridge.stop_recording()
            self.recording_changed.emit(False, "")
            return
        path = path or self.proposal("recording")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._bridge.start_recording(path)
        except (RecordingError, OSError) as error:
            self.told.emit("error", str(error))
            self.recording_changed.emit(False, "")
            return
        self.recording_changed.emit(True, f"Recording to {path}")

    def proposal(self, kind: str) -> Path:
        """Return a file name that says what, from where and when, and that is not taken."""
        endpoint = "".join(
            char if char.isalnum() or char in ".-" else "-" for char in self._bridge.state.endpoint
        )
        now = datetime.now().astimezone().strftime("%Y-%m-%d-%H%M%S")
        stem = "-".join(part for part in ("topicscope", kind, endpoint.strip("-"), now) if part)
        folder = recordings_dir()
        path, number = folder / f"{stem}.pcapng", 2
        while path.exists():
            path, number = folder / f"{stem}-{number}.pcapng", number + 1
        return path

    @Slot(str, bool)
    def _on_recording_ended(self, words: str, asked_for: bool) -> None:
        self.told.emit("good" if asked_for else "error", words)
        if not asked_for:
            self.recording_changed.emit(False, "")

    @Slot(str, bool)
    def _on_file_loaded(self, words: str, complete: bool) -> None:
        if not complete:
            self.told.emit("error", words)

    async def _save(self, path: Path) -> None:
        snapshot = CaptureSnapshot(self._bridge.log)
        label = self._bridge.state.endpoint
        try:
            count = await in_worker_for(self, save_capture, path, snapshot.batches(), label)
        except RecordingError as error:
            self.told.emit("error", str(error))
        else:
            self.told.emit("good", f"{count_of(count, 'message')} saved in {path}.")
