"""The connection doctor in a window: steps as they come, and what can be done with them."""

from __future__ import annotations

import gc
import socket
from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from tests.helpers.mosquitto import free_port
from topicscope.connection.doctor import Step
from topicscope.connection.offers import Offer
from topicscope.demo.server import BrokerThread
from topicscope.gui import tasks
from topicscope.gui.dialogs.doctor.dialog import DoctorDialog
from topicscope.gui.dialogs.doctor.steps import StepList
from topicscope.gui.theme import apply_theme
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


@pytest.fixture(autouse=True)
def running(qapp: QApplication) -> Iterator[None]:
    """Coroutines run, and as in the application cycles with Qt objects in them die on this thread only."""
    apply_theme(qapp, "light")
    gc.collect()
    gc.disable()
    with tasks.event_loop(qapp):
        yield
    gc.enable()


@pytest.fixture
def broker() -> Iterator[Profile]:
    thread = BrokerThread(plant=False)
    thread.start()
    yield Profile(name="Demo", host="127.0.0.1", port=thread.port)
    thread.stop()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def opened(qtbot: QtBot, profile: Profile) -> DoctorDialog:
    dialog = DoctorDialog(profile, {})
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.open()
    return dialog


def examined(qtbot: QtBot, dialog: DoctorDialog) -> dict[str, str]:
    """Wait for the end, and return the status of each step."""
    qtbot.waitUntil(lambda: dialog.examination.state == "done", timeout=15_000)
    return {row.step.key: row.step.status for row in dialog.steps.rows}


def test_that_a_good_connection_is_examined_as_soon_as_it_opens(
    qtbot: QtBot, broker: Profile
) -> None:
    dialog = opened(qtbot, broker)
    statuses = examined(qtbot, dialog)
    assert statuses["connect"] == "ok"
    assert "failed" not in statuses.values()
    assert dialog.verdict.tone() in {"good", "warning"}
    assert dialog.again_button.isVisible()
    assert not dialog.stop_button.isVisible()


def test_that_a_refused_port_is_told_with_its_remedy(qtbot: QtBot) -> None:
    dialog = opened(qtbot, Profile(host="127.0.0.1", port=free_port()))
    statuses = examined(qtbot, dialog)
    assert statuses["tcp"] == "failed"
    assert statuses["connect"] == "skipped"
    assert dialog.verdict.text() == "The broker was not reached: TCP failed."
    failed = next(row for row in dialog.steps.rows if row.step.key == "tcp")
    assert failed.is_unfolded
    assert not dialog.probes_button.isEnabled()


def test_that_steps_are_seen_while_the_next_one_is_waited_for(
    qtbot: QtBot, silent_port: int
) -> None:
    dialog = opened(qtbot, Profile(host="127.0.0.1", port=silent_port))
    qtbot.waitUntil(lambda: len(dialog.steps.rows) >= 2)
    assert dialog.examination.is_running
    assert dialog.examination.next_title == "CONNECT"
    dialog.reject()


def test_that_stop_ends_it_at_once(qtbot: QtBot, silent_port: int) -> None:
    dialog = opened(qtbot, Profile(host="127.0.0.1", port=silent_port))
    qtbot.waitUntil(lambda: len(dialog.steps.rows) >= 2)
    qtbot.mouseClick(dialog.stop_button, Qt.MouseButton.LeftButton)
    assert dialog.examination.state == "stopped"
    assert dialog.verdict.text() == "Stopped before the end."
    count = len(dialog.steps.rows)
    qtbot.wait(300)
    assert len(dialog.steps.rows) == count


def test_that_closing_calls_the_worker_off(qtbot: QtBot, silent_port: int) -> None:
    dialog = opened(qtbot, Profile(host="127.0.0.1", port=silent_port))
    qtbot.waitUntil(lambda: len(dialog.steps.rows) >= 2)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    ended: list[bool] = []

    async def wait_for_a_worker() -> None:
        await tasks.in_worker(int)
        await tasks.in_worker(int)
        ended.append(True)

    tasks.spawn(wait_for_a_worker())
    qtbot.waitUntil(lambda: bool(ended))
    assert not dialog.isVisible()


def test_that_probes_are_only_made_when_asked_for(qtbot: QtBot, broker: Profile) -> None:
    dialog = opened(qtbot, broker)
    assert not any(key.startswith("probe") for key in examined(qtbot, dialog))
    assert "topicscope/probe/" in dialog.probes_words.text()
    qtbot.mouseClick(dialog.probes_button, Qt.MouseButton.LeftButton)
    assert examined(qtbot, dialog)["probe-all"] == "ok"
    assert dialog.examination.steps[-1].key == "probe-retain"


def test_that_probes_of_a_production_broker_are_asked_about_first(
    qtbot: QtBot, broker: Profile
) -> None:
    dialog = opened(qtbot, msgspec.structs.replace(broker, kind="production"))
    examined(qtbot, dialog)
    assert "Nothing is published to a production broker." in dialog.probes_words.text()
    qtbot.mouseClick(dialog.probes_button, Qt.MouseButton.LeftButton)
    assert dialog.examination.state == "done"
    question = QGuiApplication.focusWindow()
    assert question is not None
    qtbot.keyClick(question, Qt.Key.Key_Escape)
    assert dialog.examination.state == "done"


def test_that_the_report_is_copied_as_text(qtbot: QtBot) -> None:
    port = free_port()
    dialog = opened(qtbot, Profile(host="127.0.0.1", port=port))
    examined(qtbot, dialog)
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert f"mqtt://127.0.0.1:{port}" in text
    assert "✗ TCP" in text
    assert "→ " in text
    assert "The broker was not reached: TCP failed." in text


def test_that_an_offer_is_a_button_and_is_handed_on(qtbot: QtBot) -> None:
    steps = StepList()
    qtbot.addWidget(steps)
    offer = Offer("tls_on", "Switch TLS on")
    steps.add(Step("tls", "TLS", "failed", "The port speaks TLS.", "Use TLS.", offer=offer))
    steps.show()
    button = steps.rows[0].findChild(QPushButton)
    assert button.text() == "Switch TLS on"
    with qtbot.waitSignal(steps.offer_taken) as told:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert told.args == [offer]


def test_that_details_unfold_by_key_and_click(qtbot: QtBot) -> None:
    steps = StepList()
    qtbot.addWidget(steps)
    steps.add(Step("name", "Name", "ok", "It has 1 address.", details=(("Address", "::1"),)))
    steps.add(Step("tcp", "TCP", "ok", "It takes connections."))
    steps.resize(600, 400)
    steps.show()
    first, second = steps.rows
    assert not first.is_unfolded
    qtbot.keyClick(first, Qt.Key.Key_Space)
    assert first.is_unfolded
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert not first.is_unfolded
    qtbot.keyClick(second, Qt.Key.Key_Space)
    assert not second.is_unfolded
    steps.activateWindow()
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    qtbot.keyClick(first, Qt.Key.Key_Down)
    assert second.hasFocus()
