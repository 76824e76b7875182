"""What the window asks of its connection: passed on at once, from the window's thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from topicscope.connection.rival import Rival
    from topicscope.connection.state import ConnectionEvent, SubscriptionRequest
    from topicscope.connection.supervisor import Connection
    from topicscope.mqtt.properties import PropertyList
    from topicscope.profiles.profile import Profile


class ConnectionCalls(QObject):
    """A connection that is made when it is first needed; every call returns at once."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._connection: Connection | None = None

    def _existing_connection(self) -> Connection:
        """Return the connection, made now if there is none yet."""
        raise NotImplementedError

    def publisher(self) -> Connection:
        """Return what publishes from any thread, for as long as this capture lasts."""
        return self._existing_connection()

    def connect_to(self, profile: Profile, secrets: Mapping[str, str] | None = None) -> None:
        """Begin to connect with `secrets` (see `profiles.secrets`); returns at once."""
        self._existing_connection().connect(profile, secrets)

    def disconnect_from(self) -> None:
        """End the connection, or stop trying; returns at once."""
        if self._connection is not None:
            self._connection.disconnect()

    def retry_now(self) -> None:
        """Try again without waiting for the countdown."""
        if self._connection is not None:
            self._connection.retry_now()

    def ping(self) -> None:
        """Ask the broker for a sign of life; `round_trip_told` says how long it took."""
        if self._connection is not None:
            self._connection.ping()

    def drop_queued(self) -> None:
        """Forget the messages that wait for the connection."""
        if self._connection is not None:
            self._connection.drop_queued()

    def drop(self, token: int) -> None:
        """Forget one message that waits; its progress tells whether that came too late."""
        if self._connection is not None:
            self._connection.drop(token)

    def subscribe(self, requests: Sequence[SubscriptionRequest]) -> None:
        """Subscribe now, or as soon as there is a connection."""
        self._existing_connection().subscribe(list(requests))

    def unsubscribe(self, topic_filters: Sequence[str]) -> None:
        """Unsubscribe from these Topic Filters."""
        self._existing_connection().unsubscribe(list(topic_filters))

    def publish(
        self,
        topic: str,
        payload: bytes,
        qos: int = 0,
        retain: bool = False,
        properties: PropertyList | None = None,
    ) -> int:
        """Publish an Application Message and return the token that its progress bears.

        Raises `ValueError` with a sentence when the standard does not allow it.
        """
        return self._existing_connection().publish(topic, payload, qos, retain, properties)

    # The session lab; `connection.lab_words` explains each

    def drop_tcp(self) -> None:
        """Cut the connection without DISCONNECT."""
        if self._connection is not None:
            self._connection.drop_tcp()

    def disconnect_with(self, reason_code: int, properties: PropertyList) -> None:
        """Send DISCONNECT with a Reason Code and properties; raises `ValueError` with a sentence."""
        if self._connection is not None:
            self._connection.disconnect(reason_code, properties)

    def hold_acknowledgements(self, on: bool) -> None:
        """Answer no incoming QoS 1 and 2 until this is switched off."""
        if self._connection is not None:
            self._connection.hold_acknowledgements(on)

    def release_acknowledgements(self, count: int = 1) -> None:
        """Let the oldest answers go that are held back."""
        if self._connection is not None:
            self._connection.release_acknowledgements(count)

    def resume(self) -> None:
        """Connect for the session that the broker keeps; raises `ValueError` when it keeps none."""
        self._existing_connection().resume()

    def take_over(self, listener: Callable[[ConnectionEvent], None]) -> Rival:
        """Connect a second client under the same Client Identifier; raises `ValueError` when not connected.

        `listener` is called on the thread of that client.
        """
        return self._existing_connection().take_over(listener)
