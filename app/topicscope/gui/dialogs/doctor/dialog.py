"""The connection doctor: the way to a broker step by step, as it happens, and what to do where it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from topicscope.gui.dialogs.doctor.steps import StepList
from topicscope.gui.dialogs.help import HelpKey
from topicscope.gui.dialogs.question import Question
from topicscope.gui.models.connections.doctor_report import report_text, verdict
from topicscope.gui.models.connections.examination import Examination
from topicscope.gui.theme import mono_font, ui_font
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import CardFrame
from topicscope.gui.widgets.labels import ElidedLabel, WrappedLabel
from topicscope.gui.widgets.style import set_tone
from topicscope.gui.widgets.tone_line import ToneLine
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from topicscope.connection.doctor import Step
    from topicscope.profiles.profile import Profile

SIZE: Final = (880, 680)
NAME_WIDTH: Final = 260
LEAST_SIZE: Final = (640, 480)
PROBES_SENTENCE: Final = (
    "Over a second connection with a random Client Identifier it asks for #, $SYS/# and a shared subscription of its "
    "own, and gives each back at once. "
)
_PUBLISHED: Final = (
    "It publishes two messages of 16 bytes to a topic of its own under topicscope/probe/, one of them retained, and "
    "clears that again."
)


class DoctorDialog(QDialog):
    """Examines as soon as it opens; closing it calls the examination off."""

    offer_taken = Signal(object)
    """The Offer whose button was clicked."""

    def __init__(
        self, profile: Profile, secrets: Mapping[str, str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("connection-doctor")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Connection doctor")
        self.setMinimumSize(*LEAST_SIZE)
        self.resize(*SIZE)
        self._profile = profile
        self._secrets = dict(secrets)
        self.examination = Examination(self)
        self.steps = StepList(self)
        self.verdict = ToneLine(self)
        self._name = ElidedLabel(mode=Qt.TextElideMode.ElideRight, parent=self)
        self._address = ElidedLabel(parent=self)
        self.probes_words = WrappedLabel(0, self)
        self._probes_card = CardFrame(parent=self)
        self.probes_button = push_button("Also try what this login may do", parent=self)
        self.copy_button = push_button("Copy report", "copy", parent=self)
        self.again_button = push_button("Examine again", "rotate-cw", parent=self)
        self.stop_button = push_button("Stop", "square", parent=self)
        self.close_button = push_button("Close", kind="primary", parent=self)
        HelpKey("connection-doctor", self)
        self._lay_out()
        self._connect()
        self._name.setText(escape(profile.label))
        self._address.setText(escape(profile.url))
        self._address.setVisible(profile.label != profile.url)
        self._examine(probes=False)

    # Slots

    @Slot()
    def examine(self) -> None:
        """Go the way again, without probes."""
        self._examine(probes=False)

    @Slot()
    def try_probes(self) -> None:
        """Go the way again and see what the login may do; where others work with the broker, ask first."""
        if self._profile.kind != "production":
            self._examine(probes=True)
            return
        question = Question(
            "Subscribe to # on a production broker?",
            "For a moment the broker sends everything to this computer, too. Nothing is published.",
            "Try it",
            "Leave it",
            self,
        )
        question.accepted.connect(self._examine_with_probes)
        question.open()

    @Slot()
    def _examine_with_probes(self) -> None:
        self._examine(probes=True)

    @Slot()
    def _copy_report(self) -> None:
        complete = self.examination.state == "done"
        text = report_text(self._profile.url, self.examination.steps, complete=complete)
        QGuiApplication.clipboard().setText(text)
        self.copy_button.setText("Copied")

    @Slot(object)
    def _on_step_told(self, step: Step) -> None:
        self.steps.add(step)
        self.copy_button.setEnabled(True)
        self._on_ticked(0.0)

    @Slot(float)
    def _on_ticked(self, seconds: float) -> None:
        if self.examination.is_running:
            self.steps.show_running(self.examination.next_title, seconds)

    @Slot(str)
    def _on_state_changed(self, state: str) -> None:
        running = state == "running"
        self.stop_button.setVisible(running)
        self.again_button.setVisible(not running)
        if running:
            self.steps.show_running(self.examination.next_title, 0.0)
            self.verdict.say("dim", "Examining …")
        else:
            self.steps.show_running("", 0.0)
            tone, words = "dim", "Stopped before the end."
            if state == "done":
                tone, words = verdict(self.examination.steps)
            self.verdict.say(tone, words)
        self._renew_probes()

    # Qt overrides

    def done(self, result: int) -> None:
        """Call the examination off and close."""
        self.examination.stop()
        super().done(result)

    # Private

    def _examine(self, *, probes: bool) -> None:
        self.steps.clear()
        self.copy_button.setEnabled(False)
        self.copy_button.setText("Copy report")
        self.examination.start(self._profile, self._secrets, probes=probes)

    def _renew_probes(self) -> None:
        from topicscope.connection.doctor.probes import why_not_publish

        connected = any(
            step.key == "connect" and step.status not in {"failed", "skipped"}
            for step in self.examination.steps
        )
        self.probes_button.setEnabled(connected and not self.examination.is_running)
        words = PROBES_SENTENCE + (why_not_publish(self._profile) or _PUBLISHED)
        if self.examination.state == "done" and not connected:
            words = "This needs a connection: first the step that failed."
        self.probes_words.setText(words)

    def _lay_out(self) -> None:
        self._name.setFont(ui_font(QFont.Weight.DemiBold))
        self._name.setMaximumWidth(NAME_WIDTH)
        self._address.setFont(mono_font())
        set_tone(self._address, "dim")
        set_tone(self.probes_words, "dim")
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._name)
        head.addWidget(self._address, 1)
        head.addWidget(self.verdict)
        card = CardFrame(parent=self)
        card.add(self.steps, 1)
        probes = QWidget(self._probes_card)
        row = QHBoxLayout(probes)
        row.setContentsMargins(14, 8, 12, 8)
        row.setSpacing(16)
        row.addWidget(self.probes_words, 1)
        row.addWidget(self.probes_button)
        self._probes_card.add(probes)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.copy_button)
        buttons.addStretch(1)
        buttons.addWidget(self.stop_button)
        buttons.addWidget(self.again_button)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        # Broken lines ask for more than they need before they know how wide they are.
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(card, 1)
        column.addWidget(self._probes_card)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self.examination.step_told.connect(self._on_step_told)
        self.examination.ticked.connect(self._on_ticked)
        self.examination.state_changed.connect(self._on_state_changed)
        self.steps.offer_taken.connect(self.offer_taken)
        self.probes_button.clicked.connect(self.try_probes)
        self.copy_button.clicked.connect(self._copy_report)
        self.again_button.clicked.connect(self.examine)
        self.stop_button.clicked.connect(self.examination.stop)
        self.close_button.clicked.connect(self.accept)
