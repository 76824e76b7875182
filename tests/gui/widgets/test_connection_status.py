"""The state of a connection in little room: the clock stays whole, marks and details give way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from topicscope.connection.state import ConnectionState, Phase
from topicscope.gui.theme import apply_theme
from topicscope.gui.widgets.connection.status import ConnectionStatus
from topicscope.mqtt.control_packets import ProtocolVersion

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


def state(**fields: object) -> ConnectionState:
    now = time.time()
    return ConnectionState(
        Phase.CONNECTED,
        connected_at=now - 90_000,
        protocol_version=ProtocolVersion.MQTT_5,
        client_identifier="topicscope-1234",
        read_only=True,
        credentials_expire_at=now + 500,
        **fields,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("width", [600, 330, 300, 260, 230, 200])
def test_that_the_clock_is_whole_whatever_else_is_told(
    qtbot: QtBot, qapp: QApplication, width: int
) -> None:
    apply_theme(qapp, "light")
    status = ConnectionStatus()
    qtbot.addWidget(status)
    status.resize(width, 40)
    status.show()
    qtbot.waitExposed(status)
    status.set_state(state())
    sentence, details = status.parts()
    qtbot.waitUntil(lambda: sentence.shown_text() == sentence.text())
    shown = [mark.text() for mark in status.marks() if mark.isVisible()]
    if width == 600:
        assert "Read-only" in shown
        assert any(text.startswith("Token 8:") for text in shown)
        assert details.shown_text()
    # Three letters of the version would say nothing.
    assert not details.shown_text() or details.shown_text().startswith("MQTT 5")
    for text in {"Read-only"} - set(shown):
        assert text in status.toolTip()
    status.resize(600, 40)
    qtbot.waitUntil(lambda: all(m.isVisible() for m in status.marks() if m.text() == "Read-only"))


def test_that_the_way_the_connection_is_not_safe_is_told_to_the_last(
    qtbot: QtBot, qapp: QApplication
) -> None:
    apply_theme(qapp, "light")
    status = ConnectionStatus()
    qtbot.addWidget(status)
    status.resize(200, 40)
    status.show()
    qtbot.waitExposed(status)
    status.set_state(state(tls="TLS 1.3", insecure=True))
    assert [m.text() for m in status.marks() if m.isVisible()] == ["TLS not verified"]
