"""A server that floods whoever subscribes: one process, one connection, bytes made before the first is sent.

    python -m tests.benchmarks.flood COUNT [TOPICS] [PAYLOAD_BYTES]

It prints its port, answers CONNECT and SUBSCRIBE, sends COUNT messages of QoS 0 flat out through a raw socket, waits
until the peer's kernel has acknowledged all of them, and prints the seconds that took. Then it answers pings until the
peer goes away.
"""

from __future__ import annotations

import fcntl
import random
import socket
import struct
import sys
import termios
import time

BLOCK = 20_000
CONNECT = 1
SUBSCRIBE = 8
MQTT_3_1_1 = 4


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


def answer_until_subscribed(connection: socket.socket) -> None:
    """Answer CONNECT with success and the first SUBSCRIBE with its Packet Identifier."""
    buffer = b""
    while True:
        buffer += connection.recv(4096)
        while len(buffer) >= 2 and len(buffer) >= 2 + buffer[1]:
            packet, buffer = buffer[: 2 + buffer[1]], buffer[2 + buffer[1] :]
            if packet[0] >> 4 == CONNECT:
                if packet[8] != MQTT_3_1_1:
                    raise SystemExit("the flood speaks MQTT 3.1.1 only")
                connection.sendall(b"\x20\x02\x00\x00")
            elif packet[0] >> 4 == SUBSCRIBE:
                connection.sendall(b"\x90\x03" + packet[2:4] + b"\x00")
                return


def unacknowledged(connection: socket.socket) -> int:
    """Return the bytes that the peer's kernel has not acknowledged yet (SIOCOUTQ)."""
    return int(struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0\0\0\0"))[0])


def main() -> None:
    """Flood once."""
    count = int(sys.argv[1])
    topics = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
    payload_bytes = int(sys.argv[3]) if len(sys.argv) > 3 else 64
    choice = random.Random(7).choices(packets(topics, payload_bytes), k=BLOCK)
    block = b"".join(choice)
    rest = b"".join(choice[: count % BLOCK])
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    connection, _ = listener.accept()
    answer_until_subscribed(connection)
    time.sleep(0.5)
    begun = time.perf_counter()
    for _ in range(count // BLOCK):
        connection.sendall(block)
    connection.sendall(rest)
    while unacknowledged(connection):
        time.sleep(0.002)
    print(f"{time.perf_counter() - begun:.4f}", flush=True)
    while data := connection.recv(4096):
        if data[0] == 0xC0:
            connection.sendall(b"\xd0\x00")


if __name__ == "__main__":
    main()
