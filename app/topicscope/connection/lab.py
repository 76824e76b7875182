"""The session lab: what a broken network, a slow client or a double does to a session, on purpose.

``connection.lab_words`` explains each experiment. ``SessionLab`` acts on the connection thread;
``farewell_packet`` and ``resumed_profile`` check where they are asked.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from topicscope.connection.connect_packet import session_is_kept
from topicscope.connection.outcomes import outcome
from topicscope.connection.state import Phase
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.encode import encode_disconnect
from topicscope.mqtt.properties import BY_KEY, properties_problem
from topicscope.mqtt.reason_codes import reason_codes, reason_name

if TYPE_CHECKING:
    from topicscope.capture.tap import Tap
    from topicscope.connection.lifecycle import Lifecycle
    from topicscope.mqtt.properties import PropertyList
    from topicscope.profiles.profile import Profile

DISCONNECT_WITH_WILL = 0x04
CLIENT_REASON_CODES = (
    0x00,
    0x04,
    0x80,
    0x81,
    0x82,
    0x83,
    0x90,
    0x93,
    0x94,
    0x95,
    0x96,
    0x97,
    0x98,
    0x99,
)
"""Reason Codes of DISCONNECT that a client may send (section 3.14.2.1)."""

_DISCONNECT = ControlPacketType.DISCONNECT
_SESSION_EXPIRY = BY_KEY["session_expiry_interval"].identifier
_SERVER_REFERENCE = BY_KEY["server_reference"].identifier
_DROPPED = "Dropped as asked."


class SessionLab:
    """Experiments on the connection of ``life``, each noted in the capture."""

    def __init__(self, life: Lifecycle, tap: Tap) -> None:
        self._life = life
        self._tap = tap

    def drop_tcp(self) -> None:
        """Cut the transport without DISCONNECT, and stay offline."""
        if self._life.link is not None:
            self._life.disconnect(b"", outcome("cut-as-asked"))

    def disconnect(self, farewell: bytes, name: str) -> None:
        """Send this DISCONNECT, whose Reason Code has that name, and stay offline."""
        self._life.disconnect(farewell, outcome("disconnected-with", why=name))

    def resume(self, profile: Profile) -> None:
        """Dial for the session that the broker keeps."""
        self._life.retry(profile)

    def hold(self, *, on: bool) -> None:
        """Hold acknowledgements back from now on, or release them all."""
        if on:
            self._life.holding.hold(on=True)
            self._note("From here on acknowledgements are held back.")
            return
        self._life.holding.hold(on=False)
        self.release(None)

    def release(self, count: int | None) -> None:
        """Let the oldest acknowledgements go."""
        released = self._life.holding.release(count)
        link = self._life.link
        if link is None or not released:
            return
        left = self._life.holding.count
        self._note(f"{len(released):,} acknowledgements are released here, {left:,} still held.")
        link.tell_paho(b"".join(released))

    def drop(self, token: int) -> None:
        """Forget one publish that waits."""
        self._forget(self._life.outbox.drop(token, _DROPPED))

    def drop_queued(self) -> None:
        """Forget the publishes that wait."""
        self._forget(self._life.outbox.drop_queued(_DROPPED))

    def _forget(self, identifiers: list[int]) -> None:
        link = self._life.link
        client = self._life.older_client if link is None else link.client
        for identifier in identifiers:
            # Otherwise paho would send it again when the session goes on.
            if client is not None:
                client.forget(identifier)

    def _note(self, text: str) -> None:
        if self._life.teller.state.phase is Phase.CONNECTED:
            self._tap.note(text, time.time_ns())


def farewell_packet(
    reason_code: int, properties: PropertyList, profile: Profile | None
) -> tuple[bytes, str]:
    """Return a DISCONNECT (section 3.14) and the name of its Reason Code; raises ValueError with a sentence."""
    version = ProtocolVersion.MQTT_5 if profile is None else profile.protocol_version
    if version != ProtocolVersion.MQTT_5:
        label = ProtocolVersion(version).label
        raise ValueError(f"Reason Codes and properties of DISCONNECT need MQTT 5, not {label}.")
    name = reason_name(_DISCONNECT, reason_code)
    if reason_code not in CLIENT_REASON_CODES:
        known = reason_code in reason_codes(_DISCONNECT)
        who = f"Only a server may disconnect with {name}" if known else "There is no such reason"
        raise ValueError(f"{who} (0x{reason_code:02X}, section 3.14.2.1).")
    if problem := properties_problem(_DISCONNECT, properties):
        raise ValueError(f"{problem}.")
    for identifier, value in properties:
        if identifier == _SERVER_REFERENCE:
            raise ValueError("Only a server may send a Server Reference (section 3.14.2.2.5).")
        if identifier == _SESSION_EXPIRY and value and profile and not session_is_kept(profile):
            raise ValueError(
                "The session expiry of CONNECT was 0, so DISCONNECT cannot raise it"
                " (section 3.14.2.2.2)."
            )
    version_5 = ProtocolVersion.MQTT_5
    return encode_disconnect(reason_code, properties=properties, version=version_5), (
        f"{name} (0x{reason_code:02X})"
    )


def resumed_profile(profile: Profile | None, client_identifier: str) -> Profile:
    """Return the profile that asks for its session again; raises ValueError when none was kept."""
    import msgspec

    if profile is None or not client_identifier:
        raise ValueError("There was no connection yet whose session could be resumed.")
    if not session_is_kept(profile):
        wanted = (
            "a Session Expiry Interval" if profile.protocol_version == 5 else "no Clean Session"
        )
        raise ValueError(
            f"The broker keeps no session for this profile: it ends with the connection."
            f" Give the profile {wanted}, connect, and try again."
        )
    return msgspec.structs.replace(profile, clean_start=False, client_identifier=client_identifier)
