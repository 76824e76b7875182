"""Files that somebody double-clicks: what becomes of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication, QTableView

from topicscope.application import open_file
from topicscope.automation.templates.files import TemplateForm
from topicscope.profiles.importers.own import export_profiles
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from tests.helpers.window import Desk


def shown(dialog: QWidget) -> list[str]:
    """Return what a dialog lists."""
    (view,) = [one for one in dialog.findChildren(QTableView) if one.isVisible()] or [None]
    if view is None:
        return []
    model = view.model()
    columns = range(model.columnCount())
    return [
        " ".join(str(model.index(row, column).data() or "") for column in columns)
        for row in range(model.rowCount())
    ]


def test_that_an_export_of_connections_is_shown_before_it_is_taken(
    desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "mine.topicscope.json"
    file.write_bytes(export_profiles([Profile(name="Plant 2", host="broker.local")]))
    open_file(desk.window, file)
    desk.wait(QApplication.activeModalWidget, "the import")
    dialog = desk.modal()
    desk.wait(lambda: any("Plant 2" in row for row in shown(dialog)), "the connection")
    desk.keys("Escape", dialog)


def test_that_a_message_is_put_into_the_publish_pane(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "start.message"
    stored = {"version": 1, "name": "Start", "topic": "plant/line1/start", "payload": "now"}
    file.write_bytes(TemplateForm().write(stored))
    open_file(desk.window, file)
    desk.wait(lambda: desk.window.publish.fields.draft().stored().topic == "plant/line1/start")
    assert desk.window.publish.isVisible()


@pytest.mark.parametrize("text", ["", "no template", "topicscope-template: 99\n---\n"])
def test_that_a_damaged_message_is_told_and_left_as_it_is(
    desk: Desk, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "damaged.message"
    file.write_text(text, encoding="utf-8")
    open_file(desk.window, file)
    desk.wait_for_words("damaged.message cannot be read")
    assert file.read_text(encoding="utf-8") == text
    assert [path.name for path in tmp_path.glob("damaged*")] == ["damaged.message"]
