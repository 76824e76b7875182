"""Recordings: what the tap sees, written to a capture file as it comes.

A recording is a pcapng file with synthetic IPv4 and TCP round the bytes of MQTT, so that Wireshark
and tshark read it too. A run of packets that crossed together becomes one segment, so recording
costs no work per message. While it grows the file is called ``….part``; after a crash that file is
readable up to its last whole block.

A recording that begins in the middle of a connection starts with the CONNECT and CONNACK of that
connection: without them no reader knows the protocol version.
"""

from __future__ import annotations

import contextlib
import errno
import os
from itertools import accumulate
from typing import TYPE_CHECKING

from topicscope import __version__
from topicscope.capture.batch import NOTE
from topicscope.capture.pcapng import (
    enhanced_packet,
    interface_description,
    section_header,
)
from topicscope.capture.tcp import LARGEST_PAYLOAD, SegmentWriter
from topicscope.mqtt.control_packets import ControlPacketType, Direction
from topicscope.mqtt.encode import encode_connect

if TYPE_CHECKING:
    from pathlib import Path

    from topicscope.capture.batch import Batch

BUFFER_BYTES = 1 << 16
BUFFER_NS = 250_000_000
"""What is written goes to the file after so many bytes, or nanoseconds of the capture."""

_ACKNOWLEDGE_AFTER = 1 << 20
_FIRST_PORT = 49_152
_PORTS = 16_384

REPEATED = "The recording begins in the middle of the connection{}: its CONNECT came earlier."
MADE_UP = (
    "The recording begins in the middle of the connection{}: "
    "its CONNECT was not seen, this one only says the protocol version."
)


class RecordingError(Exception):
    """A recording could not go on, or not begin; the text says why and what is kept, for people."""


class Recorder:
    """Writes batches to one file.

    `label` names the broker in the file, for instance by its URL. Raises RecordingError when the
    file cannot be made. When writing fails, the recording ends: what is good is kept under its
    final name, and RecordingError says so.
    """

    def __init__(self, path: Path, label: str = "") -> None:
        self.path = path
        self.messages = 0
        """Application Messages written so far."""
        self._label = label
        self._segments: dict[int, SegmentWriter] = {}
        self._interfaces: dict[int, int] = {}
        self._connected: set[int] = set()
        self._blocks: list[bytes] = []
        self._waiting = 0
        self._good = 0
        self._flushed_ns = 0
        self._descriptor: int | None = None
        self._part, self._descriptor = _create_part(path)
        self._put(section_header(f"Topicscope {__version__}"))
        self.flush()

    @property
    def size(self) -> int:
        """Length of the recording so far, in bytes."""
        return self._good + self._waiting

    @property
    def is_open(self) -> bool:
        """Whether the recording goes on."""
        return self._descriptor is not None

    def begin_connection(
        self,
        number: int,
        label: str,
        connect_packet: bytes | None,
        connack_packet: bytes | None,
        time_ns: int,
    ) -> None:
        """Begin with a connection that is open already; its CONNECT and CONNACK come first."""
        self._handshake(number, label, time_ns)
        if connect_packet:
            self._connected.add(number)
            self._packets(
                number, connect_packet, time_ns, comment=_where(REPEATED, label), outbound=True
            )
            self._packets(number, connack_packet or b"", time_ns, outbound=False)

    def write(self, batch: Batch) -> None:
        """Add a batch. Raises RecordingError when that ends the recording."""
        if self._descriptor is None:
            return
        number, time_ns = batch.connection, batch.time_ns
        if number not in self._segments:
            self._handshake(number, self._label, time_ns)
        outbound = batch.direction is Direction.OUT
        packet_type = int(batch.first_byte[0]) >> 4
        if packet_type == NOTE:
            self._note(number, batch.raw.decode(errors="replace"), time_ns)
        else:
            if number not in self._connected:
                self._connected.add(number)
                if packet_type != ControlPacketType.CONNECT:
                    comment = _where(MADE_UP, self._label)
                    made_up = encode_connect("topicscope", version=batch.version)
                    self._packets(number, made_up, time_ns, comment=comment, outbound=True)
            self._packets(number, batch.raw, time_ns, outbound=outbound)
            self.messages += int((batch.first_byte >> 4 == ControlPacketType.PUBLISH).sum())
        if self._waiting >= BUFFER_BYTES or abs(time_ns - self._flushed_ns) >= BUFFER_NS:
            self._flushed_ns = time_ns
            self.flush()

    def flush(self) -> None:
        """Hand all that is buffered to the file; worth a call when nothing arrives for a while."""
        if self._descriptor is None or not self._blocks:
            return
        data = memoryview(b"".join(self._blocks))
        written = 0
        try:
            while written < len(data):
                written += os.write(self._descriptor, data[written:])
        except OSError as error:
            self._stop(error, written)
        self._good += len(data)
        self._blocks.clear()
        self._waiting = 0

    def close(self) -> None:
        """Write what is left, sync the file and give it its final name. Raises RecordingError."""
        self.flush()
        self._finish()

    def discard(self) -> None:
        """Delete the recording."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            self._blocks.clear()
            self._part.unlink(missing_ok=True)

    def _finish(self) -> None:
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        try:
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            self._part.replace(self.path)
        except OSError as error:
            raise RecordingError(
                f"The recording is in {self._part}, but not in {self.path.name}: "
                f"{error.strerror or error}."
            ) from error

    def _stop(self, error: OSError, written: int) -> None:
        """End after a failed write: whole blocks stay, half a block is cut off."""
        ends = [0, *accumulate(len(block) for block in self._blocks)]
        self._good += max(end for end in ends if end <= written)
        self._blocks.clear()
        self._waiting = 0
        assert self._descriptor is not None
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, self._good)
        self._finish()
        full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        reason = "there is no room left" if full else error.strerror or str(error)
        raise RecordingError(
            f"The recording ended: {reason}. {self._good:,} bytes are kept in {self.path}."
        ) from error

    def _handshake(self, number: int, label: str, time_ns: int) -> None:
        interface = len(self._interfaces)
        self._interfaces[number] = interface
        self._segments[number] = writer = SegmentWriter(_FIRST_PORT + interface % _PORTS)
        self._put(interface_description(f"connection {number}", label or f"connection {number}"))
        for index, packet in enumerate(writer.handshake()):
            comment = label if index == 0 else ""
            outbound = index != 1
            self._put(
                enhanced_packet(interface, time_ns, packet, outbound=outbound, comment=comment)
            )

    def _packets(
        self, number: int, raw: bytes, time_ns: int, *, outbound: bool, comment: str = ""
    ) -> None:
        interface, writer = self._interfaces[number], self._segments[number]
        for begin in range(0, len(raw), LARGEST_PAYLOAD):
            packet = writer.data(raw[begin : begin + LARGEST_PAYLOAD], outbound=outbound)
            self._put(
                enhanced_packet(interface, time_ns, packet, outbound=outbound, comment=comment)
            )
            comment = ""
            if writer.unacknowledged(outbound=outbound) > _ACKNOWLEDGE_AFTER:
                answer = writer.acknowledgement(outbound=not outbound)
                self._put(enhanced_packet(interface, time_ns, answer, outbound=not outbound))

    def _note(self, number: int, text: str, time_ns: int) -> None:
        packet = self._segments[number].acknowledgement(outbound=False)
        interface = self._interfaces[number]
        self._put(enhanced_packet(interface, time_ns, packet, outbound=False, comment=text))

    def _put(self, block: bytes) -> None:
        self._blocks.append(block)
        self._waiting += len(block)


def _where(text: str, label: str) -> str:
    return text.format(f" to {label}" if label else "")


def _create_part(path: Path) -> tuple[Path, int]:
    """Make a file beside `path` that no other recording writes and no crash has left."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    for number in range(1, 100):
        part = path.with_name(path.name + (".part" if number == 1 else f".{number}.part"))
        try:
            return part, os.open(part, flags, 0o600)
        except FileExistsError:
            continue
        except OSError as error:
            raise RecordingError(f"{path} cannot be written: {error.strerror or error}.") from error
    raise RecordingError(f"{path.parent} holds too many unfinished recordings of that name.")
