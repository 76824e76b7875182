"""Taking a message out of the window: to the clipboard and to a file, exactly or with a word on it."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QIODevice, QMimeData, QObject, QSaveFile, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import format_bytes
from topicscope.payload import detect, safe_topic
from topicscope.payload.text import utf8_problem

if TYPE_CHECKING:
    from topicscope.capture.record import Record

LONGEST_STEM: Final = 80
_SUFFIXES: Final = {
    "json": ".json",
    "text": ".txt",
    "cbor": ".cbor",
    "gzip": ".gz",
    "png": ".png",
    "jpeg": ".jpg",
}
_NOT_IN_FILE_NAMES = re.compile(r"[^\w.-]+", re.ASCII)


class PayloadExport(QObject):
    """Copies and saves the topic and payload of one record."""

    told = Signal(str, str)
    """Tone and words on what was done."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._topic = b""
        self._payload = b""

    def set_record(self, record: Record | None, payload: bytes) -> None:
        """Take out of this record from now on."""
        self._topic = b"" if record is None else record.topic
        self._payload = payload

    def menu(self) -> QMenu:
        """Return what can be copied."""
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for words, slot, possible in (
            ("Copy payload", self.copy_payload, bool(self._payload)),
            ("Copy payload as hex", self.copy_hex, bool(self._payload)),
            ("Copy topic", self.copy_topic, bool(self._topic)),
        ):
            action = menu.addAction(icon("copy", "dim"), words)
            action.setEnabled(possible)
            action.triggered.connect(slot)
        return menu

    def file_name(self) -> str:
        """Return a name for a file with this payload."""
        stem = _NOT_IN_FILE_NAMES.sub("-", safe_topic(self._topic)).strip("-.")
        return (stem[-LONGEST_STEM:] or "payload") + _SUFFIXES.get(detect(self._payload), ".bin")

    # Slots

    @Slot()
    def copy_topic(self) -> None:
        """Put the Topic Name on the clipboard, exactly if it is UTF-8."""
        if utf8_problem(self._topic) is None:
            QGuiApplication.clipboard().setText(self._topic.decode())
            self.told.emit("good", "Topic copied.")
        else:
            QGuiApplication.clipboard().setText(safe_topic(self._topic))
            self.told.emit("warning", "The topic is not UTF-8: copied with its bytes as \\xNN.")

    @Slot()
    def copy_payload(self) -> None:
        """Put the payload on the clipboard: as text if it is UTF-8, else as base64."""
        data = QMimeData()
        data.setData("application/octet-stream", self._payload)
        if utf8_problem(self._payload) is None and b"\0" not in self._payload:
            data.setText(self._payload.decode())
            words = f"Payload copied, {format_bytes(len(self._payload))}."
            self.told.emit("good", words)
        else:
            data.setText(base64.b64encode(self._payload).decode("ascii"))
            self.told.emit("warning", "The payload is not text: copied as base64.")
        QGuiApplication.clipboard().setMimeData(data)

    @Slot()
    def copy_hex(self) -> None:
        """Put the payload on the clipboard as hex digits."""
        QGuiApplication.clipboard().setText(self._payload.hex(" "))
        self.told.emit("good", "Payload copied as hex.")

    @Slot()
    def ask_where_to_save(self) -> None:
        """Ask for a file and write the payload to it."""
        dialog = QFileDialog(self._window, "Save payload")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(self.file_name())
        dialog.fileSelected.connect(self.save_to)
        dialog.open()

    @Slot(str)
    def save_to(self, path: str) -> None:
        """Write the payload to a file, whole or not at all; `told` says how it went."""
        spawn(self._save(path, self._payload), "save-payload")

    async def _save(self, path: str, payload: bytes) -> None:
        problem = await in_worker_for(self, _write_file, path, payload)
        name = Path(path).name
        if problem:
            self.told.emit("error", f"{name} was not written: {problem}")
        else:
            self.told.emit("good", f"Saved {format_bytes(len(payload))} to {name}.")


def _write_file(path: str, payload: bytes) -> str:
    """Write a file whole or not at all; return what went wrong, or an empty text."""
    file = QSaveFile(path)
    if not file.open(QIODevice.OpenModeFlag.WriteOnly):
        return file.errorString()
    if file.write(payload) != len(payload) or not file.commit():
        return file.errorString()
    return ""
