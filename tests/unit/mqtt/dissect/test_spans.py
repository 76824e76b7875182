"""Whatever the bytes are: no exception, and the leaves cover the packet from end to end."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.mqtt.dissect.corpus import PACKETS, packet, tree
from topicscope.mqtt.control_packets import Direction
from topicscope.mqtt.dissect import Field, dissect, field_to_json, leaves, mask_secrets, summary

VERSION = st.sampled_from([0, 3, 4, 5, 6])
DIRECTION = st.sampled_from([None, Direction.IN, Direction.OUT])
WHOLE = st.builds(packet, st.integers(0, 255), st.binary(max_size=60))
KNOWN = st.sampled_from([data for data, _ in PACKETS.values()])


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Take a good packet, change some bytes of it, cut it or add to it."""
    data = bytearray(draw(KNOWN))
    for _ in range(draw(st.integers(0, 4))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    cut = draw(st.integers(0, len(data)))
    return bytes(data[: cut or None]) + draw(st.binary(max_size=4))


def assert_tiles(root: Field, size: int) -> None:
    """Check that children lie in order inside their parent and that the leaves leave no gap."""
    assert (root.start, root.end) == (0, size)
    for field in tree(root):
        position = field.start
        for child in field.children:
            shares_byte = (child.start, child.end) == (field.start, field.end)
            assert shares_byte or child.start >= position
            assert field.start <= child.start <= child.end <= field.end
            position = child.end
    covered = 0
    for leaf in leaves(root):
        assert leaf.start == covered or leaf.end == covered, leaf
        covered = leaf.end
    assert covered == size


@pytest.mark.parametrize("name", PACKETS)
def test_that_a_good_packet_has_no_problem_and_no_gap(name: str) -> None:
    data, version = PACKETS[name]
    root = dissect(data, version)
    assert_tiles(root, len(data))
    assert [field for field in tree(root) if field.problem] == []


@pytest.mark.parametrize("name", PACKETS)
def test_that_a_packet_cut_anywhere_is_covered_and_has_a_problem(name: str) -> None:
    data, version = PACKETS[name]
    for end in range(len(data)):
        root = dissect(data[:end], version)
        assert_tiles(root, end)
        assert any(field.problem for field in tree(root))


@settings(deadline=None, max_examples=600)
@given(st.one_of(st.binary(max_size=80), WHOLE, damaged()), VERSION, DIRECTION, st.booleans())
@example(b"", 5, None, False)
@example(b"\x10", 5, None, False)
@example(b"\x30\xff\xff\xff\x7f\xff\xff", 5, None, False)
@example(b"\x82\xff\xff\xff\xff\xff", 5, None, False)
def test_that_any_bytes_are_dissected_without_a_gap(
    data: bytes, version: int, direction: Direction | None, reveal: bool
) -> None:
    root = dissect(data, version, direction, reveal=reveal)
    assert_tiles(root, len(data))
    assert isinstance(summary(data, version), str)
    assert len(mask_secrets(data, root)) == len(data)
    json.dumps(field_to_json(root), allow_nan=False)
    for field in tree(root):
        for text in (field.name, field.value, field.problem):
            assert text.isprintable(), text


@settings(deadline=None)
@given(WHOLE, VERSION)
def test_that_dissecting_twice_gives_the_same_tree(data: bytes, version: int) -> None:
    assert dissect(data, version) == dissect(data, version)
