"""The connection doctor from the window's side: whom to examine, and what becomes of its offers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.gui.controllers.connection.importing import front_of
from topicscope.gui.tasks import await_for, spawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QWidget

    from topicscope.connection.offers import Offer
    from topicscope.gui.dialogs.doctor.dialog import DoctorDialog
    from topicscope.gui.panes.connection_bar import ConnectionBar
    from topicscope.gui.services import Services
    from topicscope.profiles.profile import Profile


class Examining(QObject):
    """Opens the doctor for a profile, with its secrets."""

    told = Signal(str, str)
    """Tone and a sentence."""
    offer_taken = Signal(object, object, object)
    """A Profile, its secrets, and the Offer for it whose button was clicked."""

    def __init__(self, services: Services, bar: ConnectionBar, window: QWidget) -> None:
        super().__init__(window)
        self._services = services
        self._bar = bar
        self._window = window
        self._opening = False

    # Slots

    @Slot()
    def examine_current(self) -> None:
        """Examine the connection that is chosen in the bar."""
        profile = self._bar.current_profile
        if profile is None:
            self.told.emit("warning", "Choose or make a connection first: the doctor examines it.")
        elif not self._opening:
            self._opening = True
            spawn(self._examine(profile), "open-doctor")

    @Slot(object, object)
    def examine(self, profile: Profile, secrets: Mapping[str, str]) -> None:
        """Examine a profile with these secrets, as they may stand in a form that is not saved yet."""
        from topicscope.gui.dialogs.doctor.dialog import DoctorDialog

        dialog = DoctorDialog(profile, secrets, front_of(self._window))
        dialog.offer_taken.connect(partial(self._on_offer_taken, dialog, profile, dict(secrets)))
        dialog.open()

    # Private

    def _on_offer_taken(
        self, dialog: DoctorDialog, profile: Profile, secrets: dict[str, str], offer: Offer
    ) -> None:
        # What comes of it is seen in the window.
        dialog.accept()
        self.offer_taken.emit(profile, secrets, offer)

    async def _examine(self, profile: Profile) -> None:
        try:
            self.examine(profile, await await_for(self, self._services.secrets.read(profile)))
        finally:
            self._opening = False
