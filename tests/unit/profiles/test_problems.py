from __future__ import annotations

import types
import typing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.profiles.problems import profile_problem
from topicscope.profiles.profile import Profile, Proxy, Will

if typing.TYPE_CHECKING:
    import msgspec

TOO_MUCH = 4_294_967_296
AWS = {"login": "aws_sigv4", "transport": "websocket", "tls": True, "username": "AKIA"}
AZURE = {"login": "azure_sas", "client_identifier": "device", "tls": True}
SCRAM = {"authentication_method": "SCRAM-SHA-256", "username": "anna"}
WILL_OF_5 = {
    "delay_interval": 1,
    "payload_format_indicator": True,
    "message_expiry_interval": 0,
    "content_type": "text/plain",
    "response_topic": "a",
    "correlation_data": "00",
    "user_properties": (("a", "b"),),
}
CONNECT_OF_5 = {
    "session_expiry_interval": 0,
    "receive_maximum": 1,
    "maximum_packet_size": 1,
    "topic_alias_maximum": 0,
    "request_response_information": True,
    "request_problem_information": False,
    "user_properties": (("a", "b"),),
}


def test_that_a_fresh_profile_has_no_problem() -> None:
    assert profile_problem(Profile()) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "a\nb"}, "Name"),
        ({"name": "\ud800"}, "Name"),
        ({"name": "x" * 501}, "Name"),
        ({"folder": "/"}, "Folder"),
        ({"folder": "a//b"}, "Folder"),
        ({"folder": "a/ "}, "Folder"),
        ({"folder": "a\0"}, "Folder"),
        ({"host": ""}, "Host"),
        ({"host": "my broker"}, "Host"),
        ({"host": "mqtt://broker"}, "Host"),
        ({"host": "\udfff"}, "Host"),
        ({"port": 0}, "Port"),
        ({"port": 65_536}, "Port"),
        ({"transport": "websocket", "path": "mqtt"}, "Path"),
        ({"transport": "websocket", "path": "/a b"}, "Path"),
        ({"transport": "websocket", "sub_protocol": "mqtt mqtt"}, "Sub-protocol"),
        ({"transport": "websocket", "sub_protocol": "mqtt,"}, "Sub-protocol"),
        ({"transport": "unix", "path": ""}, "Path"),
        ({"transport": "unix", "path": "/a\0"}, "Path"),
        ({"transport": "unix", "path": "/a", "tls": True}, "TLS"),
        ({"transport": "unix", "path": "/a", "proxy": Proxy(host="p")}, "Proxy"),
        ({"proxy": Proxy()}, "Proxy host"),
        ({"proxy": Proxy(host="socks5://p")}, "Proxy host"),
        ({"proxy": Proxy(host="p", port=0)}, "Proxy port"),
        ({"proxy": Proxy(host="p", username="a\r\nb")}, "Proxy user name"),
        ({"proxy": Proxy(host="p", username="ü" * 128)}, "Proxy user name"),
        ({"proxy": Proxy(host="p", kind="http", username="a:b")}, "Proxy user name"),
        ({"connect_timeout": 0}, "Connect time-out"),
        ({"connect_timeout": 301}, "Connect time-out"),
        ({"client_identifier": "x" * 65_536}, "Client Identifier"),
        ({"client_identifier": "x" * 24, "protocol_version": 3}, "Client Identifier"),
        ({"client_identifier": "a\0b"}, "Client Identifier"),
        ({"username": "\ud800"}, "User name"),
        ({"placeholder_password": "\0"}, "Placeholder password"),
        ({"keep_alive": 65_536}, "Keep alive"),
        ({"keep_alive": -1}, "Keep alive"),
        ({"key_file": "client.key"}, "Key"),
        ({"key_file": "client.key", "certificate_file": "client.P12"}, "Key"),
        ({"ca_file": "\0"}, "CA file"),
        ({"certificate_file": "\ud800"}, "Certificate"),
        ({"pinned_certificate": "ab" * 31}, "Pinned certificate"),
        ({"pinned_certificate": ":".join(["ab"] * 32)}, "Pinned certificate"),
        ({"server_name": "https://broker"}, "Server name"),
        ({"tls_key_log_file": "a", "certificate_file": "a"}, "Key log"),
        ({"tls_key_log_file": "a\0"}, "Key log"),
        ({"alpn": ("",)}, "ALPN"),
        ({"headers": (("Bad Name", "x"),)}, "Headers"),
        ({"headers": (("Name", "x\r\nInjected: y"),)}, "Headers"),
        ({"headers": (("Sec-WebSocket-Key", "x"),)}, "Headers"),
        ({"login": "token_as_password", "protocol_version": 4}, "User name"),
        (AZURE | {"client_identifier": ""}, "Client Identifier"),
        (AZURE | {"tls": False}, "TLS"),
        (AWS | {"transport": "tcp"}, "Transport"),
        (AWS | {"tls": False}, "Transport"),
        (AWS | {"username": " "}, "User name"),
        (SCRAM | {"protocol_version": 4}, "Authentication"),
        (SCRAM | {"login": "api_key"}, "Authentication"),
        (SCRAM | {"username": ""}, "User name"),
        ({"secret_source": "command"}, "Token command"),
        ({"secret_source": "command", "secret_reference": "a 'b"}, "Token command"),
        ({"secret_source": "command", "secret_reference": "''"}, "Token command"),
        ({"secret_source": "command", "secret_reference": "a\0"}, "Token command"),
        ({"secret_source": "file", "secret_reference": " "}, "Token file"),
        ({"secret_source": "file", "secret_reference": "\ud800"}, "Token file"),
        ({"secret_source": "environment"}, "Variable"),
        ({"secret_source": "environment", "secret_reference": "TOKEN=x"}, "Variable"),
        ({"session_expiry_interval": -1}, "Session expiry"),
        ({"session_expiry_interval": TOO_MUCH}, "Session expiry"),
        ({"receive_maximum": 0}, "Receive maximum"),
        ({"receive_maximum": 65_536}, "Receive maximum"),
        ({"maximum_packet_size": 0}, "Maximum packet size"),
        ({"maximum_packet_size": TOO_MUCH}, "Maximum packet size"),
        ({"topic_alias_maximum": -1}, "Topic alias maximum"),
        ({"topic_alias_maximum": 65_536}, "Topic alias maximum"),
        ({"user_properties": (("a", "x" * 65_536),)}, "User properties"),
        ({"user_properties": (("\0", "x"),)}, "User properties"),
        ({"will": Will(topic="")}, "Will topic"),
        ({"will": Will(topic="a/#")}, "Will topic"),
        ({"will": Will(topic="a"), "read_only": True}, "Will"),
        ({"will": Will(topic="a", payload="x" * 65_536)}, "Will payload"),
        ({"will": Will(topic="a", payload="\ud800")}, "Will payload"),
        ({"will": Will(topic="a", delay_interval=-1)}, "Will delay interval"),
        ({"will": Will(topic="a", message_expiry_interval=TOO_MUCH)}, "Will message expiry"),
        ({"will": Will(topic="a", content_type="\0")}, "Will content type"),
        ({"will": Will(topic="a", response_topic="+")}, "Will response topic"),
        ({"will": Will(topic="a", correlation_data="abc")}, "Will correlation data"),
        ({"will": Will(topic="a", correlation_data="00" * 65_536)}, "Will correlation data"),
        ({"will": Will(topic="a", user_properties=(("a", "\0"),))}, "Will user properties"),
        ({"subscriptions": ("a/#/b",)}, "Subscriptions"),
    ],
)
def test_that_a_problem_names_its_field(changes: dict[str, Any], field: str) -> None:
    problem = profile_problem(Profile(**changes))
    assert problem is not None
    assert problem.startswith(field)
    assert problem[len(field) :].split(":")[0] in {"", " interval"}
    assert problem.endswith(".")
    assert not problem.endswith("..")


@pytest.mark.parametrize(
    "changes",
    [
        {"folder": "plant/line 1", "name": "Ä"},
        {"host": "2001:db8::1"},
        {"transport": "websocket", "sub_protocol": ""},
        {"transport": "websocket", "sub_protocol": "mqtt, mqttv3.1"},
        {"proxy": Proxy(host="proxy", username="DOMAIN\\anna")},
        {"connect_timeout": 1},
        {"connect_timeout": 300},
        {"pinned_certificate": "aB" * 32, "tls": True},
        {"server_name": "broker.example"},
        {"certificate_file": "client.p12"},
        {"receive_maximum": 65_535, "maximum_packet_size": TOO_MUCH - 1},
        {"session_expiry_interval": TOO_MUCH - 1, "topic_alias_maximum": 65_535},
        {"login": "token_as_password"},
        {"login": "token_as_user_name", "protocol_version": 4},
        {"secret_source": "command", "secret_reference": "print-token --for 'a b'"},
        {"secret_source": "environment", "secret_reference": "TOKEN"},
        AZURE,
        AWS,
        SCRAM,
        CONNECT_OF_5,
        {"will": Will(topic="a", payload="\0"), "protocol_version": 3},
        {"will": Will(topic="a", **WILL_OF_5)},
        {"will": Will(topic="a", payload="x" * 65_535, qos=2, retain=True)},
    ],
)
def test_that_what_brokers_need_is_no_problem(changes: dict[str, Any]) -> None:
    assert profile_problem(Profile(**changes)) is None


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("name", WILL_OF_5)
def test_that_a_will_has_no_properties_before_mqtt_5(version: Any, name: str) -> None:
    will = Will(topic="a", **{name: WILL_OF_5[name]})
    problem = profile_problem(Profile(will=will, protocol_version=version))
    assert problem is not None
    assert problem.startswith(f"Will {name.replace('_', ' ')}: only MQTT 5")


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("name", CONNECT_OF_5)
def test_that_connect_has_no_properties_before_mqtt_5(version: Any, name: str) -> None:
    changes = {name: CONNECT_OF_5[name]}
    problem = profile_problem(Profile(protocol_version=version, **changes))
    assert problem is not None
    assert "only MQTT 5" in problem
    assert problem.lower().startswith(name.replace("_interval", "").replace("_", " "))


TEXT = st.one_of(
    st.text(st.characters(codec=None), max_size=12),
    st.sampled_from(["", "/", "a/b", "#", "-", "'", "\\", "=", "\ud800", "a" * 70_000]),
)
NUMBER = st.one_of(st.integers(), st.sampled_from([0, 1, 65_535, 65_536, TOO_MUCH]))


def of_type(kind: Any) -> st.SearchStrategy[Any]:
    """Return any value that the annotation of a field allows."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind in {str, int}:
        return TEXT if kind is str else NUMBER
    if kind is bool:
        return st.booleans()
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin in {typing.Union, types.UnionType}:
        return st.one_of(*map(of_type, arguments))
    if kind is type(None):
        return st.none()
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(of_type(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(of_type, arguments))
    return any_of(kind)


def any_of(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{name: of_type(hint) for name, hint in hints.items()})


def with_one_field(name: str) -> st.SearchStrategy[Profile]:
    kind = typing.get_type_hints(Profile)[name]
    return of_type(kind).map(lambda value: Profile(**{name: value}))


@given(
    st.one_of(any_of(Profile), st.sampled_from(Profile.__struct_fields__).flatmap(with_one_field))
)
def test_that_any_profile_has_a_sentence_or_none(profile: Profile) -> None:
    problem = profile_problem(profile)
    assert problem is None or (problem[0].isupper() and problem.endswith("."))
