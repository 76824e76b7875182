"""The connection bar at every phase of a connection."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt

from topicscope.connection.state import ConnectionState, Phase
from topicscope.gui import theme
from topicscope.gui.panes.connection_bar import ConnectionBar
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

PLANT_1 = Profile(name="Plant 1", host="one.local")
PLANT_2 = Profile(name="Plant 2", host="two.local")
REFUSED = "Nothing listens on two.local:1883."
REMEDY = "Start the broker or check the port: 1883 is MQTT, 8883 MQTT over TLS."


@pytest.fixture
def bar(qapp: QApplication, qtbot: QtBot) -> Iterator[ConnectionBar]:
    theme.apply_theme(qapp, "light")
    made = ConnectionBar()
    qtbot.addWidget(made)
    made.set_profiles([PLANT_1, PLANT_2])
    made.resize(1280, 45)
    made.show()
    yield made
    qapp.setStyleSheet("")


def connected(**facts: object) -> ConnectionState:
    values: dict[str, object] = {
        "phase": Phase.CONNECTED,
        "connected_at": time.time() - 2467.2,
        "protocol_version": ProtocolVersion.MQTT_5,
        "tls": "TLS 1.3",
        "client_identifier": "topicscope-7f3a",
    }
    return ConnectionState(**(values | facts))  # type: ignore[arg-type]


def waiting(seconds: float, attempt: int = 3) -> ConnectionState:
    return ConnectionState(
        phase=Phase.WAITING,
        text=REFUSED,
        remedy=REMEDY,
        reason="refused",
        attempt=attempt,
        retry_at=time.monotonic() + seconds,
    )


def press(bar: ConnectionBar, qtbot: QtBot) -> None:
    qtbot.mouseClick(bar.action_button, Qt.MouseButton.LeftButton)


def test_that_connect_asks_for_the_chosen_profile(bar: ConnectionBar, qtbot: QtBot) -> None:
    bar.profile_menu.actions()[1].trigger()
    assert bar.profile_button.full_text() == "Plant 2"
    with qtbot.waitSignal(bar.connect_requested) as told:
        press(bar, qtbot)
    assert told.args == [PLANT_2]


def test_that_connect_without_a_profile_asks_with_none(qtbot: QtBot) -> None:
    bar = ConnectionBar()
    qtbot.addWidget(bar)
    bar.show()
    with qtbot.waitSignal(bar.connect_requested) as told:
        press(bar, qtbot)
    assert told.args == [None]


@pytest.mark.parametrize("phase", [Phase.DIALING, Phase.HANDSHAKE, Phase.WAITING])
def test_that_an_attempt_can_be_cancelled_at_every_moment(
    bar: ConnectionBar, qtbot: QtBot, phase: Phase
) -> None:
    bar.set_state(ConnectionState(phase=phase, text="…", attempt=1))
    assert bar.action_button.text() == "Cancel"
    with qtbot.waitSignal(bar.disconnect_requested):
        press(bar, qtbot)


def test_that_a_connection_shows_its_clock_and_what_it_is(bar: ConnectionBar, qtbot: QtBot) -> None:
    bar.set_state(connected())
    assert bar.status.text() == "Connected 00:41:07"
    assert bar.status.details() == "MQTT 5 · TLS 1.3 · topicscope-7f3a"
    assert bar.action_button.text() == "Disconnect"
    qtbot.waitUntil(lambda: bar.status.text() == "Connected 00:41:08", timeout=2000)
    with qtbot.waitSignal(bar.disconnect_requested):
        press(bar, qtbot)


def test_that_an_unverified_certificate_is_said_in_red(bar: ConnectionBar) -> None:
    bar.set_state(connected(insecure=True))
    assert [mark.text() for mark in bar.status.marks() if mark.isVisible()] == ["TLS not verified"]
    bar.set_state(connected())
    assert [mark for mark in bar.status.marks() if mark.isVisible()] == []


def test_that_waiting_counts_down_and_can_be_cut_short(bar: ConnectionBar, qtbot: QtBot) -> None:
    bar.set_state(waiting(3.2))
    assert bar.status.text() == "Retrying in 4 s"
    assert bar.status.details() == "attempt 3"
    qtbot.waitUntil(lambda: bar.status.text() == "Retrying in 3 s", timeout=2000)
    with qtbot.waitSignal(bar.retry_requested):
        qtbot.mouseClick(bar.retry_button, Qt.MouseButton.LeftButton)
    bar.set_state(ConnectionState())
    assert not bar.retry_button.isVisible()


def test_that_the_clock_stands_still_when_there_is_nothing_to_tell(bar: ConnectionBar) -> None:
    assert not bar.status.is_ticking()
    bar.set_state(connected())
    assert bar.status.is_ticking()
    bar.hide()
    assert not bar.status.is_ticking()
    bar.show()
    assert bar.status.is_ticking()
    bar.set_state(ConnectionState())
    assert not bar.status.is_ticking()


def test_that_a_failure_is_told_in_full_with_its_remedy(bar: ConnectionBar, qtbot: QtBot) -> None:
    bar.set_state(ConnectionState(text=REFUSED, remedy=REMEDY, reason="refused"))
    assert bar.notice.isVisible()
    assert (bar.notice.sentence(), bar.notice.remedy()) == (REFUSED, REMEDY)
    with qtbot.waitSignal(bar.edit_requested):
        qtbot.mouseClick(bar.notice.button, Qt.MouseButton.LeftButton)


def test_that_the_failure_stays_on_screen_while_it_is_tried_again(bar: ConnectionBar) -> None:
    bar.set_state(waiting(0.1))
    bar.set_state(ConnectionState(phase=Phase.DIALING, attempt=4))
    assert bar.notice.isVisible()
    bar.set_state(connected())
    assert not bar.notice.isVisible()


def test_that_a_closed_notice_comes_back_only_with_something_new(bar: ConnectionBar) -> None:
    bar.set_state(waiting(5))
    bar.notice.hide()
    bar.set_state(waiting(9, attempt=4))
    assert not bar.notice.isVisible()
    bar.set_state(ConnectionState(text="Something else.", reason="lost"))
    assert bar.notice.isVisible()


@pytest.mark.parametrize("reason", ["", "cancelled", "disconnected"])
def test_that_an_end_somebody_asked_for_needs_no_notice(bar: ConnectionBar, reason: str) -> None:
    bar.set_state(ConnectionState(text="Disconnected.", reason=reason))
    assert not bar.notice.isVisible()


def test_that_traffic_is_shown_as_rate_line_and_totals(bar: ConnectionBar) -> None:
    bar.set_traffic(12_304.4, 1_204_311, 96 << 20)
    assert bar.traffic.rate_text() == "12,304 msg/s"
    assert bar.traffic.totals_text() == "1.2 M · 96 MB"
    assert bar.traffic.sparkline.values() == [12_304.4]
    bar.resize(1440, 45)
    assert bar.traffic.totals_text() == "1.2 M messages · 96 MB"


def test_that_record_and_freeze_are_wishes_until_they_are_told(
    bar: ConnectionBar, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(bar.record_toggled) as told:
        qtbot.mouseClick(bar.record_button, Qt.MouseButton.LeftButton)
    assert told.args == [True]
    with qtbot.assertNotEmitted(bar.record_toggled):
        bar.set_recording(False)
    assert bar.record_button.text() == "Record"
    with qtbot.waitSignal(bar.freeze_toggled) as told:
        qtbot.mouseClick(bar.freeze_button, Qt.MouseButton.LeftButton)
    assert told.args == [True]
    assert bar.freeze_button.text() == "Frozen"
    with qtbot.assertNotEmitted(bar.freeze_toggled):
        bar.set_frozen(False)
    assert bar.freeze_button.text() == "Freeze"


def test_that_the_menu_offers_a_new_connection_editing_and_the_demo(
    bar: ConnectionBar, qtbot: QtBot
) -> None:
    actions = {action.text(): action for action in bar.profile_menu.actions()}
    for text, signal in (
        ("New connection…", bar.new_requested),
        ("Edit…", bar.edit_requested),
        ("Try the demo", bar.demo_requested),
    ):
        with qtbot.waitSignal(signal):
            actions[text].trigger()


def test_that_the_theme_menu_ticks_the_theme_in_use(
    bar: ConnectionBar, qapp: QApplication, qtbot: QtBot
) -> None:
    themes = bar.settings_menu.actions()[0].menu().actions()
    assert [action.text() for action in themes if action.isChecked()] == ["Light"]
    with qtbot.waitSignal(bar.theme_chosen) as told:
        themes[1].trigger()
    assert told.args == ["dark"]
    theme.apply_theme(qapp, "dark")
    assert [action.text() for action in themes if action.isChecked()] == ["Dark"]


def test_that_the_chosen_profile_survives_a_new_list_by_its_name(bar: ConnectionBar) -> None:
    bar.set_current(PLANT_2)
    moved = Profile(name="Plant 2", host="elsewhere.local")
    bar.set_profiles([PLANT_1, moved])
    assert bar.current_profile == moved


def test_that_the_bar_fits_a_window_of_1280_pixels(bar: ConnectionBar) -> None:
    bar.set_state(connected(insecure=True, client_identifier="x" * 200))
    bar.set_traffic(999_999, 99_900_000, 999 << 20)
    bar.set_recording(True)
    assert bar.minimumSizeHint().width() <= 1280
    bar.set_state(waiting(300))
    assert bar.minimumSizeHint().width() <= 1280


def test_that_production_and_public_are_said_in_words_and_colour(bar: ConnectionBar) -> None:
    assert not bar.kind_label.isVisible()
    bar.set_current(msgspec.structs.replace(PLANT_1, kind="production"))
    assert bar.kind_label.isVisible()
    assert bar.kind_label.text() == "PRODUCTION"
    assert bar.kind_label.property("tone") == "error"
    bar.set_current(msgspec.structs.replace(PLANT_1, kind="public"))
    assert (bar.kind_label.text(), bar.kind_label.property("tone")) == ("PUBLIC", "warning")
    bar.set_current(PLANT_1)
    assert not bar.kind_label.isVisible()


def test_that_the_words_without_a_profile_fit_at_1280_pixels(
    bar: ConnectionBar, qtbot: QtBot
) -> None:
    bare = ConnectionBar()
    qtbot.addWidget(bare)
    bare.resize(1280, 45)
    bare.show()
    assert bare.profile_button.shown_text() == "Choose a broker"


def test_that_a_broker_without_a_name_shows_its_host(bar: ConnectionBar) -> None:
    bar.set_current(Profile(host="127.0.0.1", port=51883))
    assert bar.profile_button.shown_text() == "127.0.0.1:51883"
    assert "mqtt://127.0.0.1:51883" in bar.profile_button.toolTip()
    bar.set_current(Profile(name="mqtt://lab:1884 (2)", host="lab", port=1884))
    assert bar.profile_button.full_text() == "mqtt://lab:1884 (2)"
    assert bar.profile_button.shown_text() == "lab:1884 (2)"


def test_that_all_badges_are_in_sight_at_1280_pixels(bar: ConnectionBar, qtbot: QtBot) -> None:
    bar.set_current(msgspec.structs.replace(PLANT_1, kind="production"))
    bar.set_traffic(12_304, 1_204_311, 96 << 20)
    bar.set_recording(True)
    bar.set_state(connected())
    assert bar.traffic.totals_text() == "1.2 M · 96 MB"
    assert bar.traffic.sparkline.isVisible()
    bar.set_state(connected(insecure=True, read_only=True, credentials_expire_at=time.time() + 290))
    qtbot.waitUntil(lambda: sum(mark.isVisible() for mark in bar.status.marks()) == 3)
    shown = [mark.text() for mark in bar.status.marks() if mark.isVisible()]
    assert shown[:2] == ["TLS not verified", "Read-only"]
    assert shown[2].endswith("4:50")
    assert not bar.traffic.sparkline.isVisible()
    bar.set_state(connected())
    assert bar.traffic.sparkline.isVisible()


def test_that_version_and_encryption_stay_in_sight_beside_badges(
    bar: ConnectionBar, qtbot: QtBot
) -> None:
    bar.set_current(msgspec.structs.replace(PLANT_1, kind="production"))
    bar.set_traffic(12_304, 1_204_311, 96 << 20)
    bar.set_state(connected(read_only=True, tls=None))
    details = bar.status.parts()[1]
    qtbot.waitUntil(lambda: "MQTT 5 · not encrypted · " in details.shown_text())


def test_that_a_rate_in_millions_is_not_cut_to_another_number(bar: ConnectionBar) -> None:
    bar.set_traffic(1_238_432, 12_345_678, 96 << 20)
    assert bar.traffic.rate_text() == "1.24 M msg/s"
    bar.set_traffic(999_999, 12_345_678, 96 << 20)
    assert bar.traffic.rate_text() == "999,999 msg/s"
