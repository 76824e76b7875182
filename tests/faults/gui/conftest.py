"""The window as a fixture; a test that leaves anything of it behind fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.watch import QUICK
from tests.helpers.window import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Desk]:
    """A new window as on a first start."""
    with open_desk(qtbot, qapp, tmp_path) as desk:
        yield desk


@pytest.fixture
def hasty(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Desk]:
    """A window that waits for answers only a moment."""
    with open_desk(qtbot, qapp, tmp_path, QUICK) as desk:
        yield desk
