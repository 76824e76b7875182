"""What a server rules out is known before it is sent, to the byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.connection.limits import publish_problem, publish_size, subscription_problem
from topicscope.connection.server_told import ServerTold, server_told
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.encode import encode_publish
from topicscope.mqtt.properties import BY_KEY, PROPERTIES, PropertyList, PropertyType, PropertyValue

V3, V4, V5 = ProtocolVersion


def says(**properties: PropertyValue) -> PropertyList:
    return [(BY_KEY[key].identifier, value) for key, value in properties.items()]


# --- CONNACK ---


def test_that_all_a_connack_says_is_kept() -> None:
    told = server_told(
        [
            *says(
                assigned_client_identifier="x",
                server_keep_alive=0,
                session_expiry_interval=9,
                receive_maximum=3,
                maximum_qos=1,
                retain_available=0,
                maximum_packet_size=4294967295,
                topic_alias_maximum=4,
                wildcard_subscription_available=0,
                shared_subscription_available=0,
                subscription_identifiers_available=0,
                response_information="r",
                server_reference="s",
                reason_string="why",
            ),
            (38, ("a", "1")),
            (38, ("a", "2")),
        ],
        session_present=True,
    )
    assert told == ServerTold(
        *(True, "x", 0, 9, 3, 1, False, 0xFFFF_FFFF, 4, False, False, False, "r", "s", "why"),
        (("a", "1"), ("a", "2")),
    )


def test_that_a_connack_that_says_nothing_limits_nothing() -> None:
    assert server_told([]) == ServerTold()
    assert server_told(says(receive_maximum=0)).receive_maximum == 65_535
    assert server_told(says(maximum_qos=0)).maximum_qos == 0


def _wrong_values() -> st.SearchStrategy[PropertyList]:
    values = st.one_of(
        st.integers(0, 2**32), st.text(), st.binary(), st.tuples(st.text(), st.text())
    )
    return st.lists(st.tuples(st.sampled_from(sorted(PROPERTIES)), values))


@given(_wrong_values())
def test_that_values_of_wrong_types_raise_nothing(properties: PropertyList) -> None:
    told = server_told(properties)
    assert isinstance(told.receive_maximum, int)
    assert isinstance(told.reason_string, str)
    hash(told)


# --- publishing ---


def problem(server: ServerTold | None, **asked: object) -> str | None:
    settings: dict[str, object] = {
        "version": V5,
        "topic": "t",
        "payload_size": 0,
        "qos": 0,
        "retain": False,
        "properties": [],
    }
    return publish_problem(server, **(settings | asked))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("server", "asked", "words"),
    [
        (ServerTold(maximum_qos=0), {"qos": 1}, "up to QoS 0 only"),
        (ServerTold(maximum_qos=1), {"qos": 1}, None),
        (ServerTold(retain_available=False), {"retain": True}, "no retained|not keep retained"),
        (ServerTold(), {"properties": [(35, 1)]}, "takes no Topic Alias"),
        (ServerTold(topic_alias_maximum=2), {"properties": [(35, 3)]}, "up to 2; this one is 3"),
        (ServerTold(topic_alias_maximum=2), {"properties": [(35, 2)]}, None),
        (None, {"qos": 2, "retain": True, "payload_size": 10**9}, None),
        (None, {"version": V4, "properties": [(3, "x")]}, "Content Type needs MQTT 5"),
    ],
)
def test_that_what_the_server_rules_out_is_said(
    server: ServerTold | None, asked: dict[str, object], words: str | None
) -> None:
    import re

    said = problem(server, **asked)
    assert (said is None) == (words is None)
    if words:
        assert said is not None
        assert re.search(words, said)
        assert said.endswith(".")


_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


def _properties() -> st.SearchStrategy[PropertyList]:
    utf8 = [n for n, spec in PROPERTIES.items() if spec.type is PropertyType.UTF8]
    return st.lists(
        st.one_of(
            st.tuples(st.sampled_from(utf8), _TEXTS),
            st.tuples(st.just(38), st.tuples(_TEXTS, _TEXTS)),
            st.tuples(st.just(9), st.binary(max_size=200)),
        ),
        max_size=5,
    )


@given(
    st.sampled_from(list(ProtocolVersion)),
    _TEXTS,
    st.integers(0, 20_000),
    st.integers(0, 2),
    _properties(),
)
def test_that_the_size_is_exactly_what_is_encoded(
    version: ProtocolVersion, topic: str, payload: int, qos: int, properties: PropertyList
) -> None:
    if version is not V5:
        properties = []
    packet = encode_publish(
        topic,
        bytes(payload),
        qos=qos,
        packet_identifier=1 if qos else None,
        properties=properties,
        version=version,
    )
    assert publish_size(version, topic, payload, qos, properties) == len(packet)
    for most, fits in ((len(packet), True), (len(packet) - 1, False)):
        said = problem(
            ServerTold(maximum_packet_size=most),
            version=version,
            topic=topic,
            payload_size=payload,
            qos=qos,
            properties=[item for item in properties if item[0] != 35],
        )
        assert (said is None) is fits


# --- subscribing ---


@pytest.mark.parametrize(
    ("server", "topic_filter", "code"),
    [
        (ServerTold(wildcard_subscription_available=False), "a/#", 0xA2),
        (ServerTold(wildcard_subscription_available=False), "a/+/b", 0xA2),
        (ServerTold(wildcard_subscription_available=False), "a/b", None),
        (ServerTold(shared_subscription_available=False), "$share/g/a", 0x9E),
        (ServerTold(shared_subscription_available=False), "share/g/a", None),
        (ServerTold(), "$share/g/#", None),
        (None, "#", None),
    ],
)
def test_that_a_subscription_that_the_server_rules_out_is_said(
    server: ServerTold | None, topic_filter: str, code: int | None
) -> None:
    said = subscription_problem(server, topic_filter)
    assert (said and said[0]) == code
