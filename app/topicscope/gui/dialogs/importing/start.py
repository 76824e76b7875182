"""The first page of an import: which file of which tool."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.theme import ROW_HEIGHT, mono_font
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import CardFrame, line
from topicscope.gui.widgets.labels import ElidedLabel, WrappedLabel, label, strong_label
from topicscope.gui.widgets.style import set_tone
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 620
_WHAT_EACH_WRITES: Final = (
    ("MQTT Explorer", "settings.json"),
    ("MQTTX", "an export in JSON, or MQTTX.db"),
    ("MQTT.fx", "mqttfx-config.xml"),
    ("mqtt-spy", "mqtt-spy-configuration.xml"),
    ("Mosquitto", "options of mosquitto_sub, _pub and _rr, or a script that calls them"),
    ("Topicscope", "what “Export connections…” has written"),
)


class ImportStart(QWidget):
    """Files that were found on this computer, a button for any other, and what is understood."""

    path_chosen = Signal(object)
    """A Path to read."""
    file_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.file_button = push_button("Choose a file…", "folder-open", kind="primary", parent=self)
        self.place_buttons: list[QPushButton] = []
        self._found = CardFrame("Found on this computer", self)
        self._found.hide()
        self.file_button.clicked.connect(self.file_requested)
        self._lay_out()

    def show_places(self, places: Sequence[tuple[str, Path]]) -> None:
        """Offer files of tools that are here."""
        for number, (tool, path) in enumerate(places):
            if number:
                self._found.add(line(self._found))
            self._found.add(self._place(tool, path))
        self._found.setVisible(bool(places))

    def _place(self, tool: str, path: Path) -> QWidget:
        row = QWidget(self._found)
        name = strong_label(tool, parent=row)
        name.setFixedWidth(120)
        where = ElidedLabel(escape(_short(path)), parent=row)
        where.setFont(mono_font())
        set_tone(where, "dim")
        button = push_button("Look into it", parent=row)
        button.setAccessibleName(f"Look into {path}")
        button.clicked.connect(partial(self._on_place_clicked, path))
        self.place_buttons.append(button)
        across = QHBoxLayout(row)
        across.setContentsMargins(12, 6, 8, 6)
        across.setSpacing(8)
        across.addWidget(name)
        across.addWidget(where, 1)
        across.addWidget(button)
        return row

    def _on_place_clicked(self, path: Path, _checked: bool = False) -> None:
        self.path_chosen.emit(path)

    def _lay_out(self) -> None:
        known = CardFrame("What is understood", self)
        for tool, files in _WHAT_EACH_WRITES:
            known.add(_known(tool, files, known))
        sentence = WrappedLabel(0, self)
        set_tone(sentence, "dim")
        sentence.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        sentence.setText(
            "The file is only read, and you see what is in it before anything is stored. "
            "No connection that is here already is overwritten."
        )
        drop = label("or drop a file here", "dim", self)
        choose = QHBoxLayout()
        choose.setSpacing(10)
        choose.addWidget(self.file_button)
        choose.addWidget(drop)
        choose.addStretch(1)
        middle = QWidget(self)
        middle.setMaximumWidth(WIDTH)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addStretch(1)
        column.addWidget(_heading(middle))
        column.addWidget(sentence)
        column.addWidget(self._found)
        column.addLayout(choose)
        column.addWidget(known)
        column.addStretch(2)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addStretch(1)
        whole.addWidget(middle, 20)
        whole.addStretch(1)


def _heading(parent: QWidget) -> QWidget:
    heading = QWidget(parent)
    picture = QLabel(heading)
    picture.setPixmap(icon("download", "accent").pixmap(20, 20))
    row = QHBoxLayout(heading)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(10)
    row.addWidget(picture)
    row.addWidget(strong_label("Take connections over from another tool", parent=heading), 1)
    return heading


def _known(tool: str, files: str, parent: QWidget) -> QWidget:
    row = QWidget(parent)
    row.setFixedHeight(ROW_HEIGHT + 2)
    name = label(tool, parent=row)
    name.setFixedWidth(120)
    what = ElidedLabel(files, Qt.TextElideMode.ElideRight, row)
    set_tone(what, "dim")
    across = QHBoxLayout(row)
    across.setContentsMargins(12, 0, 12, 0)
    across.setSpacing(8)
    across.addWidget(name)
    across.addWidget(what, 1)
    return row


def _short(path: Path) -> str:
    """Return a path as people write it."""
    try:
        return f"~/{path.relative_to(Path.home()).as_posix()}"
    except ValueError:
        return str(path)
