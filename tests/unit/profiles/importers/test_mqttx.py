from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.unit.profiles.importers.samples import by_name, database, imported, sample_database
from topicscope.profiles.importers.imported import ImportFailed
from topicscope.profiles.importers.importing import import_bytes, import_file
from topicscope.profiles.profile import Will

if TYPE_CHECKING:
    from pathlib import Path


def test_that_an_export_is_taken_with_all_its_fields() -> None:
    (one,) = imported("mqttx/export.json").profiles
    profile = one.profile
    assert profile.url == "mqtts://10.0.0.5:8883"
    assert (profile.keep_alive, profile.connect_timeout, profile.clean_start) == (30, 15, False)
    assert profile.alpn == ("x-amzn-mqtt-ca", "mqtt")
    assert (profile.ca_file, profile.key_file) == ("/nowhere/ca.pem", "/nowhere/k.pem")
    assert profile.insecure
    assert profile.protocol_version == 5
    assert profile.session_expiry_interval == 3600
    assert profile.receive_maximum is None
    assert profile.topic_alias_maximum == 10
    assert profile.request_response_information
    assert profile.request_problem_information
    assert profile.user_properties == (("k", "v1"), ("k", "v2"), ("one", "two"))
    assert one.secrets == {"secret": "canary-4"}


def test_that_a_will_is_taken_with_its_properties() -> None:
    (one,) = imported("mqttx/export.json").profiles
    assert one.profile.will == Will(
        topic="w/t",
        payload="gone",
        qos=1,
        retain=True,
        delay_interval=5,
        payload_format_indicator=True,
        message_expiry_interval=60,
        content_type="text/plain",
        response_topic="r",
        correlation_data="01ff",
        user_properties=(("a", "b"),),
    )


def test_that_what_a_profile_cannot_keep_is_counted() -> None:
    (one,) = imported("mqttx/export.json").profiles
    assert one.profile.subscriptions == ("a/#",)
    assert one.ignored == (
        "time behind the Client Identifier",
        "QoS of 1 subscription",
        "name of 1 subscription",
        "1 subscription that was off",
        "1 message of the history",
    )


def test_that_paths_which_are_not_here_are_to_be_looked_at() -> None:
    (one,) = imported("mqttx/export.json").profiles
    assert "The CA file /nowhere/ca.pem is not on this machine." in one.check


def test_that_an_old_single_object_without_a_protocol_uses_ssl() -> None:
    (one,) = imported("mqttx/export-old-single.json").profiles
    assert one.profile.url == "mqtts://broker.example:8883"
    assert one.profile.ca_file == ""  # the server's certificate was signed by a known authority
    assert one.profile.session_expiry_interval is None
    assert "properties of MQTT 5, which is not the version spoken" in one.ignored
    assert one.check[0] == "connectTimeout: 4000 is not between 1 and 600; it was not taken."


def test_that_folders_are_kept_and_a_circle_of_them_ends() -> None:
    found = by_name(imported("mqttx/export-folders.json"))
    assert found["line"].profile.folder == "plant/hall-2"
    assert found["inner"].profile.folder == "nested"


def test_that_a_token_in_a_path_is_a_secret() -> None:
    one = by_name(imported("mqttx/export-folders.json"))["line"]
    assert one.profile.path == "/socket"
    assert one.secrets == {"path": "/socket?token=canary-5"}


@pytest.mark.parametrize("name", ["export.xml", "export.yaml", "export.csv"])
def test_that_other_formats_of_its_export_are_answered_with_what_to_do(name: str) -> None:
    with pytest.raises(ImportFailed, match="choose Export, format JSON"):
        imported(f"mqttx/{name}")


def test_that_a_text_is_no_truth() -> None:
    text = b'{"clientId":"c","name":"n","host":"h","port":1,"protocol":"mqtts","rejectUnauthorized":"false"}'
    (one,) = import_bytes(text).profiles
    assert one.profile.insecure
    (one,) = import_bytes(text.replace(b'"false"', b'"perhaps"')).profiles
    assert not one.profile.insecure
    assert "rejectUnauthorized: is not true or false; it was not taken." in one.check


def test_that_the_first_schema_of_the_database_is_read(tmp_path: Path) -> None:
    (one,) = import_file(sample_database(tmp_path, "mqttx/database-2021.sql")).profiles
    assert one.profile.url == "wss://h.example:443/mqtt"
    assert one.profile.insecure
    assert one.profile.subscriptions == ("a/#", "b")
    assert one.profile.will == Will(topic="w/t", payload="gone", qos=1, retain=True)
    assert one.secrets == {"secret": "canary-6"}


def test_that_a_later_schema_is_read_with_folders_and_properties(tmp_path: Path) -> None:
    found = import_file(sample_database(tmp_path, "mqttx/database-2023.sql"))
    (one,) = found.profiles
    assert one.profile.folder == "plant/hall"
    assert one.profile.user_properties == (("k", "v1"), ("k", "v2"))
    assert one.profile.subscriptions == ("a/#",)
    assert found.problems == ("ConnectionEntity row 2: names no broker.",)
    assert found.notes == ("2 messages of the history were not taken.",)


def test_that_the_database_is_not_written_to(tmp_path: Path) -> None:
    path = sample_database(tmp_path, "mqttx/database-2023.sql")
    before = path.read_bytes()
    import_file(path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["MQTTX.db"]


def test_that_changes_which_wait_in_a_journal_are_told(tmp_path: Path) -> None:
    path = sample_database(tmp_path, "mqttx/database-2021.sql")
    path.with_name("MQTTX.db-wal").write_bytes(b"x")
    assert "close MQTTX" in import_file(path).problems[-1]


def test_that_a_database_of_others_is_refused_with_the_table(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="table ConnectionEntity: is not there"):
        import_file(database(tmp_path, "CREATE TABLE a (b)"))


def test_that_a_view_in_place_of_a_table_is_not_run(tmp_path: Path) -> None:
    endless = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS host FROM n"
    )
    with pytest.raises(ImportFailed, match="is not there"):
        import_file(database(tmp_path, f"CREATE VIEW ConnectionEntity AS {endless}"))


def test_that_a_database_cut_short_fails_with_a_reason(tmp_path: Path) -> None:
    whole = sample_database(tmp_path, "mqttx/database-2023.sql").read_bytes()
    cut = tmp_path / "cut.db"
    for length in range(16, len(whole), 997):
        cut.write_bytes(whole[:length])
        with pytest.raises(ImportFailed, match=r"cut\.db: cannot be read: it is cut short"):
            import_file(cut)


def test_that_odd_types_in_columns_are_told(tmp_path: Path) -> None:
    path = sample_database(tmp_path, "mqttx/database-2021.sql")
    with sqlite3.connect(path) as made:
        made.execute("UPDATE ConnectionEntity SET username = x'ff00', port = 'many', clean = 'x'")
    made.close()
    (one,) = import_file(path).profiles
    assert one.profile.username == ""
    assert "ConnectionEntity row 1" in one.check[0]


def test_that_a_table_which_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    path = sample_database(tmp_path, "mqttx/database-2021.sql")
    with sqlite3.connect(path) as made:
        columns = "id, clientId, name, protocol, host, port, connectTimeout, reconnect, username, password, path"
        rest = "certType, ssl, mqttVersion, unreadMessageCount, clientIdWithTime, orderId, rejectUnauthorized, ca"
        made.execute(
            f"INSERT INTO ConnectionEntity ({columns}, {rest}, cert, key, createAt, updateAt) "
            "WITH RECURSIVE n(x) AS (SELECT 100 UNION ALL SELECT x + 1 FROM n WHERE x < 180) "
            "SELECT x, 'c', hex(zeroblob(500000)), 'mqtt', 'h', 1, 1, 0, '', '', '', '', 0, '', 0, 0, 0, 1, "
            "'', '', '', '', '' FROM n"
        )
    made.close()
    with pytest.raises(ImportFailed, match="table ConnectionEntity: it is larger than any"):
        import_file(path)
