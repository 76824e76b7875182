"""What the server said of itself and its limits in CONNACK (MQTT 5.0 section 3.2.2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from topicscope.mqtt.properties import BY_KEY, USER_PROPERTY

if TYPE_CHECKING:
    from topicscope.mqtt.properties import PropertyList, PropertyValue


@dataclass(frozen=True, slots=True)
class ServerTold:
    """The facts of one CONNACK; each default is what the standard says where the server says nothing.

    `server_keep_alive` and `session_expiry_interval` are in seconds, `maximum_packet_size` is in bytes;
    None means that the server did not say. Before MQTT 5 all but `session_present` are defaults.
    """

    session_present: bool = False
    assigned_client_identifier: str = ""
    server_keep_alive: int | None = None
    session_expiry_interval: int | None = None
    receive_maximum: int = 65_535
    maximum_qos: int = 2
    retain_available: bool = True
    maximum_packet_size: int | None = None
    topic_alias_maximum: int = 0
    wildcard_subscription_available: bool = True
    shared_subscription_available: bool = True
    subscription_identifiers_available: bool = True
    response_information: str = ""
    server_reference: str = ""
    reason_string: str = ""
    user_properties: tuple[tuple[str, str], ...] = ()


def server_told(properties: PropertyList, *, session_present: bool = False) -> ServerTold:
    """Pick the facts out of the properties of a CONNACK."""
    given = _Given(properties)
    return ServerTold(
        session_present=session_present,
        assigned_client_identifier=given.text("assigned_client_identifier"),
        server_keep_alive=given.number("server_keep_alive"),
        session_expiry_interval=given.number("session_expiry_interval"),
        # 0 is a Protocol Error (section 3.2.2.3.3); nothing could be sent if it were obeyed.
        receive_maximum=given.number("receive_maximum") or 65_535,
        maximum_qos=2 if (most := given.number("maximum_qos")) is None else most,
        retain_available=given.flag("retain_available"),
        maximum_packet_size=given.number("maximum_packet_size"),
        topic_alias_maximum=given.number("topic_alias_maximum") or 0,
        wildcard_subscription_available=given.flag("wildcard_subscription_available"),
        shared_subscription_available=given.flag("shared_subscription_available"),
        subscription_identifiers_available=given.flag("subscription_identifiers_available"),
        response_information=given.text("response_information"),
        server_reference=given.text("server_reference"),
        reason_string=given.text("reason_string"),
        user_properties=given.pairs(),
    )


class _Given:
    """Properties by their names, read leniently: what has a wrong type counts as not said."""

    def __init__(self, properties: PropertyList) -> None:
        self._all = properties
        self._by_identifier: dict[int, PropertyValue] = dict(properties)

    def _get(self, key: str) -> PropertyValue | None:
        return self._by_identifier.get(BY_KEY[key].identifier)

    def text(self, key: str) -> str:
        value = self._get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int | None:
        value = self._get(key)
        return value if isinstance(value, int) else None

    def flag(self, key: str) -> bool:
        return self.number(key) != 0

    def pairs(self) -> tuple[tuple[str, str], ...]:
        return tuple(
            value
            for identifier, value in self._all
            if identifier == USER_PROPERTY and isinstance(value, tuple)
        )
