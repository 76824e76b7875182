"""One experiment of the session lab: what it does, what to look for, its button, or why it cannot be done now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import CardFrame
from topicscope.gui.widgets.labels import WrappedLabel, label, strong_label
from topicscope.gui.widgets.style import set_tone

if TYPE_CHECKING:
    from topicscope.connection.lab_words import Experiment


class ExperimentCard(CardFrame):
    """A card with words and a button."""

    def __init__(self, experiment: Experiment, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.experiment = experiment
        self.button = push_button(experiment.title, parent=self)
        self._reason = WrappedLabel(0, self)
        set_tone(self._reason, "warning")
        self._state = label(tone="accent", parent=self)
        self._buttons = QHBoxLayout()
        self._lay_out()
        self.set_off("")
        self.set_state("")

    def add_button(self, button: QPushButton) -> None:
        """Offer something else beside the experiment."""
        # Behind it are the room that is left, and how the experiment stands.
        self._buttons.insertWidget(self._buttons.count() - 2, button)

    def set_off(self, reason: str) -> None:
        """Say why the experiment cannot be done; with an empty text it can."""
        self.button.setEnabled(not reason)
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))

    def reason(self) -> str:
        """Return why the experiment cannot be done."""
        return self._reason.text()

    def set_state(self, words: str) -> None:
        """Say how it stands."""
        self._state.setText(words)
        self._state.setVisible(bool(words))

    def _lay_out(self) -> None:
        body = QWidget(self)
        column = QVBoxLayout(body)
        column.setContentsMargins(14, 10, 14, 8)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(strong_label(self.experiment.title, parent=body))
        head.addStretch(1)
        head.addWidget(label(f"MQTT 5.0 section {self.experiment.section}", "faint", body))
        column.addLayout(head)
        what, look = WrappedLabel(0, body), WrappedLabel(0, body)
        what.setText(self.experiment.what)
        look.setText(f"Look for this: {self.experiment.look}")
        set_tone(look, "dim")
        column.addWidget(what)
        column.addWidget(look)
        column.addWidget(self._reason)
        self._buttons.setSpacing(8)
        self._buttons.addWidget(self.button)
        self._buttons.addStretch(1)
        self._buttons.addWidget(self._state)
        column.addLayout(self._buttons)
        self.add(body)
