"""The right side of an import: what was taken of one connection, what was left out, and what to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.labels import ElidedLabel, WrappedLabel, strong_label
from topicscope.gui.widgets.style import set_tone
from topicscope.gui.widgets.tall_area import TallArea
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.gui.models.connections.imported_profiles import ImportedProfilesModel
    from topicscope.profiles.importers.imported import ImportedProfile

MOST_LINES: Final = 100
LONGEST_LINE: Final = 400


class ImportDetails(TallArea):
    """Sections of words about the current connection; plain text, whatever the file holds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("What was taken")
        inside = QWidget(self)
        inside.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        self._name = strong_label(parent=inside)
        self._name.setWordWrap(True)
        self._address = ElidedLabel(parent=inside)
        self._address.setFont(mono_font())
        set_tone(self._address, "dim")
        self.called = WrappedLabel(0, inside)
        self.check = _Section("triangle-alert", "warning", "To look at", inside)
        self.taken = _Section("circle-check", "good", "Taken", inside)
        self.ignored = _Section("circle-minus", "dim", "Left out", inside)
        self.files = _Section("save", "dim", "Files", inside)
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(12)
        head = QVBoxLayout()
        head.setSpacing(2)
        head.addWidget(self._name)
        head.addWidget(self._address)
        column.addLayout(head)
        column.addWidget(self.called)
        for section in (self.check, self.taken, self.ignored, self.files):
            column.addWidget(section)
        column.addStretch(1)
        self.setWidget(inside)
        inside.setAutoFillBackground(False)

    def show_row(self, model: ImportedProfilesModel, row: int, tool: str, folder: str) -> None:
        """Show one connection; `folder` is where files that stood in the imported file will be written."""
        one, name, stored_as = model.profile(row), model.name(row), model.stored_as(row)
        self._name.setText(escape(name[:LONGEST_LINE]))
        self._address.setText(escape(one.profile.url[:LONGEST_LINE]))
        words = ""
        if stored_as:
            words = f"The same connection is stored already, as “{_line(stored_as)}”."
        elif name != one.profile.name:
            words = (
                f"It is called “{_line(one.profile.name)}” in {tool}. That name is taken here, "
                "so this one gets a number; the other stays as it is."
            )
        self.called.setText(words)
        self.called.setVisible(bool(words))
        self.check.show_lines(one.check)
        self.taken.show_lines(_in_one(one.taken))
        self.ignored.show_lines(_in_one(one.ignored))
        self.files.show_lines(_about_files(one, folder))


class _Section(QWidget):
    """A heading with an icon, and lines below it; hidden while there are none."""

    def __init__(self, icon_name: str, role: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon = (icon_name, role)
        self._picture = QLabel(self)
        self._picture.setFixedWidth(16)
        self._lines: list[WrappedLabel] = []
        self._words = QVBoxLayout()
        self._words.setSpacing(4)
        self._words.addWidget(strong_label(title, parent=self))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._words, 1)
        self._show_picture()
        self.hide()

    def show_lines(self, lines: Sequence[str]) -> None:
        """Show lines, the first hundred of them."""
        shown = [_line(text) for text in lines[:MOST_LINES]]
        if len(lines) > MOST_LINES:
            shown.append(f"… and {len(lines) - MOST_LINES:,} more")
        while len(self._lines) < len(shown):
            self._lines.append(WrappedLabel(0, self))
            self._words.addWidget(self._lines[-1])
        for number, line in enumerate(self._lines):
            line.setVisible(number < len(shown))
            line.setText(shown[number] if number < len(shown) else "")
        self.setVisible(bool(shown))

    def text(self) -> str:
        """Return the lines that are shown."""
        return "\n".join(line.text() for line in self._lines if line.text())

    def changeEvent(self, event: QEvent) -> None:
        """Tint the icon anew when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show_picture()

    def _show_picture(self) -> None:
        name, role = self._icon
        self._picture.setPixmap(icon(name, role).pixmap(16, 16))


def _line(text: str) -> str:
    return escape(text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}…")


def _about_files(one: ImportedProfile, folder: str) -> list[str]:
    if not one.files:
        return []
    names = ", ".join(file.name for file in one.files)
    these = "It is" if len(one.files) == 1 else "They are"
    return [f"{names}. {these} written to {folder}, readable for you alone."]


def _in_one(words: Sequence[str]) -> list[str]:
    """Return short words as one line that can be broken between them."""
    shown = [_line(one) for one in words[:MOST_LINES]]
    if len(words) > MOST_LINES:
        shown.append(f"and {len(words) - MOST_LINES:,} more")
    return [", ".join(shown)] if shown else []
