"""Small real proxies on the loopback: SOCKS5 and HTTP CONNECT, with or without a login."""

from __future__ import annotations

import base64
import contextlib
import select
import socket
from typing import TYPE_CHECKING

from tests.helpers.servers import FakeServer, read_exactly, read_http_head

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Socks5Proxy(FakeServer):
    """A SOCKS5 proxy; `asked` are the hosts as they were asked for, looked up by `names` where they stand there.

    With a `login` of user name and password it wants exactly that.
    """

    def __init__(
        self, login: tuple[str, str] | None = None, names: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(self._speak)
        self._login = login
        self._names = dict(names or {})
        self.asked: list[tuple[str, int]] = []

    def _speak(self, sock: socket.socket) -> None:
        version, count = read_exactly(sock, 2)
        methods = read_exactly(sock, count)
        wanted = 0 if self._login is None else 2
        if version != 5 or wanted not in methods:
            sock.sendall(b"\x05\xff")
            return
        sock.sendall(bytes((5, wanted)))
        if self._login is not None and not self._check_login(sock):
            return
        host, port = self._read_target(sock)
        self.asked.append((host, port))
        try:
            there = socket.create_connection((self._names.get(host, host), port), 5)
        except ConnectionRefusedError:
            sock.sendall(b"\x05\x05\x00\x01" + bytes(6))
        except OSError:
            sock.sendall(b"\x05\x04\x00\x01" + bytes(6))
        else:
            sock.sendall(b"\x05\x00\x00\x03\x05there\x00\x00")
            pipe(sock, there)

    def _check_login(self, sock: socket.socket) -> bool:
        read_exactly(sock, 1)
        name, password = (read_exactly(sock, read_exactly(sock, 1)[0]) for _ in range(2))
        good = (name.decode(), password.decode()) == self._login
        sock.sendall(b"\x01\x00" if good else b"\x01\x01")
        return good

    @staticmethod
    def _read_target(sock: socket.socket) -> tuple[str, int]:
        _, command, _, kind = read_exactly(sock, 4)
        assert command == 1
        if kind == 3:
            host = read_exactly(sock, read_exactly(sock, 1)[0]).decode()
        elif kind == 1:
            host = socket.inet_ntop(socket.AF_INET, read_exactly(sock, 4))
        else:
            host = socket.inet_ntop(socket.AF_INET6, read_exactly(sock, 16))
        return host, int.from_bytes(read_exactly(sock, 2))


class HttpProxy(FakeServer):
    """An HTTP proxy that knows CONNECT; as `Socks5Proxy`."""

    def __init__(
        self, login: tuple[str, str] | None = None, names: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(self._speak)
        self._login = login
        self._names = dict(names or {})
        self.asked: list[tuple[str, int]] = []
        self.heads: list[bytes] = []

    def _speak(self, sock: socket.socket) -> None:
        head = read_http_head(sock)
        self.heads.append(head)
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        assert method == "CONNECT"
        host, _, port = target.rpartition(":")
        if self._login is not None:
            word = base64.b64encode(":".join(self._login).encode())
            if b"Proxy-Authorization: Basic " + word + b"\r\n" not in head:
                sock.sendall(
                    b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
                )
                return
        self.asked.append((host, int(port)))
        try:
            there = socket.create_connection(
                (self._names.get(host, host).strip("[]"), int(port)), 5
            )
        except OSError:
            sock.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        else:
            sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            pipe(sock, there)


def pipe(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until one side leaves."""
    with contextlib.closing(other):
        towards = {one: other, other: one}
        while True:
            for sock in select.select(list(towards), [], [], 10)[0]:
                data = sock.recv(65_536)
                if not data:
                    return
                towards[sock].sendall(data)


def answering(answer: bytes, then: Callable[[socket.socket], None] | None = None) -> FakeServer:
    """Return a server that reads once, says `answer` and does `then`, or leaves."""

    def speak(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(answer)
        if then is not None:
            then(sock)

    return FakeServer(speak)
