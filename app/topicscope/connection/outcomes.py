"""How a connection can end, in words: what was tried, what answered, what to do next.

One table holds every sentence; the rest of the room only names an entry and gives the facts. Facts
that come from the network are escaped by ``shown`` before they get here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum


class Retry(Enum):
    """Whether to dial again by ourselves."""

    NEVER = "never"
    UNLESS_FIRST = "unless first"
    """Only when this profile has worked before: then a restart or a proxy explains it."""
    BACK_OFF = "back off"
    SLOWLY = "slowly"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Say why a connection ended or did not come about."""

    reason: str
    text: str
    remedy: str
    retry: Retry
    reason_code: int | None = None

    def with_text(self, text: str) -> Outcome:
        """Return the same outcome under another sentence."""
        return replace(self, text=text)


class ConnectionEnded(Exception):  # noqa: N818 - an end is a result, not always an error
    """Carries the outcome from wherever the end was noticed up to the supervisor."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


_PORTS = "1883 is MQTT, 8883 MQTT over TLS"
_CLOCK = "check this computer's clock"

_SENTENCES: dict[str, tuple[str, str, str, Retry]] = {
    # name: (reason, text, remedy, retry)
    "profile": ("profile", "{problem}", "Correct the profile.", Retry.NEVER),
    "bad-host": (
        "bad-host",
        "“{host}” is not a valid host name.",
        "A host name has letters, digits, hyphens and dots, at most 63 characters between two dots.",
        Retry.NEVER,
    ),
    "unknown-host": (
        "unknown-host",
        "The name {host} was not found.",
        "Check the spelling, the network and the VPN.",
        Retry.SLOWLY,
    ),
    "no-name-service": (
        "unknown-host",
        "The name {host} could not be looked up: the name service does not answer.",
        "Check the network and the VPN, or use the IP address.",
        Retry.BACK_OFF,
    ),
    "refused": (
        "refused",
        "Nothing listens on {address}.",
        f"Start the broker or check the port: {_PORTS}.",
        Retry.BACK_OFF,
    ),
    "refused-unix": (
        "refused",
        "Nothing listens on the socket {address}.",
        "Start the broker or check the path.",
        Retry.BACK_OFF,
    ),
    "no-unix-socket": (
        "refused",
        "There is no socket {address}.",
        "Start the broker or check the path.",
        Retry.BACK_OFF,
    ),
    "no-unix-sockets-here": (
        "profile",
        "This system has no Unix domain sockets.",
        "Use TCP.",
        Retry.NEVER,
    ),
    "unreachable": (
        "unreachable",
        "There is no way to {address}: {detail}.",
        "Check the network, the VPN and the firewall.",
        Retry.BACK_OFF,
    ),
    "no-answer": (
        "no-answer",
        "{address} did not answer within {seconds} s.",
        "The host may be down, or a firewall drops the packets. Check address and port.",
        Retry.BACK_OFF,
    ),
    "no-connack": (
        "no-connack",
        "{address} accepted the connection but did not answer CONNECT within {seconds} s.",
        f"Is it a broker? Check the port: {_PORTS}.",
        Retry.BACK_OFF,
    ),
    "cut-before-connack": (
        "cut-before-connack",
        "{address} cut the connection instead of answering CONNECT.",
        "See its log. A full broker and a port for another protocol do this.",
        Retry.BACK_OFF,
    ),
    "needs-tls": (
        "tls",
        "{address} speaks TLS, and was spoken to without.",
        "Switch TLS on.",
        Retry.UNLESS_FIRST,
    ),
    "http-answer": (
        "not-mqtt",
        "{address} is a web server, not an MQTT server. It answered: {shown}",
        "Choose WebSocket if the broker is reached through it, or check the port.",
        Retry.UNLESS_FIRST,
    ),
    "not-mqtt": (
        "not-mqtt",
        "{address} is not an MQTT server. It answered: {shown}",
        f"Check the port: {_PORTS}.",
        Retry.UNLESS_FIRST,
    ),
    # --- TLS ---
    "tls-expired": (
        "tls",
        "The certificate of {host} has expired.",
        f"Renew the certificate on the broker, or {_CLOCK}.",
        Retry.NEVER,
    ),
    "tls-not-yet-valid": (
        "tls",
        "The certificate of {host} is not valid yet.",
        f"First of all {_CLOCK}.",
        Retry.NEVER,
    ),
    "tls-self-signed": (
        "tls",
        "The certificate of {host} is self-signed, and nothing here vouches for it.",
        "Give this certificate, or the one it was signed with, as CA file.",
        Retry.NEVER,
    ),
    "tls-unknown-ca": (
        "tls",
        "The certificate of {host} is signed by an authority that is not known here.",
        "Give the certificate of that authority as CA file.",
        Retry.NEVER,
    ),
    "tls-wrong-name": (
        "tls",
        "The certificate is not for {host}.",
        "Connect by a name that stands in the certificate: {detail}",
        Retry.NEVER,
    ),
    "tls-certificate": (
        "tls",
        "The certificate of {host} was not accepted: {detail}.",
        "Check the certificate of the broker and the CA file.",
        Retry.NEVER,
    ),
    "tls-plain-port": (
        "tls",
        "{address} does not speak TLS. It answered: {shown}",
        f"Switch TLS off, or check the port: {_PORTS}.",
        Retry.UNLESS_FIRST,
    ),
    "tls-cut": (
        "tls",
        "{address} cut the connection during the TLS hand-shake.",
        f"A port without TLS does this. Switch TLS off, or check the port: {_PORTS}.",
        Retry.UNLESS_FIRST,
    ),
    "tls-no-answer": (
        "tls",
        "{address} did not answer the TLS hand-shake within {seconds} s.",
        f"A port without TLS does this. Switch TLS off, or check the port: {_PORTS}.",
        Retry.BACK_OFF,
    ),
    "tls-too-old": (
        "tls",
        "{address} offers only TLS older than 1.2, which is not safe any more.",
        "Update the TLS settings of the broker.",
        Retry.NEVER,
    ),
    "tls-no-common": (
        "tls",
        "{address} and Topicscope have no way of TLS in common: {detail}.",
        "Check versions, ciphers and ALPN in the TLS settings of the broker.",
        Retry.NEVER,
    ),
    "tls-client-certificate-required": (
        "tls",
        "{address} asks for a client certificate.",
        "Give certificate and key in the profile.",
        Retry.NEVER,
    ),
    "tls-client-certificate-refused": (
        "tls",
        "{address} does not accept the client certificate: {detail}.",
        "Check that the certificate has not expired and that the broker knows who signed it.",
        Retry.NEVER,
    ),
    "tls-error": (
        "tls",
        "TLS with {address} failed: {detail}.",
        "Check the TLS settings of the broker and of the profile.",
        Retry.BACK_OFF,
    ),
    "tls-file": (
        "tls",
        "The {what} {path} cannot be used: {detail}.",
        "Check the file in the profile.",
        Retry.NEVER,
    ),
    "tls-key-encrypted": (
        "tls",
        "The key {path} is protected by a pass phrase.",
        "Use a key without pass phrase (openssl pkey -in KEY -out PLAIN).",
        Retry.NEVER,
    ),
    # --- WebSocket ---
    "ws-status": (
        "websocket",
        "{address} refused the WebSocket at {path}: HTTP {status}.",
        "{advice}",
        Retry.UNLESS_FIRST,
    ),
    "ws-auth": (
        "auth",
        "{address} asks for a login before the WebSocket at {path}: HTTP {status}.",
        "Give the header that it asks for (Authorization, for instance) in the profile.",
        Retry.NEVER,
    ),
    "ws-busy": (
        "websocket",
        "{address} cannot open the WebSocket at {path} now: HTTP {status}.",
        "The broker behind this server may be down.",
        Retry.BACK_OFF,
    ),
    "ws-redirect": (
        "websocket",
        "{address} sends the WebSocket elsewhere (HTTP {status}): {shown}",
        "Topicscope does not follow. Connect there if you trust that address.",
        Retry.UNLESS_FIRST,
    ),
    "ws-not-http": (
        "websocket",
        "{address} does not speak WebSocket. It answered: {shown}",
        "Choose TCP, or check the port.",
        Retry.UNLESS_FIRST,
    ),
    "ws-cut": (
        "websocket",
        "{address} cut the connection during the WebSocket hand-shake.",
        "A port for plain MQTT does this. Choose TCP, or check port and path.",
        Retry.UNLESS_FIRST,
    ),
    "ws-no-answer": (
        "websocket",
        "{address} did not answer the WebSocket hand-shake within {seconds} s.",
        "A port for plain MQTT does this. Choose TCP, or check port and path.",
        Retry.BACK_OFF,
    ),
    "ws-sub-protocol": (
        "websocket",
        "{address} speaks {shown} over WebSocket, not mqtt.",
        "Check the path: the broker may serve MQTT under another.",
        Retry.UNLESS_FIRST,
    ),
    "ws-error": (
        "websocket",
        "{address} broke the rules of WebSocket: {detail}.",
        "A proxy between here and the broker may do this.",
        Retry.BACK_OFF,
    ),
    "ws-closed": (
        "closed",
        "{address} closed the WebSocket: {detail}.",
        "",
        Retry.BACK_OFF,
    ),
    # --- MQTT ---
    "enhanced-authentication": (
        "auth",
        "{address} asks for enhanced authentication (AUTH), which was not offered.",
        "Topicscope logs in with user name and password or with a certificate.",
        Retry.NEVER,
    ),
    "malformed": (
        "malformed",
        "{address} sent a Malformed Packet: {detail}.",
        "The bytes are in the capture. A broken proxy or a fault of the broker does this.",
        Retry.BACK_OFF,
    ),
    "closed": ("closed", "{address} closed the connection{while_reading}.", "", Retry.BACK_OFF),
    "lost": (
        "lost",
        "The connection to {address} was lost{while_reading}: {detail}.",
        "",
        Retry.BACK_OFF,
    ),
    "closed-again": (
        "closed",
        "{address} has closed the connection {count} times within seconds of accepting it.",
        "Perhaps another client uses the Client Identifier {identifier}. The broker’s log says.",
        Retry.SLOWLY,
    ),
    "half-open": (
        "lost",
        "{address} has not answered for {seconds} s{while_reading}.",
        "Check the network; the broker or the way to it is gone.",
        Retry.BACK_OFF,
    ),
    "internal": (
        "internal",
        "Topicscope made a mistake: {detail}.",
        "Please report this; connecting again goes on.",
        Retry.BACK_OFF,
    ),
    "cancelled": ("cancelled", "Cancelled.", "", Retry.NEVER),
    "disconnected": ("disconnected", "Disconnected.", "", Retry.NEVER),
}


def outcome(name: str, **facts: object) -> Outcome:
    """Make the outcome called ``name`` of the table, with its facts filled in."""
    reason, text, remedy, retry = _SENTENCES[name]
    return Outcome(reason, text.format_map(facts), remedy.format_map(facts), retry)


def ended(name: str, **facts: object) -> ConnectionEnded:
    """Make the exception for the outcome called ``name``."""
    return ConnectionEnded(outcome(name, **facts))


def names() -> list[str]:
    """Return the names of all outcomes, for the test that meets each of them."""
    return list(_SENTENCES)


def shown(data: bytes, limit: int = 60) -> str:
    """Show bytes from the network as one line of printable ASCII; the rest is escaped."""
    head = "".join(_escaped(byte) for byte in data[:limit])
    return f"“{head}{'…' if len(data) > limit else ''}”"


def shown_text(text: str, limit: int = 200) -> str:
    """Show text from the network on one line: what is not printable is escaped."""
    head = "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode()
        for sign in text[:limit]
    )
    return head + ("…" if len(text) > limit else "")


def _escaped(byte: int) -> str:
    if byte in b"\r\n\t":
        return {13: "\\r", 10: "\\n", 9: "\\t"}[byte]
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}"
