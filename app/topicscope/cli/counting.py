"""Counting the received messages of a batch, and cutting it behind one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from topicscope.mqtt.control_packets import ControlPacketType, Direction

if TYPE_CHECKING:
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


def _received(batch: Batch) -> NDArray[np.intp]:
    if batch.direction is not Direction.IN:
        return np.empty(0, np.intp)
    return np.flatnonzero(batch.first_byte >> 4 == ControlPacketType.PUBLISH)
