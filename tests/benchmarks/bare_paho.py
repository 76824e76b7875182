"""The limit we are measured against: paho with the shortest callback there can be."""

from __future__ import annotations

import ssl
import sys

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion


def main() -> None:
    """Receive and count."""
    port, scheme = int(sys.argv[1]), sys.argv[2]
    transport = "websockets" if scheme.startswith("ws") else "tcp"
    version = MQTTProtocolVersion.MQTTv311
    client = Client(CallbackAPIVersion.VERSION2, protocol=version, transport=transport)
    if scheme in ("mqtts", "wss"):
        client.tls_set(cert_reqs=ssl.CERT_NONE)
        client.tls_insecure_set(True)
    counted = [0]

    def on_message(_client: object, _userdata: object, _message: object) -> None:
        counted[0] += 1

    client.on_message = on_message
    client.connect("127.0.0.1", port)
    client.subscribe("#")
    client.loop_forever()


if __name__ == "__main__":
    main()
