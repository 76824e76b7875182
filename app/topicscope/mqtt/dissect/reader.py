"""PacketReader: walks the bytes of one packet and collects the fields it finds.

The functions for the packet types read through it from front to back. Where the bytes end too
early, the reader makes a field of what is left, says so, and raises `CutShort`; every group that is
open on the way out is closed with the fields it has, so nothing that was read is lost.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion
from topicscope.mqtt.dissect.field import HIDDEN, LEFT_OUT, Field
from topicscope.mqtt.dissect.sections import section_in
from topicscope.mqtt.dissect.text import bits, count, decode, hexadecimal, preview
from topicscope.mqtt.framing import (
    MalformedPacket,
    NeedData,
    read_variable_byte_integer,
    write_variable_byte_integer,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

MAX_CHILDREN = 1_000
"""Entries of one list (properties, subscriptions, Reason Codes) that become fields."""

COUNTED = 1 << 20
"""Bytes of what is left out that are still looked through to say how many entries they hold."""

_MAY_HOLD_SECRETS = frozenset(
    {ControlPacketType.CONNECT, ControlPacketType.CONNACK, ControlPacketType.AUTH}
)


class CutShort(Exception):  # noqa: N818 - an answer, not an error
    """The bytes end, or cannot be read further; the reader has already made a field of the rest."""


class Draft:
    """A group of fields while it is read; what is set here becomes the group's `Field`."""

    __slots__ = ("key", "problems", "raw", "value")

    def __init__(self, key: str) -> None:
        self.key = key
        self.value = ""
        self.raw: object = None
        self.problems: list[str] = []

    def problem(self, sentence: str | None) -> None:
        """Note what is wrong with the group; None is nothing."""
        if sentence:
            self.problems.append(sentence)


class PacketReader:
    """Cursor over the bytes of a packet, and the fields found so far.

    Attributes:
        position, end: where to read next and where to stop, in bytes.
        fields: of the group that is open.

    """

    def __init__(
        self,
        packet: bytes,
        packet_type: ControlPacketType,
        version: ProtocolVersion,
        direction: Direction | None = None,
        *,
        reveal: bool = False,
    ) -> None:
        self.packet = packet
        self.view = memoryview(packet)
        self.packet_type = packet_type
        self.version = version
        self.direction = direction
        self.reveal = reveal
        self.position = 0
        self.end = len(packet)
        self.fields: list[Field] = []

    # --- properties ---

    @property
    def is_5(self) -> bool:
        """Whether the packet is one of MQTT 5.0."""
        return self.version is ProtocolVersion.MQTT_5

    @property
    def left(self) -> int:
        """How many bytes can still be read."""
        return self.end - self.position

    @property
    def _may_hold_secrets(self) -> bool:
        return self.packet_type in _MAY_HOLD_SECRETS

    # --- collecting ---

    def add(
        self,
        name: str,
        value: str,
        start: int,
        section: str = "",
        *,
        problem: str | None = None,
        children: tuple[Field, ...] = (),
        key: str = "",
        raw: object = None,
        secret: bool = False,
    ) -> None:
        """Add a field for the bytes from `start` to where the reader stands."""
        section = section_in(section, self.version)
        self.fields.append(
            Field(
                name,
                value,
                start,
                self.position,
                section,
                problem or "",
                children,
                key,
                raw,
                secret,
            )
        )

    @contextmanager
    def group(self, name: str, section: str = "", key: str = "") -> Iterator[Draft]:
        """Collect the fields read inside the block under one parent, also when it is cut short."""
        outer, self.fields = self.fields, []
        start = self.position
        draft = Draft(key)
        try:
            yield draft
        finally:
            children, self.fields = tuple(self.fields), outer
            if children:
                self.add(
                    name,
                    draft.value,
                    start,
                    section,
                    problem="; ".join(draft.problems),
                    children=children,
                    key=draft.key,
                    raw=draft.raw,
                )

    @contextmanager
    def limit(self, end: int) -> Iterator[None]:
        """Stop at `end` inside the block; being cut short there does not end what is around it."""
        outer, self.end = self.end, end
        try:
            yield
        except CutShort:
            pass
        finally:
            self.end = outer

    def variable_header(self) -> AbstractContextManager[Draft]:
        """Open the group of the variable header."""
        return self.group("Variable header", f"3.{self.packet_type}.2")

    def payload(self) -> AbstractContextManager[Draft]:
        """Open the group of the payload."""
        return self.group("Payload", f"3.{self.packet_type}.3")

    # --- reading ---

    def need(self, size: int, name: str, section: str = "") -> None:
        """Make sure that `size` bytes are left; else make a field of the rest, raise `CutShort`."""
        if size > self.left:
            problem = f"{name} is missing"
            if self.left:
                problem = f"Cut short: {self.left:,} of {count(size, 'byte')} are there"
            self.rest(name, problem, section)
            raise CutShort

    def rest(self, name: str, problem: str = "", section: str = "") -> None:
        """Make one field of all that is left; it is hidden where it may hold a secret."""
        start, self.position = self.position, self.end
        secret = self._may_hold_secrets and start < self.end
        hidden = secret and not self.reveal
        value = HIDDEN if hidden else hexadecimal(self.view[start : self.end])
        self.add(name, value, start, section, problem=problem, secret=secret)

    def left_out(self, what: str, number: int | None, key: str) -> None:
        """Make one field of the entries that are too many to show; `number` None is not counted."""
        size = count(self.left, "byte")
        value = f"{number:,} more in {size}" if number is not None else f"{size} more"
        raw = number if number is not None else value
        start, self.position = self.position, self.end
        name, key = f"{what} not shown", f"{key}{LEFT_OUT}"
        self.add(name, value, start, key=key, raw=raw, secret=self._may_hold_secrets)

    def integer(
        self,
        width: int,
        name: str,
        section: str = "",
        key: str = "",
        *,
        describe: Callable[[int], str] = "{:,}".format,
        check: Callable[[int], str | None] | None = None,
    ) -> int:
        """Read an integer of `width` bytes (sections 1.5.1 to 1.5.3) and make a field of it."""
        self.need(width, name, section)
        start, self.position = self.position, self.position + width
        value = int.from_bytes(self.packet[start : self.position], "big")
        problem = check(value) if check else None
        self.add(name, describe(value), start, section, problem=problem, key=key, raw=value)
        return value

    def variable_byte_integer(
        self,
        name: str,
        section: str = "",
        key: str = "",
        *,
        check: Callable[[int], str | None] | None = None,
    ) -> int:
        """Read a Variable Byte Integer (section 1.5.5) and make a field of it."""
        self.need(1, name, section)
        start = self.position
        try:
            value, self.position = self._variable_byte_integer()
        except NeedData:
            self.rest(name, f"{name} is cut short", section)
            raise CutShort from None
        except MalformedPacket as error:
            self.rest(name, f"Malformed Packet: {error}", section)
            raise CutShort from None
        used, enough = self.position - start, len(write_variable_byte_integer(value))
        problem = check(value) if check else None
        if used > enough:
            problem = f"Written in {used} bytes, {enough} must be used"
        self.add(name, f"{value:,}", start, section, problem=problem, key=key, raw=value)
        return value

    def text(
        self,
        name: str,
        section: str = "",
        key: str = "",
        *,
        secret: bool = False,
        check: Callable[[bytes], str | None] | None = None,
    ) -> bytes:
        """Read a UTF-8 Encoded String (section 1.5.4); makes a group of its length and its text."""
        with self.group(name, section, key) as draft:
            start = self.sized(draft, "Text")
            data = self.packet[start : self.position]
            hidden = secret and not self.reveal
            draft.value = HIDDEN if hidden else decode(data) or "(empty)"
            draft.raw = HIDDEN if hidden else text_raw(data)
            draft.problem(check(data) if check else utf8_problem(data))
            self.add("Text", draft.value, start, "1.5.4", secret=secret)
        return data

    def binary(
        self,
        name: str,
        section: str = "",
        key: str = "",
        *,
        secret: bool = False,
        check: Callable[[memoryview], str | None] | None = None,
    ) -> None:
        """Read Binary Data (section 1.5.6); makes a group of its length and its bytes."""
        with self.group(name, section, key) as draft:
            start = self.sized(draft, "Data")
            data = self.view[start : self.position]
            hidden = secret and not self.reveal
            draft.value = HIDDEN if hidden else preview(data)
            draft.raw = HIDDEN if hidden else data
            draft.problem(check(data) if check else None)
            self.add("Data", draft.value, start, "1.5.6", secret=secret)

    def sized(self, draft: Draft, name: str) -> int:
        """Read a two byte length, step over as many bytes, return where they begin."""
        draft.value = "(cut short)"
        length = self.integer(2, "Length", "1.5.2", describe=_in_bytes)
        if length > self.left:
            draft.problem(f"Length says {_in_bytes(length)}, {self.left:,} are there")
            self.rest(name)
            raise CutShort
        start = self.position
        self.position += length
        return start

    def take(self) -> int:
        """Step over one byte and return it; the caller has asked `need` before."""
        self.position += 1
        return self.packet[self.position - 1]

    def bit_field(
        self,
        byte: int,
        mask: int,
        name: str,
        section: str = "",
        key: str = "",
        *,
        meaning: str = "",
        problem: str | None = None,
    ) -> Field:
        """Make a field of the bits under `mask` of the byte just taken."""
        number = (byte & mask) // (mask & -mask)
        is_flag = mask & (mask - 1) == 0
        said = meaning or (("Set" if number else "Not set") if is_flag else str(number))
        return Field(
            name,
            f"{bits(byte, mask)} {said}",
            self.position - 1,
            self.position,
            section_in(section, self.version),
            problem or "",
            key=key,
            raw=bool(number) if is_flag else number,
        )

    def _variable_byte_integer(self) -> tuple[int, int]:
        window = self.view[self.position : min(self.position + 4, self.end)]
        value, used = read_variable_byte_integer(window, 0)
        return value, self.position + used


def utf8_problem(data: bytes) -> str | None:
    """Say why `data` is not a UTF-8 Encoded String of MQTT, or None (section 1.5.4)."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return f"Not UTF-8: byte {error.start} ({error.reason})"
    return "The null character U+0000 is not allowed" if "\0" in text else None


def text_raw(data: bytes) -> str | bytes:
    """Return the text, or the bytes where they are not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _in_bytes(number: int) -> str:
    return count(number, "byte")
