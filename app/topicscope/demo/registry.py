"""The Sessions of all clients: who comes back, who is taken over, whose Session and Will Message are due."""

from __future__ import annotations

import asyncio
import math
import secrets
from typing import TYPE_CHECKING

from topicscope.demo.exchange import WILL_DELAY_INTERVAL, will_as_message
from topicscope.demo.session import Session
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.properties import BY_KEY

if TYPE_CHECKING:
    from topicscope.demo.exchange import Exchange
    from topicscope.demo.session import Link
    from topicscope.mqtt.packets import Connect

_TAKEN_OVER = 0x8E
_NEVER = 0xFFFF_FFFF
_SESSION_EXPIRY = BY_KEY["session_expiry_interval"].identifier


class Registry:
    """Opens, keeps and ends Sessions; needs the running event loop for what is due later."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def enter(self, connect: Connect, link: Link) -> tuple[Session, bool]:
        """Give the Session of a CONNECT and whether it was there before (sections 3.1.2.4, 3.1.4)."""
        identifier = connect.client_identifier or f"auto-{secrets.token_hex(8)}"
        session = self._exchange.sessions.get(identifier)
        if session is not None and session.link is not None:
            taken_over = session.link
            self.leave(session, taken_over)
            taken_over.close(_TAKEN_OVER)
            session = self._exchange.sessions.get(identifier)
        if session is not None and connect.clean_start:
            self._end(session)
            session = None
        is_present = session is not None
        if session is None:
            session = self._new_session(identifier)
        _cancel(session)
        session.link = link
        session.expiry = _expiry(connect)
        session.will = connect.will
        counters = self._exchange.counters
        counters.connections += 1
        counters.clients_maximum = max(counters.clients_maximum, self._exchange.connected)
        return session, is_present

    def leave(self, session: Session, link: Link) -> None:
        """Take the connection from `session` and publish or schedule its Will Message (section 3.1.2.5)."""
        if session.link is not link:
            return
        session.link = None
        loop = asyncio.get_running_loop()
        if session.will is not None:
            delay = min(_will_delay(session), session.expiry)
            if delay:
                session.will_timer = loop.call_later(delay, self._publish_will, session)
            else:
                self._publish_will(session)
        if not session.expiry:
            self._end(session)
        elif session.expiry != math.inf:
            session.expiry_timer = loop.call_later(session.expiry, self._expire, session)

    def close(self) -> None:
        """Forget everything that is due later."""
        for session in self._exchange.sessions.values():
            _cancel(session)

    def _new_session(self, identifier: str) -> Session:
        exchange = self._exchange
        session = Session(identifier, exchange.clock, exchange.counters, exchange.limits)
        exchange.sessions[identifier] = session
        return session

    def _expire(self, session: Session) -> None:
        self._exchange.counters.clients_expired += 1
        self._end(session)

    def _end(self, session: Session) -> None:
        _cancel(session)
        self._publish_will(session)
        self._exchange.forget(session)

    def _publish_will(self, session: Session) -> None:
        will, session.will = session.will, None
        if will is not None:
            message = will_as_message(will, session.client_identifier, self._exchange)
            self._exchange.publish(message)


def _cancel(session: Session) -> None:
    for timer in (session.expiry_timer, session.will_timer):
        if timer is not None:
            timer.cancel()
    session.expiry_timer = session.will_timer = None


def _expiry(connect: Connect) -> float:
    """Return the seconds a Session lives on without a connection; before MQTT 5 that is none or for ever."""
    if connect.version != ProtocolVersion.MQTT_5:
        return 0.0 if connect.clean_start else math.inf
    for identifier, value in connect.properties:
        if identifier == _SESSION_EXPIRY and isinstance(value, int):
            return math.inf if value == _NEVER else float(value)
    return 0.0


def _will_delay(session: Session) -> float:
    properties = session.will.properties if session.will is not None else []
    for identifier, value in properties:
        if identifier == WILL_DELAY_INTERVAL and isinstance(value, int):
            return float(value)
    return 0.0
