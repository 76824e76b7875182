"""A WebSocket behind a path, before a real broker: it lets in who shows a valid token as user name, as SERMAS does."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import socket
import threading
import time
from typing import Any

from tests.helpers.servers import FakeServer, WebSocketPeer, read_packet
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.decode import decode_packet
from topicscope.mqtt.encode import encode_connack
from topicscope.mqtt.packets import Connect

_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_NOT_AUTHORIZED = {ProtocolVersion.MQTT_5: 0x87}


class TokenGate(FakeServer):
    """Forwards to the plain port of a broker what comes over ``ws://…`` + `path` with a token of this gate.

    The user name must be a JWT (HS256) that this gate has signed and that has not expired; any password will do that
    is not empty. `logins` are the pairs that were shown, `reasons` why some were refused.
    """

    def __init__(self, broker_port: int, path: str = "/mqtt") -> None:
        super().__init__(self._guard)
        self._broker_port = broker_port
        self._path = path
        self._key = b"only this gate knows it"
        self.logins: list[tuple[str, str]] = []
        self.reasons: list[str] = []

    @property
    def printed_url(self) -> str:
        """The address as such brokers print it: with ``http``."""
        return f"http://127.0.0.1:{self.port}{self._path}"

    def token(self, expires_in: float = 3600, key: bytes | None = None, **claims: object) -> str:
        """Return a token that is good for so many seconds."""
        now = time.time()
        body = {"iss": "https://auth.sermas.local", "sub": "observer", "iat": int(now)}
        body |= {"exp": int(now + expires_in), **claims}
        signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(body)}"
        return f"{signed}.{_encoded(self._signature(signed, key or self._key))}"

    def _signature(self, signed: str, key: bytes) -> bytes:
        return hmac.new(key, signed.encode(), hashlib.sha256).digest()

    def _guard(self, sock: socket.socket) -> None:
        head = sock.recv(4096, socket.MSG_PEEK)
        if head.split(b" ")[1].decode() != self._path:
            sock.sendall(_NOT_FOUND)
            return
        peer = WebSocketPeer(sock)
        packet = read_packet(peer)  # type: ignore[arg-type]
        connect = decode_packet(packet)
        assert isinstance(connect, Connect)
        reason = self._refusal(connect)
        if reason:
            self.reasons.append(reason)
            code = _NOT_AUTHORIZED.get(connect.version, 5)
            peer.sendall(encode_connack(code, version=connect.version))
            return
        with socket.create_connection(("127.0.0.1", self._broker_port), 5) as broker:
            broker.sendall(packet)
            broker.settimeout(None)
            back = threading.Thread(target=_carry, args=(broker, peer), daemon=True)
            back.start()
            with contextlib.suppress(OSError):
                while data := peer.recv(65_536):
                    broker.sendall(data)
            with contextlib.suppress(OSError):
                broker.shutdown(socket.SHUT_RDWR)
            back.join(5)

    def _refusal(self, connect: Connect) -> str:
        """Return why a login is refused, or nothing."""
        password = (connect.password or b"").decode()
        token = connect.username or ""
        self.logins.append((token, password))
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature, _encoded(self._signature(signed, self._key))):
            return "signature"
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(signed.split(".")[1] + "=="))
        if claims["exp"] <= time.time():
            return "expired"
        return "" if password else "no password"


def _carry(broker: socket.socket, peer: WebSocketPeer) -> None:
    with contextlib.suppress(OSError):
        while data := broker.recv(65_536):
            peer.sendall(data)
    with contextlib.suppress(OSError):
        peer.sock.shutdown(socket.SHUT_RDWR)


def _part(value: object) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
