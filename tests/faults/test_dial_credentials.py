"""What happens before the first byte leaves: tokens, their commands, and the time a dial may take."""

from __future__ import annotations

import base64
import json
import shlex
import sys
import time
from typing import TYPE_CHECKING

from tests.helpers.profiles import local_profile
from tests.helpers.servers import FakeServer, accept_connect, silent
from tests.helpers.watch import Watched
from topicscope.connection.state import Phase
from topicscope.connection.timing import Timing
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    import socket
    from pathlib import Path


def make_token(expires_in_s: float) -> str:
    def part(claims: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")

    claims: dict[str, object] = {"sub": "canary", "exp": int(time.time() + expires_in_s)}
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.c2lnbmF0dXJl"


def test_that_an_expired_token_is_said_before_anything_is_sent(watched: Watched) -> None:
    with FakeServer(silent) as server:
        profile = local_profile(server.port, login="token_as_user_name")
        state = watched.connect(profile, make_token(-3 * 3600))
        assert server.accepted == 0
    assert state.text.startswith("The token expired 3 h ago")
    assert (state.phase, state.reason) == (Phase.OFFLINE, "credentials")


def test_that_a_token_command_is_asked_anew_at_each_dial(watched: Watched, tmp_path: Path) -> None:
    token, count = make_token(3600), tmp_path / "count"
    program = f"open({str(count)!r}, 'a').write('x'); print({token!r})"
    connects: list[bytes] = []

    def serve(sock: socket.socket) -> None:
        connects.append(accept_connect(sock, ProtocolVersion.MQTT_5))
        if len(connects) > 1:
            silent(sock)

    with FakeServer(serve) as server:
        profile = Profile(
            host="127.0.0.1",
            port=server.port,
            login="token_as_user_name",
            secret_source="command",
            secret_reference=shlex.join([sys.executable, "-c", program]),
        )
        watched.connect(profile)
        watched.wait_until(lambda: len(connects) == 2, "a second CONNECT")
        watched.connection.disconnect()
    assert count.read_text() == "xx"
    assert all(token.encode() in connect for connect in connects)


def test_that_a_dial_that_is_given_up_ends_its_token_command(
    watched: Watched, tmp_path: Path
) -> None:
    mark = tmp_path / "begun"
    program = f"import time; open({str(mark)!r}, 'w').close(); time.sleep(60)"
    profile = Profile(
        secret_source="command", secret_reference=shlex.join([sys.executable, "-c", program])
    )
    watched.connection.connect(profile)
    watched.wait_until(mark.exists, "the command")
    watched.connection.disconnect()
    watched.wait_for_state(Phase.OFFLINE, after=1)
    watched.connection.close()


def test_that_a_token_command_that_fails_is_said(watched: Watched) -> None:
    command = shlex.join([sys.executable, "-c", "raise SystemExit('no login')"])
    state = watched.connect(Profile(secret_source="command", secret_reference=command))
    assert "no login" in state.text
    assert state.phase is not Phase.CONNECTED


def test_that_the_profile_says_how_long_a_dial_may_take() -> None:
    with Watched(Timing()) as watched, FakeServer(silent) as server:
        profile = local_profile(server.port, tls=True, connect_timeout=1)
        begun = time.monotonic()
        state = watched.connect(profile)
        assert time.monotonic() - begun > 0.9
        assert "did not answer the TLS hand-shake within 1 s" in state.text
