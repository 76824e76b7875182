"""Enhanced authentication (MQTT 5.0 section 4.12) beside paho, which breaks on AUTH.

CONNECT names the method and carries the first message, AUTH goes back and forth, CONNACK may carry the
server's last word. User name and password fields of CONNECT stay empty: the password never leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.connection.outcomes import ended
from topicscope.connection.scram import METHOD, ScramClient, ScramError
from topicscope.mqtt.encode import encode_auth
from topicscope.mqtt.framing import frame
from topicscope.mqtt.properties import BY_KEY

if TYPE_CHECKING:
    from topicscope.connection.session import SessionPacket
    from topicscope.mqtt.properties import PropertyList

_AUTHENTICATION_METHOD = BY_KEY["authentication_method"].identifier
_AUTHENTICATION_DATA = BY_KEY["authentication_data"].identifier
_CONTINUE = 0x18
_TYPE_AND_QOS = 0b1111_0110
_PUBLISH_QOS_0 = 0x30


class Authentication:
    """One SCRAM-SHA-256 exchange for one CONNECT. Raises ScramError when it cannot even begin."""

    def __init__(self, username: str, password: str) -> None:
        self._scram = ScramClient(username, password)
        self._is_answered = False
        self._unread = b""

    def properties(self) -> PropertyList:
        """Return what CONNECT carries."""
        return _with_data(self._scram.first())

    def packets(self, data: bytes) -> bytes:
        """Return the whole packets that ``data`` completes, but PUBLISH with QoS 0.

        What the tap hands on has the Authentication Data masked already.
        """
        data = self._unread + data
        starts, end = frame(data)
        self._unread = data[end:]
        packets = [
            data[begin:stop] for begin, stop in zip(starts, [*starts[1:], end], strict=False)
        ]
        return b"".join(one for one in packets if one[0] & _TYPE_AND_QOS != _PUBLISH_QOS_0)

    def answer(self, packet: SessionPacket, address: str) -> bytes:
        """Return the AUTH that answers an AUTH, or nothing; raises ConnectionEnded."""
        if packet.code != _CONTINUE:
            detail = f"AUTH with Reason Code 0x{packet.code:02X} came before CONNACK"
            raise ended("auth-exchange", address=address, detail=detail)
        self._check_method(packet.properties, address)
        data = _data(packet.properties)
        try:
            if self._is_answered:
                # Some servers send their last word in one more AUTH instead of in CONNACK.
                self._scram.verify(data)
                return encode_auth(_CONTINUE, properties=_with_data(b""))
            reply = self._scram.final(data)
        except ScramError as error:
            raise ended("auth-exchange", address=address, detail=str(error)) from error
        self._is_answered = True
        return encode_auth(_CONTINUE, properties=_with_data(reply))

    def finish(self, packet: SessionPacket, address: str) -> None:
        """Check the CONNACK that accepts: has the server proved itself? Raises ConnectionEnded."""
        if self._scram.is_verified:
            return
        data = _data(packet.properties)
        if not data:
            raise ended("auth-server", address=address, detail="it sent no signature")
        try:
            self._scram.verify(data)
        except ScramError as error:
            raise ended("auth-server", address=address, detail=str(error)) from error

    def _check_method(self, properties: PropertyList, address: str) -> None:
        named = [value for identifier, value in properties if identifier == _AUTHENTICATION_METHOD]
        if named != [METHOD]:
            detail = "its AUTH names another method (section 4.12)"
            raise ended("auth-exchange", address=address, detail=detail)


def begin_authentication(username: str | None, password: bytes | None) -> Authentication:
    """Begin one exchange; raises ConnectionEnded when user name or password cannot be used for it."""
    if not username or password is None:
        raise ended("profile", problem="SCRAM-SHA-256 needs a user name and a password.")
    try:
        return Authentication(username, password.decode())
    except (ScramError, UnicodeDecodeError) as error:
        raise ended("profile", problem=f"SCRAM-SHA-256: {error}.") from error


def _with_data(data: bytes) -> PropertyList:
    return [(_AUTHENTICATION_METHOD, METHOD), (_AUTHENTICATION_DATA, data)]


def _data(properties: PropertyList) -> bytes:
    for identifier, value in properties:
        if identifier == _AUTHENTICATION_DATA and isinstance(value, bytes):
            return value
    return b""
