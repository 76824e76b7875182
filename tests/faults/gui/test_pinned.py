"""A certificate that was trusted by a click: for reconnects and the next start, and for this certificate alone."""

from __future__ import annotations

from socket import SHUT_RDWR
from typing import TYPE_CHECKING

from tests.helpers.certificates import Pair, fingerprint, self_signed
from tests.helpers.examining import server_context
from tests.helpers.profiles import local_profile
from tests.helpers.servers import FakeServer, accept_connect, silent
from topicscope.connection.certificates import grouped_fingerprint
from topicscope.mqtt.control_packets import ProtocolVersion

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from tests.helpers.window import Desk


class Broker(FakeServer):
    """Shows a certificate that can be changed, and cuts the first connection when told to."""

    def __init__(self, pair: Pair) -> None:
        super().__init__(self._speak, tls=server_context(pair))
        self.connects = 0
        self.open: list[socket.socket] = []

    def show(self, pair: Pair) -> None:
        self._tls = server_context(pair)

    def _speak(self, sock: socket.socket) -> None:
        accept_connect(sock, ProtocolVersion.MQTT_5)
        self.connects += 1
        self.open.append(sock)
        silent(sock)

    def cut(self) -> None:
        for sock in self.open:
            sock.shutdown(SHUT_RDWR)
        self.open.clear()


def trust(desk: Desk, broker: Broker) -> None:
    desk.services.store.save(local_profile(broker.port, name="Lab", tls=True))
    desk.read_profiles()
    desk.window.bar.set_current(desk.services.store.list().profiles[0])
    desk.click("Connect", within=desk.window.bar)
    desk.wait_for_words("Trust this certificate…")
    assert broker.connects == 0
    desk.click("Trust this certificate…")
    desk.click("Trust it for this connection", desk.modal())
    desk.wait_for_state("Connected")


def test_that_a_trusted_certificate_is_pinned_for_reconnects_and_the_next_start(
    hasty: Desk, tmp_path: Path
) -> None:
    pair = self_signed(tmp_path)
    with Broker(pair) as broker:
        trust(hasty, broker)
        assert broker.connects == 1
        broker.cut()
        hasty.wait(lambda: broker.connects == 2, "another connection")
        hasty.wait_for_state("Connected")
        hasty.restart()
        hasty.click("Connect", within=hasty.window.bar)
        hasty.wait_for_state("Connected")
        assert hasty.says("Pinned", hasty.window.bar.status)
        assert broker.connects == 3
    stored = hasty.services.store.list().profiles[0]
    assert stored.pinned_certificate == fingerprint(pair)
    assert not stored.insecure


def test_that_a_changed_certificate_is_refused_with_both_fingerprints(
    hasty: Desk, tmp_path: Path
) -> None:
    pair, other = self_signed(tmp_path), self_signed(tmp_path, "other")
    with Broker(pair) as broker:
        trust(hasty, broker)
        broker.show(other)
        broker.cut()
        hasty.wait_for_words(
            "shows another certificate than the one that this profile trusts",
            grouped_fingerprint(fingerprint(pair)),
            grouped_fingerprint(fingerprint(other)),
        )
        assert broker.connects == 1
        hasty.wait_for_state("Not connected")
    assert hasty.services.store.list().profiles[0].pinned_certificate == fingerprint(pair)
