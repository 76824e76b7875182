"""Every sentence about the end of a connection, in one table: reason, text, remedy, whether to retry.

The reason is one short word for machines; several ends may share it. `connection.outcomes` fills in
the facts.
"""

from __future__ import annotations

from enum import Enum


class Retry(Enum):
    """Whether to dial again by ourselves."""

    NEVER = "never"
    UNLESS_FIRST = "unless first"
    """Only when this profile has worked before: then a restart or a proxy explains it."""
    BACK_OFF = "back off"
    SLOWLY = "slowly"


_PORTS = "1883 is MQTT, 8883 MQTT over TLS"
_CLOCK = "check this computer's clock"

SENTENCES: dict[str, tuple[str, str, str, Retry]] = {
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
    "credentials": (
        "credentials",
        "{problem}",
        "Nothing was sent to the broker; correct the login in the profile.",
        Retry.NEVER,
    ),
    # --- proxy ---
    "proxy-unreachable": (
        "proxy",
        "The proxy {proxy} cannot be reached: {detail}.",
        "Check host and port of the proxy in the profile, the network and the VPN.",
        Retry.BACK_OFF,
    ),
    "proxy-login": (
        "proxy-login",
        "The proxy {proxy} asks for a login.",
        "Give user name and password of the proxy in the profile.",
        Retry.NEVER,
    ),
    "proxy-login-refused": (
        "proxy-login",
        "The proxy {proxy} does not accept this user name and password.",
        "Check both in the profile. Topicscope tries a login only once.",
        Retry.NEVER,
    ),
    "proxy-refused": (
        "proxy",
        "The proxy {proxy} does not let anybody through to {address}: {detail}.",
        "Ask whoever runs the proxy, or try another port: many let only 443 through.",
        Retry.UNLESS_FIRST,
    ),
    "proxy-no-way": (
        "proxy",
        "The proxy {proxy} cannot reach {address}: {detail}.",
        "Check host and port of the broker, as the proxy sees them.",
        Retry.BACK_OFF,
    ),
    "proxy-not-one": (
        "proxy",
        "{proxy} is not {kind}. It answered: {shown}",
        "Check kind, host and port of the proxy in the profile.",
        Retry.UNLESS_FIRST,
    ),
    "proxy-cut": (
        "proxy",
        "The proxy {proxy} cut the connection instead of answering.",
        "Check kind, host and port of the proxy in the profile; {kind} was expected.",
        Retry.UNLESS_FIRST,
    ),
    "proxy-no-answer": (
        "proxy",
        "The proxy {proxy} has opened no way to {address} within {seconds} s.",
        "Perhaps it cannot reach the broker, or it is not {kind}.",
        Retry.BACK_OFF,
    ),
    # --- TLS ---
    "tls-expired": (
        "tls",
        "The certificate of {host} has expired.",
        f"{{dates}}Renew the certificate on the broker, or {_CLOCK}.",
        Retry.NEVER,
    ),
    "tls-not-yet-valid": (
        "tls",
        "The certificate of {host} is not valid yet.",
        f"{{dates}}First of all {_CLOCK}: it says {{now}}.",
        Retry.NEVER,
    ),
    "tls-self-signed": (
        "tls",
        "The certificate of {host} is self-signed, and nothing here vouches for it.",
        "Trust this one certificate for this profile, or give it as CA file.",
        Retry.NEVER,
    ),
    "tls-unknown-ca": (
        "tls",
        "The certificate of {host} is signed by an authority that is not known here.",
        "Give the certificate of that authority as CA file, or trust this one certificate.",
        Retry.NEVER,
    ),
    "tls-wrong-name": (
        "tls",
        "The certificate is not for {host}.",
        "It is for {names}. Connect by such a name, or verify such a name at this address.",
        Retry.NEVER,
    ),
    "tls-certificate": (
        "tls",
        "The certificate of {host} was not accepted: {detail}.",
        "Check the certificate of the broker and the CA file.",
        Retry.NEVER,
    ),
    "tls-other-certificate": (
        "tls",
        "{host} shows another certificate than the one that this profile trusts: {shown} instead of {pinned}.",
        "Ask whoever runs the broker whether it was renewed. If not, somebody listens in between.",
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
        "Give the pass phrase.",
        Retry.NEVER,
    ),
    "tls-wrong-passphrase": (
        "tls",
        "The pass phrase does not open the key {path}.",
        "Type it again. A damaged file looks the same.",
        Retry.NEVER,
    ),
    "tls-key-log": (
        "tls",
        "The TLS key log {path} cannot be written: {detail}.",
        "Choose another file in the profile, or none.",
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
    # --- tokens that are fetched ---
    "token-command": (
        "token",
        "The token command {problem}.",
        "Run it in a terminal: it must print the token and nothing else.",
        Retry.UNLESS_FIRST,
    ),
    "token-file": (
        "token",
        "The token file {path} {problem}.",
        "Check the file in the profile: it must hold the token and nothing else.",
        Retry.UNLESS_FIRST,
    ),
    "token-variable": (
        "token",
        "The environment variable {variable} {problem}.",
        "Set it before Topicscope is started, or give the token in the profile.",
        Retry.NEVER,
    ),
    # --- MQTT ---
    "enhanced-authentication": (
        "auth",
        "{address} asks for enhanced authentication (AUTH), which was not offered.",
        "Choose an authentication method in the profile. Topicscope knows SCRAM-SHA-256.",
        Retry.NEVER,
    ),
    "auth-exchange": (
        "auth",
        "The login by SCRAM-SHA-256 at {address} failed: {detail}.",
        "Check user name and password, and whether the broker offers this method.",
        Retry.NEVER,
    ),
    "auth-server": (
        "auth",
        "{address} accepted the login but is not trusted: {detail}.",
        "Someone may stand between here and the broker. Nothing was sent but the login, without the password.",
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
    "disconnected-with": ("disconnected", "Disconnected: {why}.", "", Retry.NEVER),
    "cut-as-asked": (
        "cut-as-asked",
        "The connection was cut without DISCONNECT, as asked.",
        "The broker publishes the Will Message, if there is one. Connect again to go on.",
        Retry.NEVER,
    ),
}
