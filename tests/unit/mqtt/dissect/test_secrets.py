"""Password, tokens as User Name and Authentication Data stay hidden until somebody asks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.mqtt.dissect.corpus import PACKETS, find, tree
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.dissect import dissect, field_to_json, mask_secrets, summary
from topicscope.mqtt.encode import encode_connect

V3_1_1 = ProtocolVersion.MQTT_3_1_1
SECRETS = {"CONNECT 3.1.1 all": b"s3cr", "CONNECT 5 all": b"s3cr", "AUTH": b"r=no"}


@pytest.mark.parametrize(("name", "secret"), SECRETS.items())
def test_that_a_secret_is_nowhere_in_the_tree_the_json_or_the_summary(
    name: str, secret: bytes
) -> None:
    data, version = PACKETS[name]
    root = dissect(data, version)
    shown = [str(each) for f in tree(root) for each in (f.name, f.value, f.problem, f.raw)]
    shown += [json.dumps(field_to_json(root)), summary(data, version)]
    for text in shown:
        assert secret.decode() not in text
        assert secret.hex(" ") not in text


def test_that_the_password_is_shown_to_who_asks() -> None:
    data, version = PACKETS["CONNECT 5 all"]
    root = dissect(data, version, reveal=True)
    assert find(root, "Password").value == "4 bytes: s3cr"
    assert find(root, "Authentication Data").value == "3 bytes: n=u"
    assert field_to_json(root)["password"] == "s3cr"


@pytest.mark.parametrize("reveal", [False, True])
@pytest.mark.parametrize(("name", "secret"), SECRETS.items())
def test_that_secrets_can_be_masked_in_the_bytes(name: str, secret: bytes, reveal: bool) -> None:
    data, version = PACKETS[name]
    masked = mask_secrets(data, dissect(data, version, reveal=reveal))
    assert masked == data.replace(secret, b"****").replace(b"n=u", b"***")


def test_that_a_packet_without_secrets_stays_as_it_is() -> None:
    data, version = PACKETS["PUBLISH 5 all"]
    assert mask_secrets(data, dissect(data, version)) == data


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 255))
def test_that_a_password_behind_a_damaged_byte_is_not_shown_as_bytes(at: int, byte: int) -> None:
    data, version = PACKETS["CONNECT 5 all"]
    damaged = bytearray(data)
    damaged[2 + at % 60] = byte
    root = dissect(bytes(damaged), version)
    assert all(b"s3cr".hex(" ") not in field.value for field in tree(root))


@pytest.mark.parametrize("name", ["CONNECT 3.1.1 all", "CONNECT 5 all"])
def test_that_a_password_cut_short_is_masked(name: str) -> None:
    data, version = PACKETS[name]
    root = dissect(data[:-1], version)
    assert b"s3c" not in mask_secrets(data[:-1], root)
    assert "s3c" not in json.dumps(field_to_json(root))


TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"

KEY = "85a2b1c3.5uQ1hZ0rT7"


@pytest.mark.parametrize("version", list(ProtocolVersion))
@pytest.mark.parametrize(
    ("name", "password"),
    [
        (TOKEN, b"-"),
        (f"Bearer {TOKEN}", b"x"),
        (KEY, KEY.encode()),
        (TOKEN, None),
        ("me?x-amz-customauthorizer-name=gate&token=canary", b"x"),
        (f"me?room={TOKEN}", None),
    ],
)
def test_that_a_user_name_that_is_a_token_or_a_key_is_a_secret(
    version: ProtocolVersion, name: str, password: bytes | None
) -> None:
    data = encode_connect("me", username=name, password=password, version=version)
    root = dissect(data, version)
    assert find(root, "User Name").value == "(hidden)"
    masked = mask_secrets(data, root)
    assert name.encode() not in masked
    assert len(masked) == len(data)
    # What was overwritten is not taken for a name of stars.
    assert find(dissect(masked, version), "User Name").value == "(hidden)"
    assert name not in json.dumps(field_to_json(root)) + summary(data, version)
    assert find(dissect(data, version, reveal=True), "User Name").value == name


def test_that_a_name_that_is_the_password_too_is_shown_and_the_password_is_not() -> None:
    data = encode_connect("me", username="guest", password=b"guest")
    root = dissect(data, V3_1_1)
    assert find(root, "User Name").value == "guest"
    assert find(root, "Password").value == "(hidden)"
    assert mask_secrets(data, root).endswith(b"\0\5guest\0\5*****")


@pytest.mark.parametrize(
    "name",
    [
        "me",
        "",
        "eyes.of.plant",
        "broker/pump/?api-version=2021",
        "me?x-amz-customauthorizer-name=gate",
    ],
)
def test_that_a_user_name_is_shown(name: str) -> None:
    data = encode_connect("me", username=name, password=b"secret")
    assert find(dissect(data, V3_1_1), "User Name").value == (name or "(empty)")
