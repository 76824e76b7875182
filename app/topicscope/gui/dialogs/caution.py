"""Asking before something is done that others on a broker would feel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from topicscope.gui.dialogs.question import Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from topicscope.profiles.profile import BrokerKind, Profile


class Caution(QObject):
    """Knows what kind of broker the window is connected to, and asks where it is not one's own."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._kind: BrokerKind = "development"

    @property
    def kind(self) -> BrokerKind:
        """What kind of broker it is."""
        return self._kind

    @property
    def is_called_for(self) -> bool:
        """Whether others are on the broker."""
        return self._kind != "development"

    @Slot(object)
    def set_profile(self, profile: Profile) -> None:
        """Heed the kind of this profile from now on."""
        self._kind = profile.kind

    def guard(
        self, title: str, consequence: str, yes: str, no: str, then: Callable[[], object]
    ) -> None:
        """Call `then`: at once on a broker of one's own, else when somebody has said yes."""
        if not self.is_called_for:
            then()
            return
        question = Question(title, consequence, yes, no, self._window)
        question.accepted.connect(then)
        question.open()
