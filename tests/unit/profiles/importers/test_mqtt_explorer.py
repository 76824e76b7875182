from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from tests.unit.profiles.importers.samples import by_name, imported
from topicscope.profiles.importers.embedded import safe_name, with_files
from topicscope.profiles.importers.imported import ImportFailed
from topicscope.profiles.importers.importing import import_bytes

if TYPE_CHECKING:
    from pathlib import Path


def test_that_protocol_and_encryption_together_say_the_transport() -> None:
    found = by_name(imported("mqtt-explorer/settings-v1.json"))
    assert found["lab"].profile.url == "mqtts://10.0.0.5:8883"
    assert found["gateway"].profile.url == "wss://gateway.example:443/api/mqtt"


def test_that_login_and_subscriptions_are_taken_and_the_own_client_identifier_is_not() -> None:
    one = by_name(imported("mqtt-explorer/settings-v1.json"))["lab"]
    assert one.profile.username == "anna"
    assert one.secrets == {"secret": "canary-1"}
    assert one.profile.client_identifier == ""
    assert one.profile.subscriptions == ("plant/#", "$SYS/#")
    assert one.ignored == ("QoS of 1 subscription", "1 chart")


def test_that_a_client_identifier_of_ones_own_is_kept_and_warned_of() -> None:
    one = by_name(imported("mqtt-explorer/settings-v1.json"))["gateway"]
    assert one.profile.client_identifier == "desk-1"
    assert any("push each other off" in sentence for sentence in one.check)


def test_that_no_verification_stays_so_and_is_to_be_looked_at() -> None:
    one = by_name(imported("mqtt-explorer/settings-v1.json"))["gateway"]
    assert one.profile.insecure
    assert any("not verified" in sentence for sentence in one.check)


def test_that_the_connections_it_ships_are_left_out() -> None:
    found = imported("mqtt-explorer/settings-v1.json")
    assert set(by_name(found)) == {"lab", "gateway"}
    assert "test.mosquitto.org" in found.notes[0]
    assert found.problems == ()


def test_that_embedded_certificates_are_written_for_the_user_alone_and_over_nothing(
    tmp_path: Path,
) -> None:
    one = by_name(imported("mqtt-explorer/settings-v1.json"))["lab"]
    assert [file.name for file in one.files] == ["ca.pem", "c.pem", "k.pem"]
    (tmp_path / "ca.pem").write_text("mine", encoding="utf-8")
    written = with_files(one, tmp_path)
    assert (tmp_path / "ca.pem").read_text(encoding="utf-8") == "mine"
    assert written.profile.ca_file == str(tmp_path / "ca-2.pem")
    assert (tmp_path / "ca-2.pem").read_text(encoding="utf-8").startswith("-----BEGIN")
    assert stat.S_IMODE((tmp_path / "k.pem").stat().st_mode) == 0o600
    assert written.files == ()
    assert "PRIVATE" not in repr(one)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../x.pem", "x.pem"),
        ("C:\\a\\b.pem", "b.pem"),
        ("..", "ca.pem"),
        ("", "ca.pem"),
        ("con.pem", "ca.pem"),
    ],
)
def test_that_a_suggested_file_name_stays_in_its_folder(name: str, safe: str) -> None:
    assert safe_name(name, "ca.pem") == safe


def test_that_version_0_is_read_with_its_plain_topics() -> None:
    found = by_name(imported("mqtt-explorer/settings-v0.json"))
    assert found["old"].profile.host == "mqtt.eclipse.org"
    assert found["old"].profile.client_identifier == ""
    assert found["old"].profile.subscriptions == ("#", "$SYS/#")
    assert found["sockets"].profile.url == "ws://ws.example:8080/ws"


def test_that_the_single_connection_of_the_local_storage_is_read() -> None:
    (one,) = imported("mqtt-explorer/local-storage.json").profiles
    assert one.profile.url == "mqtts://broker.example:8883"
    assert one.profile.insecure
    assert one.profile.subscriptions == ()


def test_that_a_bad_connection_hides_no_other() -> None:
    found = imported("damaged/mqtt-explorer-types.json")
    assert by_name(found)["good"].profile.port == 1883
    assert not by_name(found)["good"].profile.tls  # "false" is not true
    assert len(found.profiles) == 2
    assert found.problems == (
        "ConnectionManager_connections.bad: is no connection.",
        "ConnectionManager_connections.nohost: names no broker.",
    )


def test_that_a_value_of_a_wrong_type_is_told_with_its_place_and_without_the_value() -> None:
    one = imported("damaged/mqtt-explorer-types.json").profiles[1]
    places = [sentence.partition(":")[0] for sentence in one.check]
    assert "ConnectionManager_connections.types.port" in places
    assert "ConnectionManager_connections.types.subscriptions[1].topic" in places
    assert "ConnectionManager_connections.types.password" in places


def test_that_a_key_named_twice_spoils_its_own_connection() -> None:
    found = imported("damaged/twice-named.json")
    assert found.problems == ("ConnectionManager_connections.a.host: stands there twice.",)
    (one,) = found.profiles
    assert one.profile.host == "good"
    assert "port: is not a whole number" in one.check[0]


def test_that_a_key_named_twice_around_the_connections_spoils_the_file() -> None:
    with pytest.raises(ImportFailed, match=r"ConnectionManager_connections\.a: stands there twice"):
        import_bytes(b'{"ConnectionManager_connections": {"a": {}, "a": {}}}')
    with pytest.raises(ImportFailed, match=r"^x: stands there twice"):
        import_bytes(b'{"x": 1, "x": 2, "ConnectionManager_connections": {}}')


def test_that_json_cut_short_is_told_with_its_line() -> None:
    with pytest.raises(ImportFailed) as failure:
        imported("damaged/truncated.json")
    assert failure.value.place.startswith("line 3")
