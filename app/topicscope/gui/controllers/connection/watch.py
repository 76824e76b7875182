"""What the window does beside a connection: warns, frames, asks, and tells all that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.connection.state import Phase
from topicscope.gui.controllers.connection.offers import Offers
from topicscope.gui.controllers.connection.token_watch import TokenWatch
from topicscope.gui.dialogs.caution import Caution
from topicscope.gui.widgets.connection.window_frame import WindowFrame

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

    from topicscope.connection.state import ConnectionState
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.controllers.connection.connecting import Connecting
    from topicscope.gui.dialogs.connections.connection_card import ConnectionCard
    from topicscope.gui.panes.connection_bar import ConnectionBar
    from topicscope.profiles.profile import Profile


class ConnectionWatch(QObject):
    """Follows the connection of one window."""

    told = Signal(str, str)
    """Tone and a sentence."""

    def __init__(
        self,
        connecting: Connecting,
        bar: ConnectionBar,
        bridge: ConnectionBridge,
        window: QMainWindow,
    ) -> None:
        super().__init__(window)
        self._connecting = connecting
        self._bar = bar
        self._bridge = bridge
        self._window = window
        self._card: ConnectionCard | None = None
        self.caution = Caution(window)
        self.offers = Offers(connecting, window)
        self.frame = WindowFrame(window)
        self._tokens = TokenWatch(bridge, self)
        connecting.begun.connect(self._on_begun)
        self.offers.told.connect(self.told)
        self._tokens.told.connect(self._on_token_ends)
        bridge.state_changed.connect(self._on_state_changed)
        bridge.log_replaced.connect(self._show_frame)
        bar.profile_shown.connect(self._show_frame)
        bar.offer_taken.connect(self.offers.take)
        bar.details_requested.connect(self.show_card)

    @Slot()
    def show_card(self) -> None:
        """Open the card with everything that is known of the connection, or bring it to the front."""
        # Few look at it, and the start of the window need not wait for it.
        from topicscope.gui.dialogs.connections.connection_card import ConnectionCard

        if self._card is None:
            self._card = ConnectionCard(self._bridge, self._window)
            self._card.destroyed.connect(self._on_card_destroyed)
        self._card.set_name(self._connecting.active.label if self._connecting.active else "")
        self._card.show()
        self._card.raise_()
        self._card.activateWindow()

    @Slot(object)
    def _on_begun(self, profile: Profile) -> None:
        self.caution.set_profile(profile)
        self._show_frame()

    @Slot(object)
    def _on_state_changed(self, _state: ConnectionState) -> None:
        self._show_frame()

    @Slot()
    def _show_frame(self) -> None:
        """Frame the window while it is connected to production, or would be by the next click."""
        offline = self._bridge.state.phase is Phase.OFFLINE
        profile = self._bar.current_profile if offline else self._connecting.active
        is_production = profile is not None and profile.kind == "production"
        self.frame.set_shown(is_production and not self._bridge.shows_file)

    @Slot(str, str)
    def _on_token_ends(self, sentence: str, remedy: str) -> None:
        profile = self._connecting.active
        typed = profile is not None and profile.secret_source == "stored"
        if profile is not None and (not typed or profile.login == "azure_sas"):
            typed, remedy = (
                False,
                "The broker may cut the connection; connecting again gets a new one.",
            )
        self._bar.notice.warn_of_token(sentence, remedy, can_be_typed=typed)

    @Slot()
    def _on_card_destroyed(self) -> None:
        self._card = None
