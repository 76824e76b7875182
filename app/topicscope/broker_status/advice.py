"""What to do when a broker tells nothing: it refused $SYS, or granted it and stays silent. One text for each broker."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

PATIENCE_S: Final = 70
"""After so long a granted subscription that brought nothing will bring nothing: no broker is slower."""

_REFUSED: Final = {
    0x80: "The broker refused $SYS/# (0x80).",
    0x83: "The broker refused $SYS/# for a reason of its own (0x83).",
    0x87: "The broker does not allow this client to subscribe $SYS/# (Not authorized, 0x87).",
    0x8F: "The broker does not take $SYS/# as a Topic Filter (0x8F).",
    0x97: "The broker refused $SYS/#, because a quota is exceeded (0x97).",
    0xA2: "The broker has no subscriptions with wildcards, and $SYS/# is one (0xA2).",
}
_EMQX: Final = (
    "EMQX denies $SYS/# by default. Add this rule above the one that denies it, in etc/acl.conf: "
    '{allow, {username, {re, "^NAME$"}}, subscribe, ["$SYS/#"]}. with the user name of this connection, '
    "or read the same figures in its dashboard."
)
_RABBITMQ: Final = (
    "RabbitMQ publishes no $SYS topics. Its management API has the figures: enable rabbitmq_management and open "
    "http://HOST:15672/."
)
_AWS: Final = (
    "AWS IoT Core publishes no $SYS topics. CloudWatch has its metrics; who connects and disconnects is told on "
    "$aws/events/presence/#."
)
_AZURE: Final = "Azure publishes no $SYS topics. Azure Monitor has its metrics."
_HIVEMQ: Final = (
    "HiveMQ publishes no $SYS topics by itself: install its extension hivemq-sys-topic, which sends every 60 s, "
    "or read its Control Center."
)


class _Texts(NamedTuple):
    refused: str
    silent: str


_BROKERS: Final = {
    "mosquitto": _Texts(
        "Mosquitto: give this user the right, “topic read $SYS/#” in the file of acl_file, or with the "
        "dynamic security plugin the ACLs subscribePattern and publishClientReceive on $SYS/#.",
        "Mosquitto grants $SYS/# and stays silent in two cases: sys_interval is 0 in mosquitto.conf, which "
        "switches $SYS off; or the file of acl_file has no “topic read $SYS/#” for this user.",
    ),
    "emqx": _Texts(
        _EMQX,
        "EMQX tells its figures every 60 s, unless sys_topics.sys_msg_interval says otherwise or is "
        "disabled. " + _EMQX,
    ),
    "vernemq": _Texts(
        "VerneMQ: allow it with “topic read $SYS/#” in vmq.acl.",
        "VerneMQ tells its figures every 20 s unless systree_enabled is off; “topic read $SYS/#” must "
        "stand in vmq.acl.",
    ),
    "nanomq": _Texts(
        "NanoMQ: allow subscribe on $SYS/# in its ACL.",
        "NanoMQ has no figures below $SYS; it only tells when clients come and go. Its HTTP API has them.",
    ),
    "hivemq": _Texts(_HIVEMQ, _HIVEMQ),
    "flashmq": _Texts(
        "FlashMQ: allow $SYS/# in its ACL file or plugin.",
        "FlashMQ tells its figures every 10 s; its ACL file must have “topic read $SYS/#”.",
    ),
    "aedes": _Texts(
        "aedes: its authorizeSubscribe must let $SYS/# pass.",
        "aedes has a heartbeat each minute and tells when clients come and go; figures need its add-on aedes-stats.",
    ),
    "amqtt": _Texts(
        "amqtt: its topic access list must have $SYS/#.",
        "amqtt tells its figures only with its plugin BrokerSysPlugin and a sys_interval above 0.",
    ),
    "mochi": _Texts(
        "Mochi: its auth ledger must let this user read $SYS/#.",
        "Mochi tells its figures every second unless SysTopicResendInterval says otherwise; its auth ledger "
        "may hold them back.",
    ),
    "demo": _Texts(
        "The demo broker allows $SYS/# to everybody.",
        "The demo broker was started without $SYS.",
    ),
    "rabbitmq": _Texts(_RABBITMQ, _RABBITMQ),
    "aws": _Texts(_AWS, _AWS),
    "azure": _Texts(_AZURE, _AZURE),
    "gcp": _Texts(
        "This broker of Google's publishes no $SYS topics.",
        "This broker of Google's publishes no $SYS topics.",
    ),
    "activemq": _Texts(
        "ActiveMQ has no $SYS topics. Its advisories are on ActiveMQ/Advisory/#, its figures in the web console.",
        "ActiveMQ has no $SYS topics. Its advisories are on ActiveMQ/Advisory/#, its figures in the web console.",
    ),
}
_ANYBODY: Final = _Texts(
    "Ask whoever runs it for the right to read $SYS/#. EMQX needs a rule by default, in etc/acl.conf: "
    '{allow, {username, {re, "^NAME$"}}, subscribe, ["$SYS/#"]}. Mosquitto with its dynamic security plugin needs '
    "the ACLs subscribePattern and publishClientReceive on $SYS/#.",
    "Either it publishes none (RabbitMQ: see its management API; AWS IoT: CloudWatch; HiveMQ: needs an extension), "
    "or they are switched off (Mosquitto: sys_interval 0), or an ACL holds them back without saying so "
    "(Mosquitto: “topic read $SYS/#”).",
)
_ONLY_EVENTS: Final = ("aedes", "nanomq")
_OF_DIALECT: Final = {"emqx4": "emqx", "emqx5": "emqx"}

_HOSTS: Final = (
    (re.compile(r"\.iot\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$"), "aws"),
    (re.compile(r"\.(azure-devices\.net|ts\.eventgrid\.azure\.net)$"), "azure"),
    (re.compile(r"\.googleapis\.com$"), "gcp"),
    (re.compile(r"(^|\.)hivemq\.(cloud|com)$"), "hivemq"),
    (re.compile(r"(^|\.)(emqxsl\.(com|cn)|emqx\.(io|com|cloud))$"), "emqx"),
    (re.compile(r"\.cloudamqp\.com$"), "rabbitmq"),
    (re.compile(r"^test\.mosquitto\.org$"), "mosquitto"),
)
_IDENTIFIERS: Final = (
    (re.compile(r"auto-[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}"), "mosquitto"),
    (re.compile(r"hmq_.+"), "hivemq"),
)
_WORDS: Final = (
    *("mosquitto", "emqx", "vernemq", "nanomq", "hivemq", "flashmq", "aedes", "amqtt", "mochi"),
    *("rabbitmq", "activemq"),
)
_LONGEST_HINT: Final = 500


def broker_hint(
    host: str = "", assigned_client_identifier: str = "", said: Iterable[str] = ()
) -> str:
    """Return which broker it may be, from what is known before anything comes on $SYS; empty if nothing is.

    `host` is what was dialled; the Client Identifier that CONNACK assigned, its Reason String and its
    User Properties (`said`) are the server's own words (MQTT 5.0 section 3.2.2.3).
    """
    host = host.lower().rstrip(".")[-_LONGEST_HINT:]
    for pattern, broker in _HOSTS:
        if pattern.search(host):
            return broker
    for pattern, broker in _IDENTIFIERS:
        if pattern.fullmatch(assigned_client_identifier[:_LONGEST_HINT]):
            return broker
    text = " ".join(part[:_LONGEST_HINT] for part in said).lower()[:_LONGEST_HINT]
    return next((word for word in _WORDS if word in text), "")


def without_figures(broker: str) -> str:
    """Say of a broker that tells only what happens where its figures are; empty for any other."""
    return _BROKERS[broker].silent if broker in _ONLY_EVENTS else ""


def advice(broker: str = "", *, refused: int | None = None, silent_s: float | None = None) -> str:
    """Say why nothing is told and what to do about it; empty when there is nothing to say.

    `broker` is the key of a dialect or of `broker_hint`. `refused` is the Reason Code of SUBACK (3.9.3),
    `silent_s` for how many seconds a granted subscription has brought nothing.
    """
    texts = _BROKERS.get(_OF_DIALECT.get(broker, broker), _ANYBODY)
    if refused is not None and refused >= 0x80:
        begin = _REFUSED.get(refused, f"The broker refused $SYS/# (0x{refused:02X}).")
        return f"{begin} {texts.refused}"
    if silent_s is None:
        return ""
    begin = f"The broker granted $SYS/#, but has sent nothing on it for {silent_s:.0f} s."
    if texts is _ANYBODY and silent_s < PATIENCE_S:
        begin += " Some brokers (EMQX, aedes, HiveMQ) need a minute."
    return f"{begin} {texts.silent}"
