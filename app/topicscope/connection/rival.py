"""A second client under the Client Identifier of the first, which the broker must disconnect for it.

MQTT 5.0 section 3.1.4, point 3. It publishes nothing and has no Will, so that all it does is to be there;
and it never dials again, so that the two do not fight for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from topicscope.connection.state import ConnectionState, Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from topicscope.connection.state import ConnectionEvent
    from topicscope.profiles.profile import Profile


class _Connects(Protocol):
    """What a rival needs of a Connection."""

    def connect(self, profile: Profile, secrets: Mapping[str, str] | None = None) -> None:
        """Connect."""

    def disconnect(self) -> None:
        """Disconnect, or stop trying."""

    def close(self, timeout: float = 2.0) -> None:
        """End its thread."""


class Rival:
    """See the module; ``listener`` is called on the thread of the second connection."""

    def __init__(self, listener: Callable[[ConnectionEvent], None]) -> None:
        self._listener = listener
        self._connection: _Connects | None = None
        self.has_taken_over = False
        """True once the broker has accepted the second client."""

    def begin(self, connection: _Connects, profile: Profile, secrets: Mapping[str, str]) -> None:
        """Let ``connection`` take over; it must tell ``listen``."""
        self._connection = connection
        connection.connect(profile, secrets)

    def listen(self, event: ConnectionEvent) -> None:
        """Pass an event on, and give up when the second connection has ended."""
        if isinstance(event, ConnectionState):
            if event.phase is Phase.CONNECTED:
                self.has_taken_over = True
            elif event.phase is Phase.WAITING and self._connection is not None:
                self._connection.disconnect()
        self._listener(event)

    def close(self, timeout: float = 2.0) -> None:
        """Disconnect the second client and end its thread; waits at most ``timeout`` seconds."""
        if self._connection is not None:
            self._connection.close(timeout)


def rival_profile(profile: Profile, client_identifier: str) -> Profile:
    """Return the profile of a second client that only listens."""
    import msgspec

    return msgspec.structs.replace(
        profile, client_identifier=client_identifier, will=None, read_only=True
    )
