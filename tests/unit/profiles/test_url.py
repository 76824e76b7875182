from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.profiles.profile import Profile
from topicscope.profiles.url import UrlError, parse_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("mqtt://broker", "mqtt://broker:1883"),
        ("mqtts://broker", "mqtts://broker:8883"),
        ("ws://broker", "ws://broker:80/mqtt"),
        ("wss://broker", "wss://broker:443/mqtt"),
        ("ws://broker:8083/", "ws://broker:8083/"),
        ("http://broker:8083/mqtt", "ws://broker:8083/mqtt"),
        ("https://broker/socket", "wss://broker:443/socket"),
        ("tcp://broker", "mqtt://broker:1883"),
        ("ssl://broker", "mqtts://broker:8883"),
        ("MQTT://Broker:1884/", "mqtt://Broker:1884"),
        ("localhost", "mqtt://localhost:1883"),
        ("localhost:1884", "mqtt://localhost:1884"),
        ("broker.example", "mqtt://broker.example:1883"),
        ("  mqtt://broker \n", "mqtt://broker:1883"),
        ("mqtt://[::1]", "mqtt://[::1]:1883"),
        ("[fe80::1%25eth0]:1884", "mqtt://[fe80::1%eth0]:1884"),
        ("mqtt+unix:///run/mosquitto.sock", "mqtt+unix:///run/mosquitto.sock"),
        ("mqtt+unix:///run/my%20socket", "mqtt+unix:///run/my socket"),
        ("mqtt://broker:", "mqtt://broker:1883"),
    ],
)
def test_that_an_address_is_read_as_people_write_it(text: str, url: str) -> None:
    profile, password = parse_url(text)
    assert profile.url == url
    assert password is None
    assert profile.problem() is None


@pytest.mark.parametrize(
    ("text", "username", "password"),
    [
        ("mqtt://anna@broker", "anna", None),
        ("mqtt://anna:secret@broker", "anna", "secret"),
        ("mqtt://anna:@broker", "anna", ""),
        ("mqtt://:secret@broker", "", "secret"),
        ("mqtt://a%40b:p%2Fw%3A%25@broker", "a@b", "p/w:%"),
        ("mqtt://anna:p@ss:word@broker", "anna", "p@ss:word"),
        ("anna:secret@broker:1884", "anna", "secret"),
        ("mqtt+unix://anna:secret@/run/socket", "anna", "secret"),
        ("mqtt://s%C3%B6ren:%E2%82%AC@broker", "sören", "€"),
    ],
)
def test_that_user_name_and_password_are_taken_out(
    text: str, username: str, password: str | None
) -> None:
    profile, found = parse_url(text)
    assert (profile.username, found) == (username, password)
    assert "secret" not in profile.url


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "Address"),
        ("my broker", "Address"),
        ("x" * 9000, "Address"),
        ("amqp://broker", "Scheme"),
        ("mqtt:broker", "Scheme"),
        ("mqtts:/broker", "Scheme"),
        ("mqtt://", "Host"),
        ("mqtt://:1883", "Host"),
        ("mqtt://::1", "Host"),
        ("mqtt://[::1", "Host"),
        ("mqtt://[nonsense]", "Host"),
        ("mqtt://a,b", "Host"),
        ("mqtt://bro%ker", "Host"),
        ("mqtt+unix://host/path", "Host"),
        ("mqtt://broker:port", "Port"),
        ("mqtt://broker:0", "Port"),
        ("mqtt://broker:65536", "Port"),
        ("mqtt://broker:²", "Port"),
        ("mqtt://broker:" + "9" * 5000, "Port"),
        ("mqtt://[::1]1883", "Port"),
        ("mqtt://broker/a/b", "Path"),
        ("mqtt://broker/#", "Path"),
        ("ws://broker/a#b", "Path"),
        ("ws://broker/ä", "Path"),
        ("ws://broker/%zz", "Path"),
        ("mqtt+unix://", "Path"),
        ("mqtt://a%ff@broker", "User name"),
        ("mqtt://anna:100%@broker", "Password"),
        ("mqtt://anna:se/cret@broker", "Password"),
    ],
)
def test_that_a_wrong_address_is_refused_with_the_part_that_is_wrong(text: str, part: str) -> None:
    with pytest.raises(UrlError) as caught:
        parse_url(text)
    assert caught.value.part == part
    assert str(caught.value).startswith(f"{part}: ")


@pytest.mark.parametrize(
    "text",
    [
        "mqtt://anna:canary%@broker",
        "mqtt://anna:canary%ff@broker",
        "mqtt://anna:canary/x@broker",
        "mqtt://anna:canary#x@broker",
        "mqtt://anna:canary@broker:port",
        "mqtt://anna:can ary@broker",
        "amqp://anna:canary@broker",
    ],
)
def test_that_no_error_repeats_a_password(text: str) -> None:
    with pytest.raises(UrlError) as caught:
        parse_url(text)
    assert "canary" not in str(caught.value)


def test_that_a_token_in_a_query_reaches_the_broker_but_not_the_screen() -> None:
    profile, _ = parse_url("wss://broker/mqtt?token=canary")
    assert profile.path == "/mqtt?token=canary"
    assert "canary" not in profile.url


@given(st.text(max_size=60))
def test_that_any_text_gives_a_profile_or_a_reason(text: str) -> None:
    for candidate in (text, "mqtt://" + text, "ws://" + text):
        try:
            profile, _ = parse_url(candidate)
        except UrlError:
            continue
        assert isinstance(profile, Profile)


@given(
    st.sampled_from(["mqtt", "mqtts", "ws", "wss"]),
    st.sampled_from(["broker.example", "10.0.0.1", "[2001:db8::1]"]),
    st.integers(1, 65535),
)
def test_that_the_url_of_a_profile_reads_as_the_same_profile(
    scheme: str, host: str, port: int
) -> None:
    profile, _ = parse_url(f"{scheme}://{host}:{port}")
    assert parse_url(profile.url) == (profile, None)
