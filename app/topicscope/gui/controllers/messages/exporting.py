"""Exports from the window's side: ask where to, write on a worker's thread, show how far it is, and call it off."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from topicscope.capture.export import ExportError, ExportFormat, export
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of, format_count
from topicscope.gui.widgets.notice import NoticeBar
from topicscope.paths import recordings_dir

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from topicscope.capture.export import Exported
    from topicscope.capture.saving import CaptureSnapshot
    from topicscope.capture.view import LogView, Selection

PROGRESS_MS: Final = 150
FORMATS: Final = {
    "JSON lines (*.ndjson)": (ExportFormat.NDJSON, ".ndjson"),
    "CSV (*.csv)": (ExportFormat.CSV, ".csv"),
    "A new folder with a file for each payload (*)": (ExportFormat.PAYLOADS, ""),
}
"""What a person can choose, and the suffix of the file."""


class Rows:
    """Rows that a table showed at one moment, some of them or all; a worker may go through them."""

    def __init__(self, view: LogView, positions: Sequence[range] | None = None) -> None:
        self._selection: Selection = view.selection()
        self._positions = positions

    def __len__(self) -> int:
        if self._positions is None:
            return len(self._selection)
        return sum(map(len, self._positions))

    def __iter__(self) -> Iterator[int]:
        if self._positions is None:
            return iter(self._selection)
        return _at(self._selection, self._positions)


class _Job:
    """One export: shared with the worker, which only reads `wanted` and writes `done`."""

    __slots__ = ("done", "name", "total", "wanted")

    def __init__(self, name: str, total: int) -> None:
        self.name = name
        self.total = total
        self.done = 0
        self.wanted = True

    def go_on(self, done: int) -> bool:
        self.done = done
        return self.wanted


class Exporting(QObject):
    """Writes rows to files, one export at a time; `notice` says how far it is and what came of it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.notice = NoticeBar(window)
        self._job: _Job | None = None
        self._timer = QTimer(self)
        self._timer.setObjectName("export progress")
        self._timer.setInterval(PROGRESS_MS)
        self._timer.timeout.connect(self._show_progress)
        self.notice.action_triggered.connect(self.cancel)

    # Properties

    @property
    def is_running(self) -> bool:
        """Whether rows are being written."""
        return self._job is not None

    # Methods

    def ask(self, snapshot: CaptureSnapshot, rows: Rows, *, packets: bool) -> None:
        """Ask where to write these rows and in which format, and write them."""
        if self._job is not None:
            self.notice.tell("warning", "Another export is still being written.", action="Cancel")
            return
        what = "packets" if packets else "messages"
        dialog = QFileDialog(self._window, f"Export {count_of(len(rows), what.removesuffix('s'))}")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(FORMATS))
        folder = recordings_dir()
        dialog.setDirectory(str(folder if folder.is_dir() else Path.home()))
        now = datetime.now().astimezone().strftime("%Y-%m-%d-%H%M%S")
        dialog.selectFile(f"topicscope-{what}-{now}")
        dialog.setDefaultSuffix("ndjson")
        dialog.filterSelected.connect(partial(_follow_format, dialog))
        dialog.accepted.connect(partial(self._on_accepted, dialog, snapshot, rows, packets))
        dialog.open()

    def write(
        self,
        snapshot: CaptureSnapshot,
        rows: Rows,
        path: Path,
        form: ExportFormat,
        *,
        packets: bool = False,
    ) -> None:
        """Write rows to a file, or a folder of payloads; the notice says how it goes."""
        job = self._job = _Job(path.name, len(rows))
        self._timer.start()
        self._show_progress()
        spawn(self._write(job, snapshot, rows, path, form, packets=packets), "export")

    # Slots

    @Slot()
    def cancel(self) -> None:
        """Call the export off; nothing is left of it."""
        if self._job is not None:
            self._job.wanted = False

    @Slot()
    def _show_progress(self) -> None:
        job = self._job
        if job is not None:
            words = f"Exporting to {job.name}: {format_count(job.done)} of {count_of(job.total, 'row')}."
            self.notice.tell("info", words, action="Cancel")

    # Private

    def _on_accepted(
        self, dialog: QFileDialog, snapshot: CaptureSnapshot, rows: Rows, packets: bool
    ) -> None:
        chosen = dialog.selectedFiles()
        if chosen:
            form, suffix = FORMATS[dialog.selectedNameFilter()]
            path = Path(chosen[0])
            if suffix and not path.suffix:
                path = path.with_suffix(suffix)
            self.write(snapshot, rows, path, form, packets=packets)

    async def _write(
        self,
        job: _Job,
        snapshot: CaptureSnapshot,
        rows: Iterable[int],
        path: Path,
        form: ExportFormat,
        *,
        packets: bool,
    ) -> None:
        tone, words = "error", ""
        try:
            exported = await in_worker_for(
                self, export, snapshot, rows, path, form, packets=packets, go_on=job.go_on
            )
            tone, words = _told(exported, path)
        except ExportError as error:
            words = str(error)
        self._timer.stop()
        self._job = None
        self.notice.tell(tone, words)


def _told(exported: Exported | None, path: Path) -> tuple[str, str]:
    if exported is None:
        return "info", f"The export to {path.name} was called off; nothing is left of it."
    words = f"{count_of(exported.written, 'row')} exported to {exported.path}."
    if exported.left_out:
        words += f" {count_of(exported.left_out, 'note')} left out."
    if exported.missing:
        words += f" {count_of(exported.missing, 'row')} had been evicted before."
        return "warning", words
    return "good", words


def _follow_format(dialog: QFileDialog, name: str) -> None:
    """Let the proposed name, and whether it may exist, follow the format."""
    form, suffix = FORMATS[name]
    dialog.setDefaultSuffix(suffix.removeprefix("."))
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite, form is ExportFormat.PAYLOADS)
    for chosen in dialog.selectedFiles():
        path = Path(chosen)
        if path.suffix in {"", *(known for _, known in FORMATS.values())}:
            dialog.selectFile(path.with_suffix(suffix).name)


def _at(selection: Selection, positions: Sequence[range]) -> Iterator[int]:
    """Go through a selection once and give out what stands at these positions."""
    wanted = iter(positions)
    part = next(wanted, None)
    for position, row in enumerate(selection):
        if part is None:
            return
        if position >= part.start:
            yield row
            if position + 1 >= part.stop:
                part = next(wanted, None)
