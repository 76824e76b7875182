"""Running the connection doctor in a test."""

from __future__ import annotations

import ssl
import threading
from typing import TYPE_CHECKING

from tests.helpers.servers import accept_connect, silent
from topicscope.connection.doctor import Step, examine
from topicscope.mqtt.control_packets import ProtocolVersion

if TYPE_CHECKING:
    import socket

    from tests.helpers.certificates import Pair
    from topicscope.profiles.profile import Profile


def doctor(
    profile: Profile, secrets: dict[str, str] | None = None, *, probes: bool = False
) -> dict[str, Step]:
    """Examine, check that each step was told, and return them by their keys."""
    told: list[Step] = []
    steps = examine(profile, secrets or {}, told.append, threading.Event(), probes)
    assert list(steps) == told
    return {step.key: step for step in steps}


def failed(steps: dict[str, Step]) -> Step:
    """Return the one step that failed; those behind it were skipped."""
    bad = [step for step in steps.values() if step.status == "failed"]
    assert len(bad) == 1, bad
    assert bad[0].remedy
    behind = list(steps.values())[list(steps).index(bad[0].key) + 1 :]
    assert all(step.status == "skipped" or step.key == "clock" for step in behind), behind
    return bad[0]


def server_context(pair: Pair, ca_file: str = "") -> ssl.SSLContext:
    """Return the settings of a server, which asks for a client certificate when given a CA file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    if ca_file:
        context.load_verify_locations(ca_file)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def broker(sock: socket.socket) -> None:
    """Accept one CONNECT of MQTT 5 and listen on."""
    accept_connect(sock, ProtocolVersion.MQTT_5)
    silent(sock)
