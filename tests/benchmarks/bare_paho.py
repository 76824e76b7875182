"""The limit we are measured against: paho with the shortest callback there can be."""

from __future__ import annotations

import sys

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion


def main() -> None:
    """Receive and count."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
    counted = [0]

    def on_message(_client: object, _userdata: object, _message: object) -> None:
        counted[0] += 1

    client.on_message = on_message
    client.connect("127.0.0.1", int(sys.argv[1]))
    client.subscribe("#")
    client.loop_forever()


if __name__ == "__main__":
    main()
