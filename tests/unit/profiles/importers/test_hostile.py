from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.profiles.importers.samples import FILES, SAMPLES, database
from topicscope.profiles.importers.imported import ImportFailed
from topicscope.profiles.importers.importing import import_bytes, import_file
from topicscope.profiles.importers.own import export_profiles
from topicscope.profiles.importers.places import known_places
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = [path.read_bytes() for path in FILES] + [export_profiles([Profile(name="p")])]
KEYS = """
    id clientId name host port protocol ssl certType ca path will properties subscriptions messages parentId
    isCollection children userProperties mqttVersion ALPNProtocols orderId encryption basePath clientCertificate
    configVersion username password connectTimeout topicscope_profiles profiles version transport
"""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def read(data: bytes) -> None:
    """Import, and make sure that what comes out can be kept."""
    with contextlib.suppress(ImportFailed):
        for one in import_bytes(data, "mosquitto_sub").profiles:
            export_profiles([one.profile])


@settings(max_examples=300)
@given(
    st.binary(max_size=400), st.sampled_from([b"", b"{", b"<a>", b"-h ", b"[{", b"mosquitto_sub "])
)
def test_that_arbitrary_bytes_raise_nothing_else(data: bytes, start: bytes) -> None:
    read(start + data)


@settings(max_examples=600)
@given(st.data())
def test_that_mutated_files_raise_nothing_else(data: st.DataObject) -> None:
    text = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 40))
        text[at : at + length] = data.draw(
            st.binary(max_size=8)
            | st.sampled_from(
                [b"null", b"[]", b"{}", b"-1", b"1e999", b"NaN", b'"\\ud800"', b"\xff", b"</"]
            )
        )
    read(bytes(text))


@settings(max_examples=300)
@given(
    st.dictionaries(st.sampled_from(KEYS.split()), JSON),
    st.sampled_from(["mqttx", "explorer", "own", "bare"]),
)
def test_that_values_of_any_type_raise_nothing_else(values: dict[str, object], kind: str) -> None:
    whole: object = {
        "mqttx": [{"clientId": "c", "host": "h"} | values],
        "explorer": {"ConnectionManager_connections": {"a": {"host": "h"} | values}},
        "own": {"topicscope_profiles": 1, "profiles": [{"version": 1} | values]},
        "bare": values,
    }[kind]
    read(json.dumps(whole).encode())


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0), st.binary(min_size=1, max_size=30))
def test_that_a_damaged_database_raises_nothing_else(
    tmp_path: Path, seed: int, damage: bytes
) -> None:
    whole = tmp_path / "whole.db"
    if not whole.exists():
        script = (SAMPLES / "mqttx/database-2023.sql").read_text(encoding="utf-8")
        database(tmp_path, script).rename(whole)
    data = bytearray(whole.read_bytes())
    at = 16 + seed % (len(data) - 16)
    data[at : at + len(damage)] = damage
    broken = tmp_path / "broken.db"
    broken.write_bytes(data)
    with contextlib.suppress(ImportFailed):
        import_file(broken)


def test_that_a_hundred_megabytes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.write(b"{")
        file.truncate(100 << 20)
    with pytest.raises(ImportFailed, match=r"large\.json: more than 16 MB"):
        import_file(path)


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 70 + b"]" * 70])
def test_that_deep_nesting_is_refused(data: bytes) -> None:
    with pytest.raises(ImportFailed, match="nested deeper than 64 levels"):
        import_bytes(data)


def test_that_a_number_without_end_is_refused() -> None:
    with pytest.raises(ImportFailed, match="is not JSON"):
        import_bytes(b"[" + b"1" * 5000 + b"]")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"\x89PNG\r\n\xff\xfe", "is not text"),
        (b"hello", "no file of"),
    ],
)
def test_that_what_is_no_file_of_connections_is_told_so(data: bytes, reason: str) -> None:
    with pytest.raises(ImportFailed, match=reason):
        import_bytes(data, "file")


def test_that_a_folder_and_a_missing_file_are_told_so(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="is not a file"):
        import_file(tmp_path)
    with pytest.raises(ImportFailed, match="does not exist"):
        import_file(tmp_path / "nothing")


def test_that_files_with_a_byte_order_mark_are_read() -> None:
    text = '{"clientId": "c", "name": "ü", "host": "h"}'
    for encoding in ("utf-8-sig", "utf-16"):
        (one,) = import_bytes(text.encode(encoding)).profiles
        assert one.profile.name == "ü"


def test_that_a_name_is_one_line_without_marks_nobody_sees() -> None:
    (one,) = import_bytes(b'{"clientId": "", "name": "a\\u202eb\\nc", "host": "h"}').profiles
    assert one.profile.name == "a b c"


def test_that_the_places_of_this_machine_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    settings_file = tmp_path / ".config" / "MQTT-Explorer" / "settings.json"
    settings_file.parent.mkdir(parents=True)
    settings_file.write_text("{}", encoding="utf-8")
    (tmp_path / ".config" / "mosquitto_sub").write_text("-h h\n", encoding="utf-8")
    assert known_places() == [
        ("MQTT Explorer", settings_file),
        ("Mosquitto", tmp_path / ".config" / "mosquitto_sub"),
    ]
