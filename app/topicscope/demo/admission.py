"""Who may connect, subscribe and publish: nothing is refused unless a test or its user asks for that."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from topicscope.demo.subscriptions import SHARE_PREFIX
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.decode import ProtocolError
from topicscope.mqtt.properties import BY_KEY
from topicscope.mqtt.topics import topic_filter_problem, topic_name_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from topicscope.mqtt.packets import Connect, Subscription

_IDENTIFIER_NOT_VALID = 0x85
_BAD_CREDENTIALS = 0x86
_NOT_AUTHORIZED = 0x87
_BAD_METHOD = 0x8C
_FILTER_INVALID = 0x8F
_TOPIC_INVALID = 0x90
_AUTHENTICATION_METHOD = BY_KEY["authentication_method"].identifier


@dataclass(frozen=True, slots=True)
class Admission:
    """The rules: user names with their passwords, and topics that are refused; None allows everything."""

    users: Mapping[str, str] | None = None
    refuse_subscriptions: Callable[[str], bool] | None = None
    refuse_publishes: Callable[[str], bool] | None = None

    def connect_problem(self, connect: Connect) -> int:
        """Return the Reason Code a CONNECT is refused with, or 0."""
        if any(identifier == _AUTHENTICATION_METHOD for identifier, _ in connect.properties):
            return _BAD_METHOD
        if not connect.client_identifier and not _may_be_anonymous(connect):
            return _IDENTIFIER_NOT_VALID
        if connect.will is not None and topic_name_problem(connect.will.topic):
            return _TOPIC_INVALID
        return self._credentials_problem(connect)

    def subscription_problem(self, subscription: Subscription) -> int | None:
        """Return the Reason Code a subscription is refused with, or None.

        Raises `ProtocolError` for No Local on a Shared Subscription (section 3.8.3.1).
        """
        topic_filter = subscription.topic_filter
        if topic_filter_problem(topic_filter):
            return _FILTER_INVALID
        if subscription.no_local and topic_filter.startswith(SHARE_PREFIX):
            raise ProtocolError("No Local on a Shared Subscription")
        if self.refuse_subscriptions is not None and self.refuse_subscriptions(topic_filter):
            return _NOT_AUTHORIZED
        return None

    def refuses_publish(self, topic: str) -> bool:
        """Tell whether nobody may publish to `topic`."""
        return self.refuse_publishes is not None and self.refuse_publishes(topic)

    def _credentials_problem(self, connect: Connect) -> int:
        if self.users is None:
            return 0
        if connect.username is None:
            return _NOT_AUTHORIZED
        expected = self.users.get(connect.username)
        given = connect.password or b""
        if expected is None or not hmac.compare_digest(expected.encode(), given):
            return _BAD_CREDENTIALS
        return 0


def _may_be_anonymous(connect: Connect) -> bool:
    """Tell whether the Server may choose the Client Identifier (section 3.1.3.1; not in MQTT 3.1)."""
    if connect.version == ProtocolVersion.MQTT_3_1_1:
        return connect.clean_start
    return connect.version == ProtocolVersion.MQTT_5
