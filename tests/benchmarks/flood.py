"""A server that floods whoever subscribes: one process, one connection, bytes made before the first is sent.

    python -m tests.benchmarks.flood COUNT [--topics N] [--payload BYTES] [--rate N]
                                     [--tls CERTIFICATE KEY] [--websocket]

It prints its port, answers CONNECT and SUBSCRIBE, sends COUNT messages of QoS 0 through a raw socket, flat out or so
many a second, waits until the peer's kernel has acknowledged all of them, and prints the seconds that took. Then it
answers pings until the peer goes away.
"""

from __future__ import annotations

import argparse
import base64
import fcntl
import hashlib
import random
import socket
import ssl
import struct
import termios
import time

BLOCK = 20_000
STEP_S = 0.01
CONNECT = 1
SUBSCRIBE = 8
MQTT_3_1_1 = 4
PINGREQ = 0xC0
KEY = b"sec-websocket-key:"
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SWITCHING = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Accept: "
)


def packets(topics: int, payload_bytes: int) -> list[bytes]:
    """Return one PUBLISH for each of so many topics, with a JSON payload of that size."""
    made = []
    for number in range(topics):
        topic = f"plant/line{number % 10}/cell{number // 10 % 10}/sensor{number}".encode()
        payload = b'{"value": %d.%03d, "unit": "degC", "seq": %d' % (
            number % 90,
            number % 1000,
            number,
        )
        payload = payload.ljust(payload_bytes - 1) + b"}"
        body = len(topic).to_bytes(2) + topic + payload
        length = len(body)
        header = (
            bytes([0x30, length])
            if length < 128
            else bytes([0x30, length & 127 | 128, length >> 7])
        )
        made.append(header + body)
    return made


class Link:
    """A connection that carries MQTT as it is."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def receive(self) -> bytes:
        """Return what comes next of the stream of MQTT; empty at its end."""
        return self._connection.recv(4096)

    def frame(self, packet: bytes) -> bytes:
        """Return the bytes that carry one packet."""
        return packet

    def send(self, packet: bytes) -> None:
        """Send one packet."""
        self._connection.sendall(self.frame(packet))


class WebSocketLink(Link):
    """A connection that carries each packet in a WebSocket frame of its own (RFC 6455 section 5)."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection)
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(4096)
        key = next(
            line[18:].strip() for line in request.split(b"\r\n") if line.lower().startswith(KEY)
        )
        accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
        connection.sendall(SWITCHING + accept + b"\r\n\r\n")
        self._buffer = b""

    def receive(self) -> bytes:
        """Return the content of the next frame, which a client masks."""
        while len(self._buffer) < 2 or len(self._buffer) < 6 + (self._buffer[1] & 0x7F):
            data = self._connection.recv(4096)
            if not data:
                return b""
            self._buffer += data
        length = self._buffer[1] & 0x7F
        mask, body = self._buffer[2:6], self._buffer[6 : 6 + length]
        self._buffer = self._buffer[6 + length :]
        return bytes(byte ^ mask[index % 4] for index, byte in enumerate(body))

    def frame(self, packet: bytes) -> bytes:
        """Return one unmasked binary frame."""
        length = len(packet)
        return (
            bytes([0x82, length]) if length < 126 else b"\x82\x7e" + length.to_bytes(2)
        ) + packet


def answer_until_subscribed(link: Link) -> None:
    """Answer CONNECT with success and the first SUBSCRIBE with its Packet Identifier."""
    buffer = b""
    while True:
        buffer += link.receive()
        while len(buffer) >= 2 and len(buffer) >= 2 + buffer[1]:
            packet, buffer = buffer[: 2 + buffer[1]], buffer[2 + buffer[1] :]
            if packet[0] >> 4 == CONNECT:
                if packet[8] != MQTT_3_1_1:
                    raise SystemExit("the flood speaks MQTT 3.1.1 only")
                link.send(b"\x20\x02\x00\x00")
            elif packet[0] >> 4 == SUBSCRIBE:
                link.send(b"\x90\x03" + packet[2:4] + b"\x00")
                return


def unacknowledged(connection: socket.socket) -> int:
    """Return the bytes that the peer's kernel has not acknowledged yet (SIOCOUTQ)."""
    return int(struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0\0\0\0"))[0])


def send_evenly(connection: socket.socket, ones: list[bytes], count: int, rate: int) -> None:
    """Send so many messages a second, some each 10 ms."""
    begun, sent = time.monotonic(), 0
    while sent < count:
        due = min(count, round((time.monotonic() - begun + STEP_S) * rate))
        connection.sendall(b"".join(ones[at % len(ones)] for at in range(sent, due)))
        sent = due
        time.sleep(STEP_S)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("--topics", type=int, default=5_000)
    parser.add_argument("--payload", type=int, default=64)
    parser.add_argument("--rate", type=int, help="messages a second; flat out without")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
    parser.add_argument("--websocket", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Flood once."""
    options = arguments()
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    connection, _ = listener.accept()
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
        connection = context.wrap_socket(connection, server_side=True)
    link = WebSocketLink(connection) if options.websocket else Link(connection)
    made = [link.frame(packet) for packet in packets(options.topics, options.payload)]
    choice = random.Random(7).choices(made, k=BLOCK)
    block = b"".join(choice)
    answer_until_subscribed(link)
    time.sleep(0.5)
    begun = time.perf_counter()
    if options.rate:
        send_evenly(connection, choice, options.count, options.rate)
    else:
        for _ in range(options.count // BLOCK):
            connection.sendall(block)
        connection.sendall(b"".join(choice[: options.count % BLOCK]))
    while unacknowledged(connection):
        time.sleep(0.002)
    print(f"{time.perf_counter() - begun:.4f}", flush=True)
    while data := link.receive():
        if data[0] == PINGREQ:
            link.send(b"\xd0\x00")


if __name__ == "__main__":
    main()
