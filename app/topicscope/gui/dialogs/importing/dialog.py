"""Import of connections: choose a file, see what is in it, and take what is wanted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.dialogs.help import HelpKey
from topicscope.gui.dialogs.importing.preview import ImportPreview
from topicscope.gui.dialogs.importing.start import ImportStart
from topicscope.gui.models.connections.imported_profiles import ImportedProfilesModel
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.labels import ElidedLabel, label, strong_label
from topicscope.gui.widgets.notice import NoticeBar
from topicscope.gui.widgets.style import set_tone
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtGui import QDragEnterEvent, QDropEvent

    from topicscope.profiles.importers.imported import Imported
    from topicscope.profiles.profile import Profile

SIZE: Final = (980, 640)
LEAST_SIZE: Final = (780, 520)
FILE_FILTER: Final = (
    "Connections (*.json *.xml *.db *.sh mosquitto_sub mosquitto_pub mosquitto_rr);;All files (*)"
)


class ImportDialog(QDialog):
    """Reads a file in a worker and shows what it holds; nothing is stored by the dialog itself."""

    imported = Signal(object)
    """A list of ImportedProfile, each under a name that no stored profile has."""

    def __init__(
        self,
        stored: Iterable[Profile],
        parent: QWidget | None = None,
        *,
        folder: str = "",
        secrets_words: str = "",
    ) -> None:
        """Prepare; `folder` is where certificates would go, `secrets_words` say where passwords are kept."""
        super().__init__(parent)
        self.setObjectName("import-profiles")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Import connections")
        self.setAcceptDrops(True)
        self.setMinimumSize(*LEAST_SIZE)
        self.resize(*SIZE)
        self._folder = folder
        self._secrets_words = secrets_words
        self._reading = 0
        self._stored = list(stored)
        self.model = ImportedProfilesModel((one.name for one in self._stored), self)
        self.start = ImportStart(self)
        self.preview = ImportPreview(self.model, self)
        self.notice = NoticeBar(self)
        self.waiting = EmptyState("clock", "Reading …", parent=self)
        self._stack = QStackedWidget(self)
        self._tool_label = strong_label(parent=self)
        self._path_label = ElidedLabel(parent=self)
        self.secrets_label = label(tone="dim", parent=self)
        self.other_button = push_button("Another file…", "folder-open", parent=self)
        self.all_button = push_button("Tick all", kind="link", parent=self)
        self.none_button = push_button("Tick none", kind="link", parent=self)
        self.cancel_button = push_button("Cancel", parent=self)
        self.import_button = push_button("Import", "download", kind="primary", parent=self)
        self._lay_out()
        HelpKey("connecting", self)
        self._connect()
        self._show_page(self.start)
        self.start.file_button.setFocus()
        spawn(self._look_for_places(), "known-places")

    # Methods

    def read(self, path: Path) -> None:
        """Read a file and show what it holds, or why nothing can be taken from it."""
        self._reading += 1
        self.notice.clear()
        self.waiting.set_sentence(f"Reading {escape(path.name)} …")
        self._show_page(self.waiting)
        spawn(self._read(path, self._reading), "import-profiles")

    # Slots

    @Slot()
    def choose_file(self) -> None:
        """Ask for a file."""
        dialog = QFileDialog(self, "Import connections", str(Path.home()), FILE_FILTER)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._on_file_selected)
        dialog.open()

    @Slot(str)
    def _on_file_selected(self, name: str) -> None:
        self.read(Path(name))

    @Slot(object)
    def _on_path_chosen(self, path: Path) -> None:
        self.read(path)

    @Slot()
    def _on_other_clicked(self) -> None:
        self._show_page(self.start)
        self.start.file_button.setFocus()

    @Slot()
    def _on_import_clicked(self) -> None:
        self.imported.emit(self.model.chosen())
        self.accept()

    @Slot()
    def _tick_all(self) -> None:
        self.model.set_all(True)

    @Slot()
    def _tick_none(self) -> None:
        self.model.set_all(False)

    @Slot()
    def _renew_words(self) -> None:
        count = self.model.chosen_count()
        self.import_button.setText(f"Import {count_of(count, 'connection')}" if count else "Import")
        self.import_button.setEnabled(count > 0)
        kept = any(one.secrets for one in self.model.chosen())
        self.secrets_label.setText(self._secrets_words if kept else "")

    # Qt overrides

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file that is dragged in."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read the file that was dropped."""
        event.acceptProposedAction()
        self.read(Path(event.mimeData().urls()[0].toLocalFile()))

    # Private

    async def _look_for_places(self) -> None:
        self.start.show_places(await in_worker_for(self, _known_places))

    async def _read(self, path: Path, reading: int) -> None:
        found = await in_worker_for(self, _read_file, path, self._stored)
        if reading != self._reading:
            return
        if isinstance(found, _Unread):
            place, reason = found
            where = f"{place}: {reason}" if place and place != path.name else reason
            self.notice.tell(
                "error", f"“{escape(path.name)}” was not read.", escape(_sentence(where))
            )
            self._show_page(self.start)
            return
        imported, stored_as = found
        self._tool_label.setText(imported.tool)
        self._path_label.setText(escape(str(path)))
        self.preview.show_file(imported, stored_as, self._folder)
        self._renew_words()
        self._show_page(self.preview)
        self.preview.table.setFocus()

    def _show_page(self, page: QWidget) -> None:
        self._stack.setCurrentWidget(page)
        has_rows = page is self.preview and self.model.rowCount() > 0
        self._head.setVisible(page is self.preview)
        for widget in (self.all_button, self.none_button, self.import_button, self.secrets_label):
            widget.setVisible(has_rows)
        self.import_button.setDefault(has_rows)

    def _lay_out(self) -> None:
        for page in (self.start, self.preview, self.waiting):
            self._stack.addWidget(page)
        set_tone(self._path_label, "dim")
        self._head = QWidget(self)
        head = QHBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(10)
        head.addWidget(self._tool_label)
        head.addWidget(self._path_label, 1)
        head.addWidget(self.other_button)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.all_button)
        buttons.addWidget(self.none_button)
        buttons.addWidget(self.secrets_label)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.import_button)
        column = QVBoxLayout(self)
        # Broken lines ask for more than they need before they know how wide they are.
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(self.notice)
        column.addWidget(self._head)
        column.addWidget(self._stack, 1)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self.start.path_chosen.connect(self._on_path_chosen)
        self.start.file_requested.connect(self.choose_file)
        self.other_button.clicked.connect(self._on_other_clicked)
        self.all_button.clicked.connect(self._tick_all)
        self.none_button.clicked.connect(self._tick_none)
        self.cancel_button.clicked.connect(self.reject)
        self.import_button.clicked.connect(self._on_import_clicked)
        self.model.ticks_changed.connect(self._renew_words)


def _known_places() -> list[tuple[str, Path]]:
    from topicscope.profiles.importers.places import known_places

    return known_places()


class _Unread(NamedTuple):
    """Where and why nothing can be taken from a file."""

    place: str
    reason: str


def _read_file(path: Path, stored: Sequence[Profile]) -> tuple[Imported, list[str]] | _Unread:
    """Return what a file holds, and under which names that is stored already."""
    from topicscope.profiles.importers.imported import ImportFailed
    from topicscope.profiles.importers.importing import import_file
    from topicscope.profiles.importers.known import stored_names

    try:
        imported = import_file(path)
    except ImportFailed as failure:
        return _Unread(failure.place, failure.reason)
    return imported, stored_names(imported.profiles, stored)


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
