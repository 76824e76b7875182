"""The properties of a message, typed by a person."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from topicscope.gui.theme import apply_theme
from topicscope.gui.widgets.publish.properties import PublishProperties

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

ALL = {
    "payload_format_indicator": 1,
    "message_expiry_interval": 60,
    "topic_alias": 7,
    "response_topic": "a/answers",
    "correlation_data": base64.b64encode(b"\x00\x01").decode(),
    "content_type": "application/json",
    "user_property": [["a", "1"], ["a", "2"]],
}


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication) -> Iterator[PublishProperties]:
    apply_theme(qapp, "light")
    made = PublishProperties()
    qtbot.addWidget(made)
    made.show()
    yield made
    made.hide()
    qapp.setStyleSheet("")


def test_that_every_property_is_shown_and_given_back(panel: PublishProperties) -> None:
    panel.set_document(ALL)
    assert panel.document() == ALL
    assert panel.count() == 8
    assert panel.correlation.text() == "00 01"
    panel.clear()
    assert panel.document() == {}
    assert panel.count() == 0


def test_that_properties_are_typed(panel: PublishProperties, qtbot: QtBot) -> None:
    qtbot.keyClicks(panel.content_type, "text/plain")
    qtbot.keyClicks(panel.correlation, "id-7")
    qtbot.keyClicks(panel.expiry, "30s")
    panel.indicator.setCurrentIndex(2)
    qtbot.mouseClick(panel.pairs.rows.add_button, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(panel.pairs.rows.fields[0], "unit")
    assert panel.document() == {
        "content_type": "text/plain",
        "correlation_data": base64.b64encode(b"id-7").decode(),
        "message_expiry_interval": 30,
        "payload_format_indicator": 1,
        "user_property": [["unit", ""]],
    }


@pytest.mark.parametrize(
    ("document", "part"),
    [
        ({"response_topic": "a/#"}, "Response Topic"),
        ({"topic_alias": 0}, "Topic Alias"),
        ({"topic_alias": 70_000}, "Topic Alias"),
        ({"message_expiry_interval": 1 << 33}, "Message Expiry Interval"),
    ],
)
def test_that_what_the_standard_forbids_is_said(
    panel: PublishProperties, document: dict[str, object], part: str
) -> None:
    panel.set_document(document)
    assert part in panel.problem()


def test_that_correlation_data_that_is_no_hex_is_said(panel: PublishProperties) -> None:
    panel.correlation_kind.setCurrentIndex(1)
    panel.correlation.setText("0g")
    assert panel.problem().startswith("Correlation Data: Not hex")


def test_that_variables_are_left_to_be_filled_in(panel: PublishProperties) -> None:
    panel.correlation.setText("{{uuid}}")
    panel.response_topic.setText("a/{{counter}}")
    assert panel.problem() == ""
    assert panel.document() == {
        "correlation_data": "{{uuid}}",
        "response_topic": "a/{{counter}}",
    }


def test_that_the_fields_are_off_for_a_reason(panel: PublishProperties) -> None:
    panel.set_document(ALL)
    panel.set_off("Properties need MQTT 5.")
    assert not panel.content_type.isEnabled()
    assert panel._line.text() == "Properties need MQTT 5."
    assert panel.clear_button.isEnabled()
