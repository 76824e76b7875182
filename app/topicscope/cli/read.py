"""``topicscope read``: the messages or packets of a capture file, on standard output."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from topicscope.capture.loading import load_recording
from topicscope.capture.recording import RecordingError
from topicscope.capture.rows import (
    MESSAGE_FIELDS,
    PACKET_FIELDS,
    Row,
    csv_cell,
    csv_line,
    iso_time,
    json_line,
    message_row,
    packet_row,
    plain,
)
from topicscope.cli.exit_codes import DONE, FAILED, USAGE, CommandFailed
from topicscope.cli.rows import Records, message_line, packet_line
from topicscope.cli.words import say
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.capture.batch import Batch
    from topicscope.capture.record import Record

_FLUSH_BYTES = 1 << 16


def read(arguments: Sequence[str]) -> int:
    """Print a capture file; notes in it go to standard error."""
    options = _parser().parse_args(arguments[1:])
    output = _Output(sys.stdout.buffer, options, to_terminal=sys.stdout.isatty())
    try:
        loaded = load_recording(options.file, output.write)
    except RecordingError as error:
        raise CommandFailed(USAGE, str(error)) from error
    finally:
        output.flush()
    return FAILED if loaded.problems else DONE


class _Output:
    """Turns batches into lines of one format."""

    def __init__(self, file: BinaryIO, options: argparse.Namespace, *, to_terminal: bool) -> None:
        self._file = file
        self._packets: bool = options.packets
        self._fields: tuple[str, ...] = options.fields
        self._format: str = options.format
        self._to_terminal = to_terminal
        self._records = Records()
        self._packet_number = 0
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        if self._format == "csv":
            self._fields = self._fields or (PACKET_FIELDS if self._packets else MESSAGE_FIELDS)
            self._put(csv_line(self._fields))

    def write(self, batch: Batch) -> None:
        """Print the rows of a batch."""
        for record in self._records.of(batch):
            if record.is_note:
                self.flush()
                say(f"{iso_time(record.time_ns)}  {record.text}")
            elif self._packets:
                self._packet_number += 1
                self._put(self._line(record))
            elif record.number is not None:
                self._put(self._line(record))

    def flush(self) -> None:
        """Write what is waiting."""
        self._file.write(b"".join(self._waiting))
        self._file.flush()
        self._waiting.clear()
        self._waiting_bytes = 0

    def _put(self, line: bytes) -> None:
        self._waiting.append(line)
        self._waiting_bytes += len(line)
        if self._waiting_bytes >= _FLUSH_BYTES:
            self.flush()

    def _line(self, record: Record) -> bytes:
        if self._format == "text" and not self._fields:
            line = packet_line(record) if self._packets else message_line(record)
            return line.encode() + b"\n"
        row = packet_row(record, self._packet_number) if self._packets else message_row(record)
        if self._format == "csv":
            return csv_line(self._cell(row.get(name)) for name in self._fields)
        if self._fields:
            row = {name: row[name] for name in self._fields if name in row}
        if self._format == "text":
            return "\t".join(escape(plain(row.get(name))) for name in self._fields).encode() + b"\n"
        return self._json_line(row)

    def _json_line(self, row: Row) -> bytes:
        if self._to_terminal:  # C1 controls and bidirectional marks stay JSON, but as \uXXXX
            return json.dumps(row, separators=(",", ":")).encode() + b"\n"
        return json_line(row)

    def _cell(self, value: object) -> str:
        text = csv_cell(value)
        return escape(text) if self._to_terminal else text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="topicscope read",
        description="Print the Application Messages of a capture file, one per line. "
        "Reads recordings, and pcapng and pcap files of Wireshark and tcpdump.",
        epilog="In CSV a text that a spreadsheet would take for a formula begins with an "
        "apostrophe. Exit codes: 0 done, 1 the file is damaged, 2 it is no capture file.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="pcapng or pcap")
    parser.add_argument(
        "--packets", action="store_true", help="every Control Packet with all its fields"
    )
    parser.add_argument(
        "--format", choices=("text", "json", "csv"), default="text",
        help="text unless told; json is one object a line",
    )  # fmt: skip
    parser.add_argument(
        "--json",
        dest="format",
        action="store_const",
        const="json",
        help="the same as --format json",
    )
    parser.add_argument(
        "--fields",
        nargs="+",
        action=_Fields,
        default=(),
        metavar="NAME",
        help="only these, in this order: " + ", ".join(MESSAGE_FIELDS),
    )
    return parser


class _Fields(argparse.Action):
    """Takes names that are apart by spaces or commas."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Check the names; those of packets depend on their types."""
        assert isinstance(values, list)
        names = tuple(name for value in values for name in value.split(",") if name)
        unknown = [name for name in names if name not in MESSAGE_FIELDS]
        if unknown and not namespace.packets and "--packets" not in sys.argv:
            parser.error(f"there is no field {unknown[0]}; known are {', '.join(MESSAGE_FIELDS)}")
        namespace.fields = names
