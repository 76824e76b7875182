"""The received messages of a batch: counted, one by one, or cut behind one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from topicscope.mqtt.control_packets import RETAIN_BIT, ControlPacketType, Direction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from topicscope.capture.batch import Batch


def count_received(batch: Batch) -> int:
    """Count the Application Messages that came in."""
    return len(_received(batch))


def first_received(batch: Batch, count: int) -> Batch:
    """Return the batch up to and with its received message number `count`, from 1."""
    rows = int(_received(batch)[count - 1]) + 1
    size = int(batch.offset[rows - 1]) + int(batch.length[rows - 1])
    return replace(
        batch,
        raw=batch.raw[:size],
        first_byte=batch.first_byte[:rows],
        offset=batch.offset[:rows],
        length=batch.length[:rows],
        topic=batch.topic[:rows],
        packet_identifier=batch.packet_identifier[:rows],
        payload_offset=batch.payload_offset[:rows],
    )


class Message(NamedTuple):
    """An Application Message as it came in."""

    topic: bytes
    payload: bytes
    retain: bool


def received_messages(batch: Batch, topics: Sequence[bytes]) -> Iterator[Message]:
    """Yield the Application Messages that came in; `topics` are the Topic Names by their ids."""
    for row in _received(batch).tolist():
        topic_id = int(batch.topic[row])
        if 0 <= topic_id < len(topics):
            begin = int(batch.offset[row])
            payload = batch.raw[
                begin + int(batch.payload_offset[row]) : begin + int(batch.length[row])
            ]
            retain = bool(int(batch.first_byte[row]) & RETAIN_BIT)
            yield Message(topics[topic_id], payload, retain)


def _received(batch: Batch) -> NDArray[np.intp]:
    if batch.direction is not Direction.IN:
        return np.empty(0, np.intp)
    return np.flatnonzero(batch.first_byte >> 4 == ControlPacketType.PUBLISH)
