"""From the name to a connected socket: addresses, TCP to each of them, and who else listens there."""

from __future__ import annotations

import contextlib
import ipaddress
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from topicscope.connection.doctor.waiting import Patience, TooLateError
from topicscope.connection.outcomes import ConnectionEnded, ended
from topicscope.connection.transports import tcp

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

FAMILY = {
    1883: "MQTT",
    8883: "MQTT over TLS",
    8083: "WebSocket",
    8084: "WebSocket over TLS",
    9001: "WebSocket",
    443: "WebSocket over TLS, or MQTT over TLS with ALPN",
}
"""The ports that brokers usually listen on, and what they mean there."""

SCHEMES = {1883: "mqtt", 8883: "mqtts", 8083: "ws", 8084: "wss", 9001: "ws", 443: "wss"}
_LOOK_S = 0.5
_REST_S = 2.0
"""How long the other addresses are waited for once one has answered."""


@dataclass(slots=True)
class Attempt:
    """One address and how it answered; `elapsed_s` counts to the answer."""

    address: tcp.Address
    elapsed_s: float = 0.0
    sock: socket.socket | None = None
    error: OSError | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def host(self) -> str:
        """The address as text."""
        return str(self.address[1][0])

    def decide(self, sock: socket.socket | None, error: OSError | None) -> None:
        """Take down how it went."""
        self.elapsed_s = time.monotonic() - self.started
        self.sock, self.error = sock, error


def is_address(host: str) -> bool:
    """Tell whether ``host`` is an IP address, which nobody has to look up."""
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(host.partition("%")[0])
        return True
    return False


def look_up(host: str, port: int, patience: Patience) -> list[tcp.Address]:
    """Return the addresses of a name; raises ConnectionEnded."""
    if is_address(host):
        return tcp.resolve(host, port)
    found: list[list[tcp.Address] | ConnectionEnded] = []

    def ask() -> None:
        try:
            found.append(tcp.resolve(host, port))
        except ConnectionEnded as error:
            found.append(error)

    # The look-up cannot be interrupted; what arrives late is forgotten.
    thread = threading.Thread(target=ask, name="topicscope-name", daemon=True)
    thread.start()
    try:
        patience.wait_until_done(thread)
    except TooLateError:
        raise ended("no-name-service", host=host) from None
    result = found[0] if found else ended("no-name-service", host=host)
    if isinstance(result, ConnectionEnded):
        raise result
    return result


def try_all(addresses: Iterable[tcp.Address], patience: Patience) -> list[Attempt]:
    """Connect to all addresses at once, and say of each how it went; the sockets are the caller's."""
    attempts = [Attempt(address) for address in addresses]
    open_ones: dict[socket.socket, Attempt] = {}
    try:
        for attempt in attempts:
            try:
                open_ones[tcp.begin_connect(attempt.address)] = attempt
            except OSError as error:
                attempt.decide(None, error)
        with contextlib.suppress(TooLateError):
            while open_ones:
                for sock in patience.wait_for_any(open_ones):
                    attempt = open_ones.pop(sock)
                    problem = tcp.connect_error(sock)
                    if problem is not None:
                        sock.close()
                    attempt.decide(sock if problem is None else None, problem)
                    if problem is None:
                        patience = patience.at_most(_REST_S)
    except BaseException:
        close_all(attempts)
        raise
    finally:
        for sock, attempt in open_ones.items():
            sock.close()
            attempt.decide(None, None)
    return attempts


def close_all(attempts: Iterable[Attempt]) -> None:
    """Close the sockets that nobody took."""
    for attempt in attempts:
        if attempt.sock is not None:
            attempt.sock.close()
            attempt.sock = None


def answering_ports(address: tcp.Address, but: int, patience: Patience) -> list[int]:
    """Return the ports of the family that accept TCP; nothing is sent to them."""
    family, place = address
    others: list[tcp.Address] = [
        (family, (place[0], port, *place[2:])) for port in FAMILY if port != but
    ]
    attempts = try_all(others, patience.at_most(_LOOK_S))
    open_ports = [int(a.address[1][1]) for a in attempts if a.sock is not None]
    close_all(attempts)
    return open_ports


def ports_remedy(host: str, ports: list[int]) -> str:
    """Say which ports of the family answer, and as what address to try them."""
    if not ports:
        known = ", ".join(str(port) for port in FAMILY)
        return f"None of the usual ports ({known}) answers on {host}."
    named = ", ".join(f"{port} ({FAMILY[port]})" for port in ports)
    place = f"[{host}]" if ":" in host else host
    urls = " or ".join(f"{SCHEMES[port]}://{place}:{port}" for port in ports)
    verb = "answers" if len(ports) == 1 else "answer"
    return f"On this host {named} {verb}: try {urls}."
