from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.profiles.problems import profile_problem
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
        ("http://localhost:8080/mqtt", "ws://localhost:8080/mqtt"),
        ("mqtt+ssl://broker", "mqtts://broker:8883"),
        ("mqtt+wss://broker/socket", "wss://broker:443/socket"),
        ("<mqtt://broker>", "mqtt://broker:1883"),
        ('"broker:1884"', "mqtt://broker:1884"),
        ("http://broker:8083/mqtt", "ws://broker:8083/mqtt"),
        ("https://broker/socket", "wss://broker:443/socket"),
        ("tcp://broker", "mqtt://broker:1883"),
        ("ssl://broker", "mqtts://broker:8883"),
        ("MQTT://Broker:1884/", "mqtt://Broker:1884"),
        ("localhost", "mqtt://localhost:1883"),
        ("localhost:1884", "mqtt://localhost:1884"),
        ("broker:8883", "mqtts://broker:8883"),
        ("mqtt://broker:8883", "mqtt://broker:8883"),
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
    assert profile_problem(profile) is None


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
        ("mqtt://broker/a#", "Path"),
        ("mqtt://broker#a", "Path"),
        ("mqtt://broker/a%00", "Path"),
        ("mqtt://broker:8083/mqtt", "Path"),
        ("mqtt://broker:9001/ws/", "Path"),
        ("mqtt://broker?colour=red", "Query"),
        ("mqtt://broker?clientId=%zz", "Query"),
        ("mqtt://broker?keepAlive=often", "Query"),
        ("mqtt://broker?keepAlive=65536", "Query"),
        ("mqtt://broker?clean=maybe", "Query"),
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
        "mqtt://broker?canary=1",
        "mqtt://broker?password=canary&keepAlive=canary",
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


@pytest.mark.parametrize(
    ("text", "topic_filter"),
    [
        ("mqtt://broker/plant/line1", "plant/line1"),
        ("mqtt://broker/#", "#"),
        ("mqtts://broker:8883/plant/+/t/#?clientId=me", "plant/+/t/#"),
        ("mqtt://broker//from/the/root", "/from/the/root"),
        ("broker/b%C3%BCro", "büro"),
        ("mqtt://broker/mqtt/status", "mqtt/status"),
    ],
)
def test_that_behind_mqtt_over_tcp_stands_a_topic_filter(text: str, topic_filter: str) -> None:
    profile, _ = parse_url(text)
    assert profile.subscriptions == (topic_filter,)
    assert profile_problem(profile) is None


@pytest.mark.parametrize(
    ("query", "changes", "password"),
    [
        ("clientId=me%201", {"client_identifier": "me 1"}, None),
        ("client_id=a+b", {"client_identifier": "a b"}, None),
        ("username=anna&password=p%26w", {"username": "anna"}, "p&w"),
        ("keepAlive=30&cleanSession=false", {"keep_alive": 30, "clean_start": False}, None),
        ("&clean=1&", {}, None),
        ("", {}, None),
    ],
)
def test_that_settings_in_a_query_are_read(
    query: str, changes: dict[str, Any], password: str | None
) -> None:
    assert parse_url(f"mqtt://broker/?{query}") == (Profile(host="broker", **changes), password)
    assert parse_url(f"mqtt://broker?{query}") == (Profile(host="broker", **changes), password)


def test_that_the_front_of_an_address_wins_over_its_query() -> None:
    profile, password = parse_url("mqtt://anna:hush@broker?username=bob&password=x")
    assert (profile.username, password) == ("anna", "hush")


TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("user_info", "login", "username", "secret"),
    [
        (TOKEN, "token_as_user_name", "", TOKEN),
        (f"{TOKEN}:-", "token_as_user_name", "", TOKEN),
        (f"{TOKEN}:{TOKEN}", "api_key", "", TOKEN),
        (f"anna:{TOKEN}", "token_as_password", "anna", TOKEN),
        (f":{TOKEN}", "token_as_password", "", TOKEN),
        ("anna:a.b.c", "password", "anna", "a.b.c"),
        ("a.b.c", "password", "a.b.c", None),
    ],
)
@pytest.mark.parametrize("address", ["mqtts://{}@broker", "wss://{}@broker/mqtt?room=7"])
def test_that_a_token_goes_where_it_belongs(
    address: str, user_info: str, login: str, username: str, secret: str | None
) -> None:
    profile, found = parse_url(address.format(user_info))
    assert (profile.login, profile.username, found) == (login, username, secret)
    assert TOKEN not in repr(profile)


@given(st.text(max_size=60))
def test_that_any_text_gives_a_profile_or_a_reason(text: str) -> None:
    fronts = ("", "mqtt://", "ws://", "mqtt://broker/", "mqtt://broker?clientId=")
    for candidate in (front + text for front in fronts):
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
