from __future__ import annotations

import pytest

from tests.unit.profiles.importers.samples import by_name, imported
from topicscope.profiles.importers.imported import ImportFailed
from topicscope.profiles.importers.importing import import_bytes
from topicscope.profiles.profile import Will


def test_that_mqttfx_profiles_are_read_and_unknown_settings_are_named() -> None:
    one = by_name(imported("mqttfx/mqttfx-config.xml"))["lab"]
    assert one.profile.url == "mqtt://10.0.0.5:1883"
    assert (one.profile.keep_alive, one.profile.connect_timeout) == (45, 30)
    assert one.profile.protocol_version == 3
    assert not one.profile.clean_start
    assert one.secrets == {"secret": "canary-8"}
    assert one.ignored == (
        "1 predefined message",
        "1 recent topic of publishing",
        "2 recent topics of subscribing",
        "“uselwt”",
        "“maxinflight”",
    )


def test_that_tls_of_mqttfx_is_offered_where_files_or_the_port_speak_for_it() -> None:
    secure = by_name(imported("mqttfx/mqttfx-config.xml"))["secure"]
    assert secure.profile.url == "mqtts://secure.example:8884"
    assert secure.check[0].startswith("TLS is used because certificate files are given")
    (one,) = imported("mqttfx/attributes.xml").profiles
    assert one.check[0].startswith("TLS is used because the port is 8883")


def test_that_mqttfx_names_are_compared_without_case_and_attributes_count() -> None:
    (one,) = imported("mqttfx/attributes.xml").profiles
    assert one.profile.name == "attributes"
    assert one.profile.host == "10.0.0.6"
    assert one.profile.protocol_version == 5


def test_that_the_first_form_of_mqtt_spy_is_read() -> None:
    found = by_name(imported("mqtt-spy/version-0.0.5.xml"))
    assert found["user1@localhost"].profile.url == "mqtt://127.0.0.1:1883"
    assert found["user2@localhost"].profile.subscriptions == ("/test1/", "/test2/")
    assert found["user2@localhost"].ignored == ("QoS of 1 subscription", "2 topics of publishing")


def test_that_each_address_of_mqtt_spy_becomes_a_profile() -> None:
    found = by_name(imported("mqtt-spy/mqtt-spy-configuration.xml"))
    assert set(found) == {"twin", "twin (two.example:8884)", "socket"}
    assert found["twin"].profile.url == "mqtts://one.example:8883"
    assert found["twin (two.example:8884)"].profile.url == "mqtts://two.example:8884"
    assert "2 addresses in turn" in found["twin"].check[0]


def test_that_passwords_of_mqtt_spy_are_base64_and_a_will_is_taken() -> None:
    one = by_name(imported("mqtt-spy/mqtt-spy-configuration.xml"))["twin"]
    assert one.secrets == {"secret": "canary-9", "passphrase": "canary-10"}
    assert one.profile.will == Will(topic="w/t", payload="gone", qos=1, retain=True)
    assert one.profile.key_file == "/nowhere/c.key"


def test_that_websocket_and_key_stores_of_mqtt_spy_are_understood() -> None:
    one = by_name(imported("mqtt-spy/mqtt-spy-configuration.xml"))["socket"]
    assert one.profile.url == "wss://ws.example:8080/mqtt"
    assert "Key stores of Java are not read" in " ".join(one.check)
    assert "canary-11" not in repr(one)


def test_that_an_unknown_scheme_of_mqtt_spy_is_a_problem_with_its_line() -> None:
    problems = imported("mqtt-spy/mqtt-spy-configuration.xml").problems
    assert problems[0].startswith("line 40, connectionv2: ServerURI: Scheme: “amqp”")


@pytest.mark.parametrize("name", ["billion-laughs", "external-entity"])
def test_that_entities_are_refused_with_their_line(name: str) -> None:
    with pytest.raises(ImportFailed, match="line 2: it declares a document type or entities"):
        imported(f"damaged/{name}.xml")


def test_that_broken_xml_is_told_with_its_place() -> None:
    with pytest.raises(ImportFailed, match="line 2, column 22: is not XML: mismatched tag"):
        imported("damaged/not-closed.xml")


def test_that_deep_and_endless_xml_is_refused() -> None:
    with pytest.raises(ImportFailed, match="nested deeper than 64"):
        import_bytes(b"<a>" * 100_000)
    with pytest.raises(ImportFailed, match="more than 200,000 elements"):
        import_bytes(b"<a>" + b"<b/>" * 200_001 + b"</a>")


def test_that_other_xml_is_no_file_of_connections() -> None:
    with pytest.raises(ImportFailed, match="line 1, html: this XML has no connections"):
        import_bytes(b"<html/>")
