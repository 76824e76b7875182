"""To which stored connection retained messages are copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from topicscope.gui.text import count_of
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.labels import WrappedLabel, strong_label
from topicscope.gui.widgets.style import set_tone
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.profiles.profile import Profile

WIDTH: Final = 480


class CopyDialog(QDialog):
    """A list of connections, and what a copy to the chosen one means."""

    chosen = Signal(object)
    """The Profile."""

    def __init__(
        self, profiles: Sequence[Profile], count: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("retained-copy")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Copy retained messages")
        self._profiles = list(profiles)
        self.box = QComboBox(self)
        self.box.setAccessibleName("Connection to copy to")
        for profile in self._profiles:
            folder = f"{profile.folder}/" if profile.folder else ""
            self.box.addItem(escape(folder + profile.label))
        self._words = WrappedLabel(0, self)
        self._words.setFixedWidth(WIDTH)
        self.next_button = push_button("Next…", kind="primary", parent=self)
        self.cancel_button = push_button("Cancel", parent=self)
        self.next_button.setDefault(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.next_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        heading = f"Copy {count_of(count, 'retained message')} to which connection?"
        column.addWidget(strong_label(heading, parent=self))
        column.addWidget(self.box)
        column.addWidget(self._words)
        column.addLayout(buttons)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        self.box.currentIndexChanged.connect(self._renew)
        self.next_button.clicked.connect(self._on_next)
        self.cancel_button.clicked.connect(self.reject)
        self._renew()

    @Slot()
    def _renew(self) -> None:
        profile = self._current()
        problem = ""
        if profile is None:
            problem = "There is no stored connection to copy to. Make one first: New connection… in the main window."
        elif profile.read_only:
            problem = "This connection is read-only: nothing is published over it."
        self.next_button.setEnabled(not problem)
        set_tone(self._words, "warning" if problem else "dim")
        self._words.setText(problem or _about(profile))

    @Slot()
    def _on_next(self) -> None:
        profile = self._current()
        self.accept()
        self.chosen.emit(profile)

    def _current(self) -> Profile | None:
        index = self.box.currentIndex()
        return self._profiles[index] if 0 <= index < len(self._profiles) else None


def _about(profile: Profile | None) -> str:
    if profile is None:
        return ""
    words = [
        f"{escape(profile.url)}: a connection of its own is opened for this, and closed when it is done."
    ]
    if profile.protocol_version != 5:
        words.append("It does not use MQTT 5, so properties are left out.")
    if profile.kind != "development":
        words.append(f"This is a {profile.kind} broker: others will get these messages.")
    return " ".join(words)
