"""The Sparkplug B edge node, read back with a reader of the wire format that is independent of its writer."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from topicscope.demo.exchange import Exchange
from topicscope.demo.plant.plant import Plant
from topicscope.demo.plant.protobuf_writer import varint_field
from topicscope.demo.plant.sparkplug import DataType, Metric, encode_payload

if TYPE_CHECKING:
    from topicscope.demo.message import Message

NODE = "spBv1.0/Harbour/{}/edge-1"


def read(data: bytes) -> list[tuple[int, int | bytes]]:
    fields: list[tuple[int, int | bytes]] = []
    position = 0

    def varint() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while position < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            fields.append((key >> 3, varint()))
            continue
        length = {1: 8, 5: 4}.get(kind) or varint()
        fields.append((key >> 3, data[position : position + length]))
        position += length
    return fields


def metrics(payload: bytes) -> list[dict[int, int | bytes]]:
    return [
        dict(read(value)) for key, value in read(payload) if key == 2 and isinstance(value, bytes)
    ]


def sequence(payload: bytes) -> int | bytes:
    return dict(read(payload))[3]


@pytest.fixture
def said() -> list[Message]:
    heard: list[Message] = []
    exchange = Exchange()
    client = exchange.attach("scada", heard.append)
    client.subscribe("spBv1.0/Harbour/#")
    plant = Plant(exchange)
    plant.start(1_800_000_000)
    plant.step(1_800_000_400)
    client.publish(
        NODE.format("NCMD"),
        encode_payload(1, [Metric(DataType.BOOLEAN, 1, "Node Control/Rebirth")]),
    )
    return heard


def test_that_a_birth_names_its_metrics_and_begins_the_sequence(said: list[Message]) -> None:
    birth, device_birth = said[0], said[1]
    assert birth.topic == NODE.format("NBIRTH")
    assert device_birth.topic == NODE.format("DBIRTH") + "/mixer"
    assert (sequence(birth.payload), sequence(device_birth.payload)) == (0, 1)
    names = [metric[1] for metric in metrics(birth.payload)]
    assert names[:2] == [b"bdSeq", b"Node Control/Rebirth"]
    assert [metric[2] for metric in metrics(device_birth.payload)] == [1, 2, 3]


def test_that_each_restart_is_a_death_with_the_number_of_its_birth(said: list[Message]) -> None:
    bd_seq = [
        metrics(message.payload)[0][11]
        for message in said[:-3]
        if "DEATH" in message.topic or "NBIRTH" in message.topic
    ]
    assert bd_seq == [0, 0, 1, 1, 2, 2, 3][: len(bd_seq)]
    assert len(bd_seq) >= 5


def test_that_data_has_aliases_and_the_sequence_has_no_gap(said: list[Message]) -> None:
    data = [message for message in said if "DATA" in message.topic]
    assert all(1 not in metric for message in data for metric in metrics(message.payload))
    counts = [sequence(m.payload) for m in said[:-3] if "NDEATH" not in m.topic]
    assert len(counts) > 300
    births = {index for index, m in enumerate(counts) if m == 0}
    steps = enumerate(pairwise(counts), start=1)
    assert all(i in births or (isinstance(a, int) and b == a + 1) for i, (a, b) in steps)


def test_that_a_rebirth_command_is_answered(said: list[Message]) -> None:
    assert [message.topic.split("/")[2] for message in said[-3:]] == ["NCMD", "NBIRTH", "DBIRTH"]
    assert sequence(said[-2].payload) == 0


def test_that_each_data_type_is_in_its_own_field() -> None:
    payload = encode_payload(
        5,
        [
            Metric(DataType.INT32, -2, "i"),
            Metric(DataType.INT64, 1 << 40, "l"),
            Metric(DataType.FLOAT, 1.5, "f"),
            Metric(DataType.DOUBLE, 2.25, "d"),
            Metric(DataType.BOOLEAN, 1, "b"),
            Metric(DataType.STRING, "ü", "s"),
        ],
        255,
    )
    found = metrics(payload)
    assert found[0][10] == 0xFFFF_FFFE
    assert found[1][11] == 1 << 40
    assert found[2][12] == struct.pack("<f", 1.5)
    assert found[3][13] == struct.pack("<d", 2.25)
    assert found[4][14] == 1
    assert found[5][15] == "ü".encode()
    assert dict(read(payload))[3] == 255


def test_that_a_negative_varint_has_ten_bytes() -> None:
    assert varint_field(1, -1) == b"\x08" + b"\xff" * 9 + b"\x01"
