"""The columns of one run of packets, filled with numpy; nothing here runs once per packet but one look-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topicscope.capture.batch import NO_TOPIC
from topicscope.mqtt.control_packets import QOS_BITS, ControlPacketType

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Columns:
    """Whole packets in `data`, and one value a packet in each array.

    Attributes:
        start: begin of each packet in `data`, in bytes.
        length: its length in bytes.
        header: length of its fixed header in bytes (section 2.1).
        name_length: length of the Topic Name of a PUBLISH in bytes; valid where `whole`.
        whole: whether the variable header of a PUBLISH fits into its packet.
        topic, identifier, payload: as in `Batch`.

    """

    __slots__ = (
        "data",
        "first",
        "header",
        "identifier",
        "length",
        "name_length",
        "octets",
        "payload",
        "start",
        "topic",
        "whole",
    )

    def __init__(self, data: bytes, start: NDArray[np.int64], length: NDArray[np.int64]) -> None:
        self.data = data
        self.octets = np.frombuffer(data, np.uint8)
        self.start = start
        self.length = length
        self.first = self.octets[start]
        self.header = _header_lengths(self.octets, start)
        self.topic = np.full(len(start), NO_TOPIC, np.int32)
        self.identifier = np.zeros(len(start), np.uint16)
        self.payload = length.copy()
        self.name_length: NDArray[np.int64] = np.empty(0, np.int64)
        self.whole: NDArray[np.bool_] = np.empty(0, np.bool_)

    def types(self) -> NDArray[np.uint8]:
        """Return the packet types."""
        return self.first >> np.uint8(4)

    def subset(self, rows: NDArray[np.intp]) -> Columns:
        """Return columns of these packets alone."""
        return Columns(self.data, self.start[rows], self.length[rows])

    def take(self, rows: NDArray[np.intp], other: Columns) -> None:
        """Take over what was found out about a subset."""
        self.topic[rows] = other.topic
        self.identifier[rows] = other.identifier
        self.payload[rows] = other.payload

    def read_acknowledgements(self) -> None:
        """Fill the Packet Identifier of PUBACK to UNSUBACK, which begin with it (section 2.2.1)."""
        types = self.types()
        rows = np.flatnonzero(
            (types >= ControlPacketType.PUBACK)
            & (types <= ControlPacketType.UNSUBACK)
            & (self.length >= self.header + 2)
        )
        self.identifier[rows] = self._two_bytes(self.start[rows] + self.header[rows])

    def read_publishes(self, ids: dict[bytes, int], *, empty_is_alias: bool) -> None:
        """Fill all columns of PUBLISH packets, properties not yet skipped (section 3.3.2).

        A name that is not in `ids` is given an id by `ids` itself. With `empty_is_alias` an empty name gets
        none: a Topic Alias stands for it.
        """
        at = self.start + self.header
        last = len(self.octets) - 1
        high = self.octets[np.minimum(at, last)].astype(np.int64)
        self.name_length = (high << 8) | self.octets[np.minimum(at + 1, last)]
        has_identifier = (self.first & QOS_BITS) != 0
        body = self.header + 2 + self.name_length + 2 * has_identifier
        self.whole = body <= self.length
        data = self.data
        begins = at + 2
        ends = begins + self.name_length
        named = self.whole & (self.name_length > 0) if empty_is_alias else self.whole
        if named.all():
            spans = zip(begins.tolist(), ends.tolist(), strict=True)
            self.topic[:] = [ids[data[begin:end]] for begin, end in spans]
        else:
            for row in np.flatnonzero(named).tolist():
                self.topic[row] = ids[data[begins[row] : ends[row]]]
        self.payload = np.where(self.whole, body, self.length)
        if has_identifier.any():
            rows = np.flatnonzero(has_identifier & self.whole)
            self.identifier[rows] = self._two_bytes(ends[rows])

    def skip_properties(self) -> NDArray[np.intp]:
        """Move `payload` behind an empty Property Length, and return the rows that need a closer look.

        Those have properties, or no Topic Name; their `payload` is behind the first byte of the length.
        """
        present = self.whole & (self.payload < self.length)
        at = np.minimum(self.start + self.payload, len(self.octets) - 1)
        self.payload += present
        return np.flatnonzero(present & ((self.octets[at] > 0) | (self.name_length == 0)))

    def topic_name(self, row: int) -> bytes:
        """Return the Topic Name as it stands in one PUBLISH."""
        begin = int(self.start[row] + self.header[row]) + 2
        return self.data[begin : begin + int(self.name_length[row])]

    def _two_bytes(self, at: NDArray[np.int64]) -> NDArray[np.uint16]:
        high = self.octets[at].astype(np.uint16)
        return (high << np.uint16(8)) | self.octets[at + 1]


def _header_lengths(octets: NDArray[np.uint8], start: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the length of each fixed header: the type and one to four bytes of Remaining Length."""
    header = np.full(len(start), 2, np.int64)
    last = len(octets) - 1
    longer = octets[np.minimum(start + 1, last)] >= 0x80
    for step in (2, 3, 4):
        if not longer.any():
            break
        header += longer
        longer = longer & (octets[np.minimum(start + step, last)] >= 0x80)
    return header
