"""Buttons as the window has them: flat icons, bordered buttons, one primary button per place."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.text import plain_tooltip
from topicscope.gui.widgets.style import set_kind

ICON_SIZE = QSize(16, 16)
ICON_BEFORE_TEXT = QSize(20, 16)
"""The icon stands at the left of this, so that it keeps its distance from the words."""


def icon_button(
    name: str,
    tooltip: str,
    *,
    checkable: bool = False,
    role: str = "dim",
    parent: QWidget | None = None,
) -> QToolButton:
    """Return a flat button that shows an icon; the tooltip is also its name for screen readers."""
    button = QToolButton(parent)
    button.setIcon(icon(name, role, "accent" if checkable else None))
    button.setIconSize(ICON_SIZE)
    button.setCheckable(checkable)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAutoRaise(True)
    name_button(button, tooltip)
    return button


def push_button(
    text: str,
    icon_name: str | None = None,
    *,
    kind: str = "",
    role: str | None = None,
    parent: QWidget | None = None,
) -> QPushButton:
    """Return a button with words; kinds are ``primary``, ``link``, ``record`` or none."""
    button = QPushButton(text, parent)
    button.setAutoDefault(False)
    if kind:
        set_kind(button, kind)
    if icon_name is not None:
        button.setIcon(icon(icon_name, role or ("accent_text" if kind == "primary" else "text")))
        button.setIconSize(ICON_BEFORE_TEXT)
    return button


def name_button(button: QWidget, text: str) -> None:
    """Set what a button does as its tooltip and for screen readers."""
    button.setToolTip(plain_tooltip(text))
    button.setAccessibleName(text)
