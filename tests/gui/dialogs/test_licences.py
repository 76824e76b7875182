"""The licences of everything that is shipped."""

from __future__ import annotations

import re
from importlib import metadata
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from topicscope.gui import tasks
from topicscope.gui.dialogs.about import AboutDialog
from topicscope.gui.dialogs.licences import LicencesDialog, folded
from topicscope.gui.licences import Licence, shipped_licences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


@pytest.fixture(scope="module")
def licences() -> dict[str, Licence]:
    return {one.name: one for one in shipped_licences()}


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[None]:
    with tasks.event_loop(qapp):
        yield


def test_that_every_part_has_an_expression_and_a_text(licences: dict[str, Licence]) -> None:
    assert [one.name for one in licences.values() if not one.expression or not one.text] == []
    assert next(iter(licences)) == "Topicscope"


def test_that_every_dependency_is_among_them(licences: dict[str, Licence]) -> None:
    wanted = [line for line in metadata.requires("topicscope") or () if "extra ==" not in line]
    names = {re.split(r"[^\w.-]", line)[0].lower().replace("_", "-") for line in wanted}
    shown = {name.lower().replace("_", "-") for name in licences}
    assert names - shown == {"pyside6-essentials"}


def test_that_qt_is_under_the_lgpl_with_where_its_sources_are(
    licences: dict[str, Licence],
) -> None:
    qt = licences["Qt 6 and Qt for Python"]
    assert qt.expression == "LGPL-3.0-only"
    for words in (
        "you may replace them",
        "download.qt.io",
        "GNU LESSER GENERAL PUBLIC LICENSE",
        "GNU GENERAL PUBLIC LICENSE\n",
    ):
        assert words in qt.text


def test_that_libraries_of_the_portable_application_are_named_only_there(
    licences: dict[str, Licence], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "Libraries of the portable application"
    assert name not in licences
    monkeypatch.setattr("sys.frozen", True, raising=False)
    assert name in [one.name for one in shipped_licences()]


@pytest.mark.usefixtures("loop")
def test_that_the_about_dialog_leads_to_them(qtbot: QtBot) -> None:
    about = AboutDialog()
    qtbot.addWidget(about)
    about.show()
    qtbot.mouseClick(about.licences_button, Qt.MouseButton.LeftButton)
    (dialog,) = about.findChildren(LicencesDialog)
    qtbot.waitUntil(lambda: dialog.names.count() > 0)
    (row,) = (
        row for row in range(dialog.names.count()) if dialog.names.item(row).text() == "numpy"
    )
    dialog.names.setCurrentRow(row)
    assert dialog.expression.text().startswith("numpy: BSD-3-Clause")
    assert "Redistribution and use in source and binary forms" in dialog.text.toPlainText()
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)


def test_that_only_lines_too_long_for_the_view_are_broken() -> None:
    kept = "  1. Definitions:\n\n    a table    of words"
    assert folded(kept) == kept
    lines = folded("word " * 100).splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= 82
