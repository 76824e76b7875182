"""A TCP proxy on the loopback that does to a connection what networks do: slow, cut, reset, stall, spoil."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class FaultProxy:
    """Stand between a client and `port` of a broker; use as a context manager.

    What is set holds for all connections, from the next bytes on:

    Attributes:
        latency_s: how long bytes are under way, in each direction.
        jitter_s: at most this much more, by chance; the order is kept.
        chunk: how many bytes travel together; None for as they come.
        cut_after: how many bytes reach the client before its connection is closed; None for all.

    """

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.latency_s = 0.0
        self.jitter_s = 0.0
        self.chunk: int | None = None
        self.cut_after: int | None = None
        self.accepted = 0
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._flows = threading.Event()
        self._flows.set()
        self._ending = False

    def __enter__(self) -> Self:
        self._listener.settimeout(0.05)
        self._start(self._accept)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._ending = True
        self._flows.set()
        self._threads[0].join(5)
        self.cut()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    # What a test makes happen

    def stall(self) -> None:
        """Let nothing through and say nothing, as when a cable is pulled: the connection is half-open."""
        self._flows.clear()

    def go_on(self) -> None:
        """End a stall; what was written meanwhile arrives now."""
        self._flows.set()

    def cut(self) -> None:
        """Close all connections in good order (FIN)."""
        for pair in self._take_pairs():
            for sock in pair:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """Reset all connections (RST)."""
        for pair in self._take_pairs():
            for sock in pair:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                    # Only shutdown wakes the thread that reads; close alone would wait for it.
                    sock.shutdown(socket.SHUT_RD)
                    sock.close()

    def spoil(self, garbage: bytes) -> None:
        """Put `garbage` among what the clients read."""
        for client, _ in list(self._pairs):
            client.sendall(garbage)

    # Private

    def _take_pairs(self) -> list[tuple[socket.socket, socket.socket]]:
        pairs, self._pairs = self._pairs, []
        return pairs

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, name="fault-proxy", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._ending:
            with contextlib.suppress(TimeoutError):
                client, _ = self._listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.accepted += 1
                try:
                    server = socket.create_connection(self._target, 5)
                except OSError:
                    client.close()
                    continue
                server.settimeout(None)
                client.settimeout(None)
                self._pairs.append((client, server))
                self._pump(client, server, to_client=False)
                self._pump(server, client, to_client=True)

    def _pump(self, source: socket.socket, sink: socket.socket, *, to_client: bool) -> None:
        queue: SimpleQueue[tuple[float, bytes]] = SimpleQueue()
        self._start(self._read, source, queue)
        self._start(self._write, sink, queue, to_client)

    def _read(self, source: socket.socket, queue: SimpleQueue[tuple[float, bytes]]) -> None:
        data = b"-"
        while data:
            try:
                data = source.recv(65_536)
            except OSError:
                data = b""
            delay = self.latency_s + random.uniform(0, self.jitter_s)
            queue.put((time.monotonic() + delay, data))

    def _write(
        self, sink: socket.socket, queue: SimpleQueue[tuple[float, bytes]], to_client: bool
    ) -> None:
        written = 0
        with contextlib.suppress(OSError):
            while True:
                due, data = queue.get()
                time.sleep(max(0.0, 0 if self._ending else due - time.monotonic()))
                if not data:
                    break
                self._flows.wait()
                most = self.cut_after if to_client else None
                if most is not None:
                    data = data[: max(0, most - written)]
                for piece in _pieces(data, self.chunk):
                    sink.sendall(piece)
                written += len(data)
                if most is not None and written >= most:
                    break
            self._flows.wait()
            sink.shutdown(socket.SHUT_RDWR)
        sink.close()


def _pieces(data: bytes, size: int | None) -> list[bytes]:
    if size is None:
        return [data]
    return [data[begin : begin + size] for begin in range(0, len(data), size)]
