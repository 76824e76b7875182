"""Ready-made profiles for the brokers that people meet, with a note on where to find the values.

A preset leaves open what only the user knows: `Preset.asks`. Topic Filters may hold
``{username}`` and ``{client_identifier}``, for some brokers allow only filters that name them;
``fill_in`` puts them in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Preset:
    """A profile for one kind of broker.

    Attributes:
        key: its name in files and on the command line.
        group: the heading it stands under.
        note: one or two sentences: where the values are found, and what this broker does not do.
        asks: fields of Profile to fill in, and ``secret``; what has a default may be left.
        help_url: the page of the broker's own documentation.

    """

    key: str
    name: str
    group: str
    note: str
    profile: Profile
    asks: tuple[str, ...] = ()
    help_url: str = ""


def fill_in(profile: Profile, values: Mapping[str, Any]) -> Profile:
    """Return the profile with these fields set, and their names in Topic Filters replaced.

    A placeholder whose field is still empty stays. Raises TypeError for what is no field.
    """
    filled = msgspec.structs.replace(profile, **values)
    known = {"username": filled.username, "client_identifier": filled.client_identifier}
    subscriptions = []
    for topic_filter in filled.subscriptions:
        text = topic_filter
        for name, value in known.items():
            text = text.replace(f"{{{name}}}", value) if value else text
        subscriptions.append(text)
    return msgspec.structs.replace(filled, subscriptions=tuple(subscriptions))


def find_preset(key: str) -> Preset | None:
    """Return the preset with this key, or None."""
    return next((preset for preset in PRESETS if preset.key == key), None)


def still_to_fill(preset: Preset, profile: Profile, *, has_secret: bool) -> tuple[str, ...]:
    """Return those of `Preset.asks` that nobody has filled in yet, in their order.

    Where the preset has a default that works, that is enough. A secret that is fetched counts as filled in.
    """
    left: list[str] = []
    for field in preset.asks:
        if field == "secret":
            is_filled = has_secret or profile.secret_source != "stored"
        else:
            value = getattr(profile, field)
            is_filled = value is False or (bool(value) and not _has_placeholder(value))
        if not is_filled:
            left.append(field)
    return tuple(left)


def _has_placeholder(value: object) -> bool:
    return isinstance(value, str) and value.endswith("=NAME")


_OWN: Final = "Your own broker"
_PLATFORMS: Final = "Platforms"
_HOSTED: Final = "Hosted brokers"
_AWS: Final = "Amazon Web Services"
_AZURE: Final = "Microsoft Azure"
_PUBLIC: Final = "Public test brokers"

_AWS_ENDPOINT: Final = (
    "The endpoint stands in the AWS console under AWS IoT ▸ Connect ▸ Domain configurations."
)
_AWS_LIMITS: Final = (
    "A Client Identifier or Topic Filter that the policy does not allow ends the connection; "
    "there is no QoS 2."
)
_AWS_HELP: Final = "https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html"
_EVERYBODY: Final = "Everybody can read and write everything here: send nothing that is private."

_OWN_BROKERS: Final = (
    Preset(
        key="mosquitto",
        name="Mosquitto on this computer",
        group=_OWN,
        note="Mosquitto listens on port 1883 of this computer as soon as it is installed. "
        "User and password are needed only where mosquitto.conf has allow_anonymous false.",
        profile=Profile(name="Mosquitto", subscriptions=("#", "$SYS/#")),
        help_url="https://mosquitto.org/man/mosquitto-conf-5.html",
    ),
    Preset(
        key="raspberry-pi",
        name="Raspberry Pi on the network",
        group=_OWN,
        note="raspberrypi.local works where the Pi kept its name; else take the address that "
        "“hostname -I” prints on it. Mosquitto 2 answers other computers only with a listener "
        "(listener 1883) in its mosquitto.conf; user and password are needed only where that has "
        "allow_anonymous false.",
        profile=Profile(
            name="Raspberry Pi", host="raspberrypi.local", subscriptions=("#", "$SYS/#")
        ),
        asks=("host",),
        help_url="https://mosquitto.org/documentation/authentication-methods/",
    ),
)

_PLATFORM_PRESETS: Final = (
    Preset(
        key="sermas",
        name="SERMAS Toolkit",
        group=_PLATFORMS,
        note="The token is the access_token that /api/platform/token/access_token of the toolkit "
        "gives for application, client and client secret; it goes as user name, and lives minutes. "
        "Topics begin with app/ and the ID of the application.",
        profile=Profile(
            name="SERMAS",
            transport="websocket",
            port=8080,
            path="/mqtt",
            login="token_as_user_name",
            placeholder_password="sermas",
            subscriptions=("app/#",),
        ),
        asks=("host", "port", "tls", "secret"),
        help_url="https://sermas-eu.github.io/",
    ),
    Preset(
        key="placeos",
        name="PlaceOS",
        group=_PLATFORMS,
        note="The host is the domain of your PlaceOS. Make the API key in Backoffice ▸ Admin ▸ "
        "API Keys; it goes as user name and as password.",
        profile=Profile(
            name="PlaceOS",
            host="",
            transport="websocket",
            tls=True,
            port=443,
            path="/api/mqtt/",
            login="api_key",
            subscriptions=("placeos/#",),
        ),
        asks=("host", "secret"),
        help_url="https://docs.placeos.com/",
    ),
    Preset(
        key="thingsboard",
        name="ThingsBoard",
        group=_PLATFORMS,
        note="The access token of a device stands in ThingsBoard under Entities ▸ Devices ▸ the "
        "device ▸ Copy access token. You connect as that device, so no other Topic Filters than "
        "these are allowed, and no QoS 2.",
        profile=Profile(
            name="ThingsBoard",
            host="mqtt.thingsboard.cloud",
            port=8883,
            tls=True,
            login="token_as_user_name",
            subscriptions=(
                "v1/devices/me/attributes",
                "v1/devices/me/attributes/response/+",
                "v1/devices/me/rpc/request/+",
                "v1/devices/me/rpc/response/+",
            ),
        ),
        asks=("host", "secret"),
        help_url="https://thingsboard.io/docs/reference/mqtt-api/",
    ),
    Preset(
        key="things-stack",
        name="The Things Stack",
        group=_PLATFORMS,
        note="Host, user name (application@tenant; without @tenant on an open-source server) and "
        "API key stand in the console: the application ▸ Integrations ▸ MQTT. There is only "
        "MQTT 3.1.1 and QoS 0.",
        profile=Profile(
            name="The Things Stack",
            host="eu1.cloud.thethings.network",
            port=8883,
            tls=True,
            protocol_version=4,
            subscriptions=(
                "v3/{username}/devices/+/up",
                "v3/{username}/devices/+/join",
                "v3/{username}/devices/+/down/+",
            ),
        ),
        asks=("host", "username", "secret"),
        help_url="https://www.thethingsindustries.com/docs/integrations/other-integrations/mqtt/",
    ),
)

_HOSTED_PRESETS: Final = (
    Preset(
        key="hivemq-cloud",
        name="HiveMQ Cloud",
        group=_HOSTED,
        note="The host stands on the page of the cluster, under Overview; user and password are "
        "those that you add under Access Management. WebSocket is on port 8884, path /mqtt.",
        profile=Profile(name="HiveMQ Cloud", host="", port=8883, tls=True),
        asks=("host", "username", "secret"),
        help_url="https://docs.hivemq.com/hivemq-cloud/",
    ),
    Preset(
        key="emqx-cloud",
        name="EMQX Cloud",
        group=_HOSTED,
        note="The address stands on the page of the deployment, under MQTT Connection Information; "
        "add the user under Access Control ▸ Authentication. EMQX refuses the Topic Filter # "
        "unless a rule allows it; WebSocket is on port 8084, path /mqtt.",
        profile=Profile(name="EMQX Cloud", host="", port=8883, tls=True, subscriptions=("test/#",)),
        asks=("host", "username", "secret", "subscriptions"),
        help_url="https://docs.emqx.com/en/cloud/latest/",
    ),
    Preset(
        key="cloudmqtt",
        name="CloudMQTT",
        group=_HOSTED,
        note="Server, user, password and the SSL port (it differs for each instance) stand on the "
        "Details page of the instance.",
        profile=Profile(name="CloudMQTT", host="", port=8883, tls=True, protocol_version=4),
        asks=("host", "port", "username", "secret"),
        help_url="https://www.cloudmqtt.com/docs/index.html",
    ),
    Preset(
        key="cloudamqp",
        name="CloudAMQP",
        group=_HOSTED,
        note="Host, password and the user name for MQTT (vhost:user) stand on the page of the "
        "instance, under MQTT details. RabbitMQ and LavinMQ have no QoS 2.",
        profile=Profile(name="CloudAMQP", host="", port=8883, tls=True, protocol_version=4),
        asks=("host", "username", "secret"),
        help_url="https://www.cloudamqp.com/docs/mqtt.html",
    ),
    Preset(
        key="myqtthub",
        name="MyQttHub",
        group=_HOSTED,
        note="Add a device on the panel of your hub: its Client Identifier, user and password must "
        "all be the ones given there, and each is connected once at a time.",
        profile=Profile(
            name="MyQttHub", host="node02.myqtthub.com", port=8883, tls=True, protocol_version=4
        ),
        asks=("host", "client_identifier", "username", "secret"),
        help_url="https://support.asplhosting.com/t/working-myqtthub-com",
    ),
)

_AWS_PRESETS: Final = (
    Preset(
        key="aws-iot-certificate",
        name="AWS IoT Core, certificate",
        group=_AWS,
        note=f"{_AWS_ENDPOINT} Certificate and key are those of the thing. {_AWS_LIMITS}",
        profile=Profile(name="AWS IoT Core", host="", port=8883, tls=True, subscriptions=()),
        asks=("host", "certificate_file", "key_file", "client_identifier", "subscriptions"),
        help_url=_AWS_HELP,
    ),
    Preset(
        key="aws-iot-443",
        name="AWS IoT Core, certificate on port 443",
        group=_AWS,
        note="For networks that let only port 443 out: ALPN says that it is MQTT. "
        f"{_AWS_ENDPOINT} {_AWS_LIMITS}",
        profile=Profile(
            name="AWS IoT Core (443)",
            host="",
            port=443,
            tls=True,
            alpn=("x-amzn-mqtt-ca",),
            subscriptions=(),
        ),
        asks=("host", "certificate_file", "key_file", "client_identifier", "subscriptions"),
        help_url=_AWS_HELP,
    ),
    Preset(
        key="aws-iot-authorizer",
        name="AWS IoT Core, custom authorizer",
        group=_AWS,
        note=f"{_AWS_ENDPOINT} The name of the authorizer goes behind the user name: "
        "user?x-amz-customauthorizer-name=NAME; the password is what your authorizer expects. "
        f"{_AWS_LIMITS}",
        profile=Profile(
            name="AWS IoT Core (authorizer)",
            host="",
            port=443,
            tls=True,
            alpn=("mqtt",),
            username="?x-amz-customauthorizer-name=NAME",
            subscriptions=(),
        ),
        asks=("host", "username", "secret", "client_identifier", "subscriptions"),
        help_url="https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth.html",
    ),
    Preset(
        key="aws-iot-websocket",
        name="AWS IoT Core, WebSocket with access key",
        group=_AWS,
        note=f"{_AWS_ENDPOINT} User name is the access key ID, the secret is its secret access "
        f"key; temporary ones (they begin with ASIA) need their session token too. {_AWS_LIMITS}",
        profile=Profile(
            name="AWS IoT Core (WebSocket)",
            host="",
            transport="websocket",
            port=443,
            tls=True,
            path="/mqtt",
            login="aws_sigv4",
            subscriptions=(),
        ),
        asks=("host", "username", "secret", "subscriptions"),
        help_url=_AWS_HELP,
    ),
)

_AZURE_PRESETS: Final = (
    Preset(
        key="azure-iot-hub",
        name="Azure IoT Hub, device key",
        group=_AZURE,
        note="The host name stands on the overview of the hub; device ID (as Client Identifier) "
        "and primary key stand under Devices ▸ the device. You connect as that device: MQTT 3.1.1, "
        "no QoS 2, and no other Topic Filters than these.",
        profile=Profile(
            name="Azure IoT Hub",
            host="",
            port=8883,
            tls=True,
            protocol_version=4,
            login="azure_sas",
            subscriptions=(
                "devices/{client_identifier}/messages/devicebound/#",
                "$iothub/twin/res/#",
                "$iothub/twin/PATCH/properties/desired/#",
                "$iothub/methods/POST/#",
            ),
        ),
        asks=("host", "client_identifier", "secret"),
        help_url="https://learn.microsoft.com/azure/iot/iot-mqtt-connect-to-iot-hub",
    ),
    Preset(
        key="azure-event-grid",
        name="Azure Event Grid, certificate",
        group=_AZURE,
        note="The MQTT hostname stands on the overview of the Event Grid namespace; the user name "
        "is the client authentication name. A Topic Filter must lie in a topic space that the "
        "client may subscribe to; there is no QoS 2.",
        profile=Profile(name="Azure Event Grid", host="", port=8883, tls=True, subscriptions=()),
        asks=("host", "username", "certificate_file", "key_file", "subscriptions"),
        help_url="https://learn.microsoft.com/azure/event-grid/mqtt-support",
    ),
)

_PUBLIC_PRESETS: Final = (
    Preset(
        key="test-mosquitto",
        name="test.mosquitto.org",
        group=_PUBLIC,
        note=f"{_EVERYBODY} Over TLS it is on port 8886, with a certificate that your system knows.",
        profile=Profile(
            name="test.mosquitto.org",
            kind="public",
            host="test.mosquitto.org",
            port=8886,
            tls=True,
            subscriptions=("topicscope/#", "$SYS/#"),
        ),
        help_url="https://test.mosquitto.org/",
    ),
    Preset(
        key="test-hivemq",
        name="broker.hivemq.com",
        group=_PUBLIC,
        note=f"{_EVERYBODY} Without TLS it is on port 1883, over WebSocket on 8884 (path /mqtt).",
        profile=Profile(
            name="broker.hivemq.com",
            kind="public",
            host="broker.hivemq.com",
            port=8883,
            tls=True,
            subscriptions=("topicscope/#",),
        ),
        help_url="https://www.hivemq.com/mqtt/public-mqtt-broker/",
    ),
    Preset(
        key="test-emqx",
        name="broker.emqx.io",
        group=_PUBLIC,
        note=f"{_EVERYBODY} It refuses the Topic Filter #; over WebSocket it is on 8084 "
        "(path /mqtt).",
        profile=Profile(
            name="broker.emqx.io",
            kind="public",
            host="broker.emqx.io",
            port=8883,
            tls=True,
            subscriptions=("topicscope/#",),
        ),
        help_url="https://www.emqx.com/en/mqtt/public-mqtt5-broker",
    ),
)

PRESETS: Final[tuple[Preset, ...]] = (
    *_OWN_BROKERS,
    *_PLATFORM_PRESETS,
    *_HOSTED_PRESETS,
    *_AWS_PRESETS,
    *_AZURE_PRESETS,
    *_PUBLIC_PRESETS,
)
"""All presets, those of one group side by side."""
