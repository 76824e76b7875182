"""Snapshots on disk: every byte comes back, and nothing else is mistaken for one."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.automation.retained.files import (
    SnapshotError,
    SnapshotStore,
    read_header,
    read_snapshot,
    snapshot_bytes,
)
from topicscope.automation.retained.seen import RetainedMessage, Snapshot
from topicscope.mqtt.properties import USER_PROPERTY
from topicscope.profiles.files import StoreError

if TYPE_CHECKING:
    from pathlib import Path

TAKEN_NS = 1_795_255_200_123_456_789

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
PROPERTIES = st.lists(
    st.one_of(
        st.tuples(st.just(2), st.integers(0, 2**32 - 1)),
        st.tuples(st.just(1), st.integers(0, 1)),
        st.tuples(st.just(3), TEXTS),
        st.tuples(st.just(9), st.binary(max_size=20)),
        st.tuples(st.just(USER_PROPERTY), st.tuples(TEXTS, TEXTS)),
    ),
    max_size=6,
).map(tuple)
MESSAGES = st.builds(
    RetainedMessage,
    topic=st.binary(min_size=1, max_size=20),
    payload=st.binary(min_size=1, max_size=40),
    qos=st.integers(0, 2),
    properties=PROPERTIES,
    seen_since_ns=st.integers(0, 2**62),
    is_certain=st.booleans(),
)


def some() -> Snapshot:
    messages = [
        RetainedMessage("a/ü".encode(), b'{"on": true}', 1, ((3, "text"),), TAKEN_NS),
        RetainedMessage(b"\xff\n", b"\0\xff\n", 2, ((9, b"\0\xff"), (38, ("k", "v")))),
    ]
    return Snapshot({one.topic: one for one in messages}, TAKEN_NS, "mqtt://broker:1883")


@given(st.lists(MESSAGES, max_size=5))
def test_that_every_snapshot_comes_back_as_it_was(messages: list[RetainedMessage]) -> None:
    snapshot = Snapshot({one.topic: one for one in messages}, TAKEN_NS, "mqtt://ü")
    assert read_snapshot(snapshot_bytes(snapshot)) == snapshot


@given(st.binary(max_size=200))
def test_that_arbitrary_bytes_raise_nothing_but_their_error(data: bytes) -> None:
    whole = snapshot_bytes(some())
    for one in (data, whole + data, whole[: len(data)] + data, data + whole):
        with contextlib.suppress(SnapshotError):
            read_snapshot(one)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = ["topic", "topic_base64", "payload", "payload_base64", "qos", "properties", "seen_since_ns"]
NAMES = ["user_property", "correlation_data", "content_type", "topic_alias", "nothing"]


@given(
    st.dictionaries(st.sampled_from(KEYS), JSON),
    st.lists(st.tuples(st.sampled_from(NAMES), JSON), max_size=2),
)
def test_that_arbitrary_lines_raise_nothing_but_their_error(
    line: dict[str, object], properties: list[tuple[str, object]]
) -> None:
    header = snapshot_bytes(some()).split(b"\n")[0]
    for one in (line, {"topic": "a", "payload": "b", "properties": properties}):
        with contextlib.suppress(SnapshotError):
            read_snapshot(header + b"\n" + json.dumps(one).encode())


def test_that_text_stays_readable() -> None:
    lines = snapshot_bytes(some(), "before clearing").decode().splitlines()
    assert '"taken":"2026-11-21T10:00:00Z"' in lines[0]
    assert read_header(lines[0].encode()).note == "before clearing"
    assert lines[1].startswith('{"topic":"a/ü","payload":"{\\"on\\": true}"')
    assert '"topic_base64":"/wo="' in lines[2]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[: data.rindex(b"{")], "has 1 messages; its first line says 2"),
        (lambda data: data.replace(b'"version":1', b'"version":9'), "version 9, made by a newer"),
        (lambda data: data.replace(b"topicscope-retained", b"other"), "This is no snapshot"),
        (lambda data: data.replace(b'"qos":1', b'"qos":3'), "Line 2 is no retained message"),
        (lambda data: data.replace(b"/wo=", b"/w"), "Line 3 is no retained message"),
        (lambda data: data.replace(b"content_type", b"nonsense"), "there is no property nonsense"),
    ],
)
def test_that_a_broken_file_is_told(change: object, words: str) -> None:
    with pytest.raises(SnapshotError, match=words):
        read_snapshot(change(snapshot_bytes(some())))  # type: ignore[operator]


def test_that_a_store_lists_the_newest_first_and_leaves_other_files_alone(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path / "new" / "folder")
    old = store.keep(some(), "old")
    new = store.keep(Snapshot({}, TAKEN_NS + 10**9, "b"), "new")
    (old.parent / "x.retained.ndjson").write_bytes(b"\xff\n")
    assert [(path, header.note) for path, header in store.list()] == [(new, "new"), (old, "old")]
    assert store.load(old) == some()
    store.delete(new)
    assert [path for path, _ in store.list()] == [old]
    with pytest.raises(SnapshotError, match="could not be read"):
        store.load(new)


def test_that_a_disk_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="could not be written"):
        SnapshotStore(tmp_path / "file").keep(some())
