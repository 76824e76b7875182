from __future__ import annotations

from typing import Any

import msgspec
import pytest

from topicscope.mqtt.topics import topic_filter_problem
from topicscope.profiles.credentials import make_credentials
from topicscope.profiles.presets import (
    PRESETS,
    Preset,
    fill_in,
    find_preset,
    still_to_fill,
)
from topicscope.profiles.problems import profile_problem
from topicscope.profiles.profile import Profile

AWS = "a1b2c3d4e5f6g7-ats.iot.eu-west-1.amazonaws.com"
SAMPLES: dict[str, Any] = {
    "host": "broker.example.com",
    "port": 8443,
    "tls": True,
    "username": "ada",
    "client_identifier": "thing-1",
    "certificate_file": "/keys/thing.pem",
    "key_file": "/keys/thing.key",
    "subscriptions": ("sensors/#",),
}


def filled(preset: Preset) -> Profile:
    values = {name: SAMPLES[name] for name in preset.asks if name != "secret"}
    if preset.profile.login == "aws_sigv4":
        values["host"] = AWS
    return fill_in(preset.profile, values)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_that_nothing_is_left_to_fill_in_once_it_is_filled_in(preset: Preset) -> None:
    assert still_to_fill(preset, filled(preset), has_secret=True) == ()


def test_that_what_is_left_to_fill_in_is_told_in_order() -> None:
    aws = find_preset("aws-iot-certificate")
    assert aws is not None
    assert still_to_fill(aws, aws.profile, has_secret=False) == aws.asks
    some = msgspec.structs.replace(aws.profile, host=AWS, key_file="/keys/thing.key")
    left = ("certificate_file", "client_identifier", "subscriptions")
    assert still_to_fill(aws, some, has_secret=False) == left
    authorizer = find_preset("aws-iot-authorizer")
    assert authorizer is not None
    assert "username" in still_to_fill(authorizer, authorizer.profile, has_secret=True)
    placeos = find_preset("placeos")
    assert placeos is not None
    fetched = msgspec.structs.replace(placeos.profile, host="h", secret_source="command")
    assert still_to_fill(placeos, placeos.profile, has_secret=False) == ("host", "secret")
    assert still_to_fill(placeos, fetched, has_secret=False) == ()


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_that_a_preset_is_a_good_profile_once_it_is_filled_in(preset: Preset) -> None:
    profile = filled(preset)
    assert profile_problem(profile) is None
    assert not any("{" in topic_filter for topic_filter in profile.subscriptions)
    secret = "c2VjcmV0" if "secret" in preset.asks else None
    make_credentials(profile, {} if secret is None else {"secret": secret}, 1795255200.0)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_that_a_preset_asks_for_fields_that_there_are_and_says_where_they_stand(
    preset: Preset,
) -> None:
    fields = {field.name for field in msgspec.structs.fields(Profile)} | {"secret"}
    assert set(preset.asks) <= fields
    assert len(set(preset.asks)) == len(preset.asks)
    assert preset.note.endswith(".")
    assert preset.help_url.startswith("https://")
    assert preset.profile.identifier == ""
    assert preset.profile.host or "host" in preset.asks
    if preset.profile.login != "password":
        assert "secret" in preset.asks


def test_that_keys_and_names_are_unique_and_groups_stand_together() -> None:
    assert len({preset.key for preset in PRESETS}) == len(PRESETS)
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)
    assert len({preset.profile.name for preset in PRESETS}) == len(PRESETS)
    groups = [preset.group for preset in PRESETS]
    assert sorted(groups, key=groups.index) == groups


def test_that_public_brokers_are_marked_and_nobody_subscribes_to_all_of_them() -> None:
    public = [preset for preset in PRESETS if preset.group == "Public test brokers"]
    assert [preset.profile.host for preset in public] == [
        "test.mosquitto.org",
        "broker.hivemq.com",
        "broker.emqx.io",
    ]
    assert {preset.profile.kind for preset in public} == {"public"}
    assert all("#" not in preset.profile.subscriptions for preset in public)


def test_that_only_brokers_at_home_are_spoken_to_without_tls() -> None:
    plain = {preset.key for preset in PRESETS if not preset.profile.tls}
    assert plain == {"mosquitto", "raspberry-pi", "sermas"}


def test_that_topic_filters_name_the_user_and_the_device() -> None:
    stack, hub = find_preset("things-stack"), find_preset("azure-iot-hub")
    assert stack is not None
    assert hub is not None
    profile = fill_in(stack.profile, {"username": "app1@ttn"})
    assert profile.subscriptions[0] == "v3/app1@ttn/devices/+/up"
    profile = fill_in(hub.profile, {"client_identifier": "thermostat-1"})
    assert profile.subscriptions[0] == "devices/thermostat-1/messages/devicebound/#"
    assert fill_in(hub.profile, {}).subscriptions == hub.profile.subscriptions
    assert topic_filter_problem(hub.profile.subscriptions[0]) is None


def test_that_what_is_no_field_cannot_be_filled_in() -> None:
    with pytest.raises(TypeError):
        fill_in(Profile(), {"hostname": "x"})
    assert find_preset("nowhere") is None
