"""The line at the foot of the window shows its numbers whole, in the first picture too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel

from topicscope.capture.log import Ledger
from topicscope.gui.panes.ledger_bar import LedgerBar

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize("width", [1000, 1280])
@pytest.mark.parametrize("count", [1_234, 123_456, 12_345_678])
def test_that_numbers_that_grow_are_never_cut(qtbot: QtBot, count: int, width: int) -> None:
    bar = LedgerBar()
    qtbot.addWidget(bar)
    bar.resize(width, 28)
    bar.show()
    qtbot.waitExposed(bar)
    bar.set_ledger(Ledger(340, 0, 340, 0), 340, 0, None)
    bar.set_ledger(Ledger(count, count // 3, count, count // 2), count, count // 5, count)
    # No turn of the event loop: this is what a picture taken at once shows.
    shown = [one for one in bar.findChildren(QLabel) if one.isVisible()]
    assert len(shown) >= 14
    assert [one.text() for one in shown if one.width() < one.sizeHint().width()] == []
