"""The dialog that makes and edits a profile: a URL on top, the form below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from topicscope.gui.dialogs.profile_form import ProfileForm
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import CardFrame
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.url_field import UrlField

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtGui import QShowEvent

    from topicscope.profiles.profile import Profile

WIDTH = 560


class ProfileDialog(QDialog):
    """Edit a profile; a password is handed over beside it and stands in no file.

    Open it with `open()`; it answers by its signals.
    """

    saved = Signal(object, object)
    """A Profile without a problem, and its password or None."""
    connect_requested = Signal(object, object)
    """The same, after it was saved, to be connected to now."""

    def __init__(
        self,
        profile: Profile | None = None,
        password: str | None = None,
        taken_names: Collection[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("New connection" if profile is None else "Edit connection")
        self.original_name = profile.name if profile is not None else ""
        """Under which name the profile was stored before; the caller deletes that after a rename."""
        self._taken_names = frozenset(taken_names) - {self.original_name}
        self.url_field = UrlField()
        self.form = ProfileForm()
        self._problem = label(tone="error")
        self.connect_button = push_button("Save && Connect", "plug", kind="primary")
        self.save_button = push_button("Save")
        self.cancel_button = push_button("Cancel")
        self._lay_out()
        self._connect_parts()
        if profile is not None:
            self.form.set_profile(profile, password)
            self.form.host.setFocus(Qt.FocusReason.OtherFocusReason)

    def profile(self) -> Profile:
        """Return the profile with a name: the one given, else the address, made unique."""
        profile = self.form.profile()
        if profile.name:
            return profile
        return msgspec.structs.replace(profile, name=unused_name(profile.url, self._taken_names))

    def problem(self) -> str:
        """Return the first thing that is wrong, as a sentence, or an empty text."""
        profile = self.form.profile()
        if profile.name in self._taken_names:
            return f"Name: another connection is called “{profile.name}”."
        return profile.problem() or ""

    def shown_problem(self) -> str:
        """Return the sentence above the buttons."""
        return self._problem.text()

    def showEvent(self, event: QShowEvent) -> None:
        """Take the height that fonts and style ask for on this screen."""
        super().showEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Take another height when a row or a sentence has come or gone."""
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return handled

    @Slot()
    def _on_changed(self) -> None:
        # What was wrong goes away while it is put right; new complaints wait for the button.
        if self._problem.text():
            self._show_problem(self.problem())

    @Slot(object, object)
    def _on_url_understood(self, profile: Profile, password: str | None) -> None:
        self.form.set_address(profile, password)

    @Slot()
    def _on_save_clicked(self) -> None:
        self._finish(connect=False)

    @Slot()
    def _on_connect_clicked(self) -> None:
        self._finish(connect=True)

    def _finish(self, *, connect: bool) -> None:
        problem = self.problem()
        self._show_problem(problem)
        if problem:
            return
        profile, password = self.profile(), self.form.password_text()
        self.accept()
        self.saved.emit(profile, password)
        if connect:
            self.connect_requested.emit(profile, password)

    def _show_problem(self, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))

    def _fit(self) -> None:
        # Wrapped sentences need a height that depends on the width, which no size hint can give.
        self._whole.activate()
        height = self._whole.totalSizeHint().height()
        if self._whole.hasHeightForWidth():
            height = self._whole.totalHeightForWidth(WIDTH)
        self.setFixedSize(WIDTH, height)

    def _connect_parts(self) -> None:
        self.url_field.understood.connect(self._on_url_understood)
        self.url_field.submitted.connect(self._on_connect_clicked)
        self.form.changed.connect(self._on_changed)
        self.connect_button.clicked.connect(self._on_connect_clicked)
        self.save_button.clicked.connect(self._on_save_clicked)
        self.cancel_button.clicked.connect(self.reject)
        self.connect_button.setDefault(True)

    def _lay_out(self) -> None:
        card, inside = CardFrame(), QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(12)
        column.addWidget(self.form)
        card.add(inside)
        self._problem.setWordWrap(True)
        self._problem.hide()
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for button in (self.cancel_button, self.save_button, self.connect_button):
            buttons.addWidget(button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 16, 16, 16)
        whole.setSpacing(8)
        whole.addWidget(label("Paste an address, or fill in the form.", "dim"))
        whole.addWidget(self.url_field)
        whole.addSpacing(8)
        whole.addWidget(card)
        whole.addWidget(self._problem)
        whole.addStretch(1)
        whole.addSpacing(8)
        whole.addLayout(buttons)
        whole.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        self._whole = whole


def unused_name(wanted: str, taken: Collection[str]) -> str:
    """Return a name for a profile that no other has: the one wanted, or one with a number behind it."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted} ({number})", number + 1
    return name
