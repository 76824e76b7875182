"""Where messages meet subscriptions: the broker without sockets, timers or threads.

Everything that publishes goes through `Exchange.publish`: clients on the network, Will Messages, `$SYS` and the
clients that live in this process. The latter are handed their messages after the whole fan-out, so that an answer
never overtakes its question.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from topicscope.demo.counters import Counters, Limits
from topicscope.demo.message import Message
from topicscope.demo.retained import RetainedMessages
from topicscope.demo.subscriptions import Delivery, Grant, SubscriptionTree, split_filter

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.demo.session import Session
    from topicscope.mqtt.packets import Subscription, WillMessage
    from topicscope.mqtt.properties import PropertyList

    OnMessage = Callable[[Message], None]


class Exchange:
    """Subscriptions, retained messages, Sessions and the way of a message between them."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, limits: Limits | None = None
    ) -> None:
        self.clock = clock
        self.limits = limits or Limits()
        self.counters = Counters()
        self.tree = SubscriptionTree()
        self.retained = RetainedMessages()
        self.sessions: dict[str, Session] = {}
        self.local_clients: dict[str, LocalClient] = {}
        self._local: deque[tuple[LocalClient, Message]] = deque()
        self._is_handing_over = False

    @property
    def connected(self) -> int:
        """How many clients are connected, those of this process included."""
        return len(self.local_clients) + sum(s.is_online for s in self.sessions.values())

    def publish(self, message: Message) -> bool:
        """Store `message` when it is to be retained and deliver it; tell whether anyone wanted it."""
        if message.retain:
            self.retained.store(message)
        match = self.tree.match(message.topic)
        for recipient in match.recipients:
            subscriber = recipient.subscriber
            is_own = subscriber.client_identifier == message.publisher
            delivery = recipient.own if is_own else recipient.delivery
            if delivery is not None:
                subscriber.deliver(message, delivery)
        for group in match.groups:
            grant = group.next()
            if grant is not None:
                grant.subscriber.deliver(message, Delivery.of([grant]))
        self._hand_over()
        return bool(match.recipients or match.groups)

    def subscribe(self, session: Session, subscription: Subscription, identifier: int = 0) -> bool:
        """Add or replace a subscription of `session`; tell whether it is a new one."""
        session.subscriptions.add(subscription.topic_filter)
        return self.tree.add(
            Grant(
                session,
                subscription.topic_filter,
                subscription.qos,
                subscription.no_local,
                subscription.retain_as_published,
                identifier,
            )
        )

    def send_retained(
        self, session: Session, subscription: Subscription, identifier: int = 0
    ) -> None:
        """Deliver the retained messages under a subscription; a shared one gets none (section 4.8.2)."""
        share_name, levels = split_filter(subscription.topic_filter)
        if share_name is not None:
            return
        identifiers = (identifier,) if identifier else ()
        delivery = Delivery(subscription.qos, identifiers, retained=True)
        for message in self.retained.matching(levels, self.clock()):
            if not (subscription.no_local and message.publisher == session.client_identifier):
                session.deliver(message, delivery)

    def unsubscribe(self, session: Session, topic_filter: str) -> bool:
        """Take a subscription of `session` away; tell whether there was one."""
        session.subscriptions.discard(topic_filter)
        return self.tree.remove(session, topic_filter)

    def forget(self, session: Session) -> None:
        """End a Session: its subscriptions and its place in the list."""
        for topic_filter in session.subscriptions:
            self.tree.remove(session, topic_filter)
        session.subscriptions.clear()
        if self.sessions.get(session.client_identifier) is session:
            del self.sessions[session.client_identifier]

    def attach(
        self,
        client_identifier: str,
        on_message: OnMessage | None = None,
        will: WillMessage | None = None,
    ) -> LocalClient:
        """Connect a client that lives in this process."""
        client = LocalClient(self, client_identifier, on_message, will)
        self.local_clients[client_identifier] = client
        self.counters.connections += 1
        self.counters.clients_maximum = max(self.counters.clients_maximum, self.connected)
        return client

    def queue_local(self, client: LocalClient, message: Message) -> None:
        """Keep `message` for a client of this process until the fan-out is done."""
        self._local.append((client, message))

    def _hand_over(self) -> None:
        if self._is_handing_over:
            return
        self._is_handing_over = True
        try:
            while self._local:
                client, message = self._local.popleft()
                client.take(message)
        finally:
            self._is_handing_over = False


class LocalClient:
    """A client in this process: the simulated plant's way onto the broker."""

    def __init__(
        self,
        exchange: Exchange,
        client_identifier: str,
        on_message: OnMessage | None,
        will: WillMessage | None,
    ) -> None:
        self.client_identifier = client_identifier
        self.is_online = True
        self._exchange = exchange
        self._on_message = on_message
        self._will = will
        self._filters: list[str] = []

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 0,
        retain: bool = False,
        properties: PropertyList | None = None,
    ) -> None:
        """Publish a message as this client."""
        counters = self._exchange.counters
        counters.messages_received += 1
        counters.publish_received += 1
        counters.publish_bytes_received += len(payload)
        # What its PUBLISH would weigh: `$SYS` should tell of the plant as of clients on the network.
        counters.bytes_received += len(topic) + len(payload) + 4
        message = Message(
            topic,
            payload,
            qos=qos,
            retain=retain,
            properties=properties,
            publisher=self.client_identifier,
            now=self._exchange.clock(),
        )
        self._exchange.publish(message)

    def subscribe(self, topic_filter: str, qos: int = 0) -> None:
        """Subscribe; retained messages are not delivered, a device wants commands from now on."""
        self._filters.append(topic_filter)
        self._exchange.tree.add(Grant(self, topic_filter, qos))

    def close(self) -> None:
        """Disconnect without publishing the Will Message."""
        if self._exchange.local_clients.get(self.client_identifier) is self:
            del self._exchange.local_clients[self.client_identifier]
        for topic_filter in self._filters:
            self._exchange.tree.remove(self, topic_filter)
        self._filters.clear()
        self.is_online = False

    def lose(self) -> None:
        """End as if the Network Connection were lost, which publishes the Will Message."""
        will, self._will = self._will, None
        self.close()
        if will is not None:
            self._exchange.publish(will_as_message(will, self.client_identifier, self._exchange))

    def deliver(self, message: Message, delivery: Delivery) -> None:
        """Take `message` over, to be handed on after the fan-out."""
        counters = self._exchange.counters
        counters.messages_sent += 1
        counters.publish_sent += 1
        counters.publish_bytes_sent += len(message.payload)
        counters.bytes_sent += len(message.topic) + len(message.payload) + 4
        self._exchange.queue_local(self, message)

    def take(self, message: Message) -> None:
        """Hand `message` to whoever speaks as this client."""
        if self._on_message is not None and self.is_online:
            self._on_message(message)


def will_as_message(will: WillMessage, client_identifier: str, exchange: Exchange) -> Message:
    """Make the Application Message of a Will (section 3.1.2.5)."""
    return Message(
        will.topic,
        will.payload,
        qos=will.qos,
        retain=will.retain,
        properties=[item for item in will.properties if item[0] != WILL_DELAY_INTERVAL],
        publisher=client_identifier,
        now=exchange.clock(),
    )


WILL_DELAY_INTERVAL = 24
