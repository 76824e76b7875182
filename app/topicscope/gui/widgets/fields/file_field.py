"""A field for the name of a file, with a button that looks for it."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QWidget

from topicscope.gui.widgets.buttons import icon_button


class FileField(QWidget):
    """A path that can be typed, or chosen in the system's dialog."""

    text_changed = Signal(str)

    def __init__(
        self, what: str, name_filter: str, parent: QWidget | None = None, *, new: bool = False
    ) -> None:
        """Take what the file is, which ones to offer, and whether it may be one that is still to be made."""
        super().__init__(parent)
        self._is_new = new
        self._what = what
        self._name_filter = name_filter
        self.edit = QLineEdit(self)
        self.edit.setAccessibleName(what)
        self.button = icon_button("folder-open", f"Choose the {what}", parent=self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.edit, 1)
        row.addWidget(self.button)
        self.setFocusProxy(self.edit)
        self.edit.textChanged.connect(self.text_changed)
        self.button.clicked.connect(self._on_choose_clicked)

    def text(self) -> str:
        """Return the path."""
        return self.edit.text().strip()

    def set_text(self, text: str) -> None:
        """Show a path."""
        self.edit.setText(text)

    @Slot()
    def _on_choose_clicked(self) -> None:
        dialog = QFileDialog(self, f"Choose the {self._what}", self.text(), self._name_filter)
        modes = QFileDialog.FileMode
        dialog.setFileMode(modes.AnyFile if self._is_new else modes.ExistingFile)
        dialog.fileSelected.connect(self.edit.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
