"""Pages of which one is shown, in a place that may be lower than they wish."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget


class YieldingStack(QStackedWidget):
    """Asks for the least height of its pages.

    Words that are broken into lines would let what scrolls round it give them the height that they wish.
    """

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        """Say that the pages see to their lines themselves."""
        return False
