"""One line that tells what a token claims and how long it is good, and a popup with all its claims."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.mono_view import MonoView
from topicscope.gui.widgets.style import set_kind
from topicscope.gui.widgets.tone_line import ToneLine
from topicscope.payload.json import json_view
from topicscope.payload.text import escape
from topicscope.profiles.jwt import Token, clock_words, expiry_words, read_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QShowEvent

SOON_S: Final = 300.0
"""From here on the time that is left is a warning."""

_TICK_MS: Final = 1000
_POPUP_WIDTH, _POPUP_HEIGHT, _GAP = 480, 340, 4
_NOT_VERIFIED: Final = "Read from the token, not verified: only the broker can do that."


class TokenLine(QWidget):
    """Shows a token's expiry, issuer and subject; hidden while the text it was given is no token."""

    def __init__(
        self, parent: QWidget | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._token: Token | None = None
        self._line = ToneLine(self)
        self._button = push_button("Claims…", kind="link")
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._line.setCursor(Qt.CursorShape.PointingHandCursor)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._line, 1)
        row.addWidget(self._button)
        self._button.clicked.connect(self.show_claims)
        self._timer.timeout.connect(self._renew)
        self.hide()

    @property
    def is_counting(self) -> bool:
        """Whether the line is renewed each second."""
        return self._timer.isActive()

    def set_text(self, text: str) -> None:
        """Show what this user name or password claims, or nothing when it is no token."""
        self._token = read_token(text)
        self._renew()
        self.setVisible(self._token is not None)
        self._count_while_visible()

    def text(self) -> str:
        """Return the words of the line."""
        return self._line.text()

    def tone(self) -> str:
        """Return ``dim``, ``warning``, or ``error`` when the token has expired."""
        return self._line.tone()

    @Slot()
    def show_claims(self) -> None:
        """Open the popup with everything that the token says."""
        if self._token is None:
            return
        popup = ClaimsPopup(self._token, self._clock(), self)
        popup.move(self._place_for(popup))
        popup.show()

    @Slot()
    def _renew(self) -> None:
        if self._token is None:
            self._line.say("", "")
            return
        tone, words = _expiry(self._token, self._clock())
        parts = [words]
        if self._token.issuer:
            parts.append(f"from {escape(self._token.issuer.removeprefix('https://'))}")
        if self._token.subject:
            parts.append(f"for {escape(self._token.subject)}")
        self._line.say(tone, " · ".join(parts), _NOT_VERIFIED)

    def showEvent(self, event: QShowEvent) -> None:
        """Count on while somebody can see it."""
        super().showEvent(event)
        self._renew()
        self._count_while_visible()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest while nobody can."""
        super().hideEvent(event)
        self._timer.stop()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the popup from anywhere on the line."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.show_claims()
        super().mousePressEvent(event)

    def _place_for(self, popup: QWidget) -> QPoint:
        """Return where the popup goes: below the line, or above it where the screen ends."""
        below = self.mapToGlobal(QPoint(0, self.height() + _GAP))
        room = self.screen().availableGeometry()
        if below.y() + popup.height() > room.bottom():
            below.setY(max(room.top(), self.mapToGlobal(QPoint(0, -_GAP)).y() - popup.height()))
        below.setX(max(room.left(), min(below.x(), room.right() - popup.width())))
        return below

    def _count_while_visible(self) -> None:
        if self.isVisible() and self._token is not None and self._token.expires_at is not None:
            self._timer.start()
        else:
            self._timer.stop()


class ClaimsPopup(QFrame):
    """All claims of one token as plain text; closes when somebody clicks beside it."""

    def __init__(self, token: Token, now: float, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Claims of the token")
        set_kind(self, "popup")
        self.view = MonoView(self)
        self.view.set_wrapped(wrapped=True)
        self.view.setAccessibleName("Claims of the token")
        self.view.setPlainText(_claims_text(token, now))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        caption = label(_NOT_VERIFIED, "dim", self)
        # In line with the text below, which keeps a margin.
        caption.setContentsMargins(8, 0, 8, 0)
        column.addWidget(caption)
        column.addWidget(self.view)
        self.resize(_POPUP_WIDTH, _POPUP_HEIGHT)
        self.view.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)


def _expiry(token: Token, now: float) -> tuple[str, str]:
    if token.expires_at is None:
        return "dim", "Token that does not expire"
    left = token.expires_at - now
    tone = "error" if left <= 0 else "warning" if left < SOON_S else "dim"
    when = clock_words(token.expires_at, now)
    return tone, f"Token {expiry_words(token.expires_at, now)} ({when})"


def _claims_text(token: Token, now: float) -> str:
    times = (
        ("Issued    ", token.issued_at),
        ("Not before", token.not_before),
        ("Expires   ", token.expires_at),
    )
    lines = [f"{name}  {clock_words(when, now)}" for name, when in times if when is not None]
    lines.append(f"Algorithm   {escape(token.algorithm)}")
    try:
        raw = json.dumps(token.claims, ensure_ascii=False).encode(errors="backslashreplace")
    except RecursionError:
        return "\n".join([*lines, "", "The claims are nested too deeply to be shown."])
    return "\n".join([*lines, "", json_view(raw).text])
