"""Certificates of a real Mosquitto through the window: trusted for one profile after a look, and shown in the card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from tests.helpers.mosquitto import Mosquitto
from topicscope.gui.dialogs.connections.connection_card import ConnectionCard
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.window import Desk


def broker_in(folder: Path) -> Mosquitto:
    folder = folder / "broker"
    folder.mkdir()
    return Mosquitto(folder, tls=True)


def card_of(desk: Desk) -> ConnectionCard:
    cards = [one for one in desk.window.findChildren(ConnectionCard) if one.isVisible()]
    assert cards
    return cards[0]


def test_that_an_unknown_certificate_is_trusted_for_this_profile_after_a_look(
    desk: Desk, tmp_path: Path
) -> None:
    with broker_in(tmp_path) as broker:
        desk.type(
            "Address of the broker as a URL", f"mqtts://localhost:{broker.tls_port}", "Return"
        )
        desk.wait_for_words("authority that is not known here", "Trust this certificate…", "Edit…")
        desk.click("Trust this certificate…")
        question = desk.modal()
        shown = desk.words(question)
        assert any(text.count(":") == 31 for text in shown), "the fingerprint"
        assert any("localhost, 127.0.0.1" in text for text in shown)
        # Enter is careful.
        desk.keys("Return", desk.find(QPushButton, "Do not trust it", question))
        desk.wait_for_state("Not connected")
        assert not desk.services.store.list().profiles[0].pinned_certificate
        desk.click("Trust this certificate…")
        desk.click("Trust it for this connection", desk.modal())
        desk.wait_for_state("Connected")
        stored = desk.services.store.list().profiles[0]
        assert len(stored.pinned_certificate) == 64
        assert not stored.insecure
        assert desk.says("Pinned", desk.window.bar.status)
        desk.services.store.save(
            Profile(name="Other", host="localhost", port=broker.tls_port, tls=True)
        )
        assert not desk.services.store.list().profiles[1].pinned_certificate


def test_that_a_plain_connection_to_a_tls_port_switches_tls_on_by_a_click(
    desk: Desk, tmp_path: Path
) -> None:
    with broker_in(tmp_path) as broker:
        desk.type("Address of the broker as a URL", f"mqtt://localhost:{broker.tls_port}", "Return")
        desk.wait_for_words("speaks TLS", "Switch TLS on")
        desk.click("Switch TLS on")
        desk.wait_for_words("authority that is not known here")
        assert desk.services.store.list().profiles[0].tls


def test_that_the_card_says_what_is_known_of_a_connection(desk: Desk, tmp_path: Path) -> None:
    with broker_in(tmp_path) as broker:
        profile = Profile(
            name="Lab",
            host="localhost",
            port=broker.tls_port,
            tls=True,
            ca_file=str(broker.authority.ca_file),
        )
        desk.window.connecting.connect_given(profile, {})
        desk.wait_for_state("Connected")
        QTest.mouseClick(desk.window.bar.status, Qt.MouseButton.LeftButton)
        card = card_of(desk)
        assert "Lab" in card.windowTitle()
        desk.wait(lambda: "ms" in card.round_trip.text(), "a round trip")
        facts = dict(card.server.rows())
        assert facts["Session"].startswith("new")
        assert facts["Maximum QoS"] == "2"
        assert facts["Shared Subscriptions"] == "yes"
        assert facts["Client Identifier"].startswith("topicscope-")
        names = dict(card.certificate.rows())
        assert "localhost" in names["Names"]
        before = len(desk.window.bridge.round_trips)
        desk.click("Ping now", card)
        desk.wait(lambda: len(desk.window.bridge.round_trips) > before)
        desk.wait(lambda: "2 pings" in card.round_trip.text())
    desk.wait(lambda: card.history.item(0, 1).text().startswith(("Lost", "Failed", "Trying")))
    whats = [card.history.item(row, 1).text() for row in range(card.history.rowCount())]
    assert any(text.startswith("Lost after") for text in whats)
    assert not card.ping_button.isEnabled()
    desk.click("Close", card)
    desk.settle()
    assert not desk.window.findChildren(ConnectionCard)
