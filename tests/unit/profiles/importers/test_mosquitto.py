from __future__ import annotations

import pytest

from tests.unit.profiles.importers.samples import imported
from topicscope.profiles.importers.imported import ImportFailed
from topicscope.profiles.importers.importing import import_bytes
from topicscope.profiles.profile import Proxy, Will


def test_that_an_option_file_is_read_with_values_up_to_the_end_of_their_lines() -> None:
    (one,) = imported("mosquitto/mosquitto_sub").profiles
    profile = one.profile
    assert profile.url == "mqtts://10.0.0.5:8883"
    assert profile.username == "anna"
    assert one.secrets["secret"] == 'canary-12 with spaces "and quotes"'
    assert profile.subscriptions == ("plant/#", "$SYS/#")
    assert (profile.client_identifier, profile.keep_alive) == ("desk-1", 30)
    assert profile.protocol_version == 5
    assert not profile.clean_start
    assert profile.session_expiry_interval == 0xFFFF_FFFF
    assert profile.alpn == ("mqtt",)
    assert profile.ca_file == "/nowhere/ca.pem"
    assert "“--frobnicate”" in one.ignored


def test_that_proxy_properties_and_will_are_taken() -> None:
    (one,) = imported("mosquitto/mosquitto_sub").profiles
    assert one.profile.proxy == Proxy(host="proxy.example", port=1081, username="me@home")
    assert one.secrets["proxy_password"] == "canary-13"
    assert one.profile.receive_maximum == 20
    assert one.profile.user_properties == (("k", "v w"),)
    assert one.profile.will == Will(
        topic="w/t", payload="gone for ever", qos=1, retain=True, message_expiry_interval=60
    )


def test_that_insecure_means_more_here_and_is_told() -> None:
    (one,) = imported("mosquitto/mosquitto_sub").profiles
    assert one.profile.insecure
    assert one.check[0].startswith("--insecure leaves out the check of the name")


def test_that_the_topic_of_a_message_is_no_subscription() -> None:
    (one,) = imported("mosquitto/mosquitto_pub").profiles
    assert one.profile.url == "mqtts://broker.example:8883"
    assert one.profile.subscriptions == ()
    assert one.ignored == ("the topic of the message", "the message")


def test_that_a_socket_is_taken_and_requests_speak_mqtt_5() -> None:
    (one,) = imported("mosquitto/mosquitto_rr").profiles
    assert one.profile.url == "mqtt+unix:///run/mosquitto.sock"
    assert one.profile.protocol_version == 5


def test_that_each_command_of_a_script_is_a_profile_and_a_broken_one_hides_none() -> None:
    found = imported("mosquitto/watch.sh")
    first, second = found.profiles
    assert first.profile.name == "watch"
    assert second.profile.name == "watch (2)"
    assert first.profile.subscriptions == ("a/#",)
    assert first.profile.session_expiry_interval == 0xFFFF_FFFF
    assert first.secrets == {"secret": "canary 15"}
    assert second.profile.protocol_version == 3
    assert found.problems == ("line 6: -h needs a value behind it.",)


@pytest.mark.parametrize("text", [b"-h\n", b"-h host\nnonsense\n", b"-L http://x/\n"])
def test_that_a_line_which_is_no_option_is_told(text: bytes) -> None:
    try:
        problems = import_bytes(text).problems
    except ImportFailed as failure:
        problems = (str(failure),)
    assert len(problems) == 1


def test_that_port_8883_means_tls_and_is_to_be_looked_at() -> None:
    (one,) = import_bytes(b"-h h\n-p 8883\n").profiles
    assert one.profile.tls
    assert one.check == ("TLS is used because the port is 8883.",)


def test_that_tls_without_a_port_uses_the_port_of_tls() -> None:
    (one,) = import_bytes(b"-h h\n--cafile /x\n").profiles
    assert one.profile.port == 8883
