"""One field of a dissected packet, and walks over the tree that fields make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LEFT_OUT = "_left_out"
"""Ends the key of the field that stands for the entries of a list that are too many to show."""

HIDDEN = "(hidden)"
"""What stands in the place of a Password and of Authentication Data."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a packet: what it is called, what it says, and which bytes say it.

    Attributes:
        name: in the standard's words.
        value: for people, plain text on one line; what could harm a display is escaped.
        start, end: the bytes in the packet. Both are the same where the packet does not spell the
            field out and the standard says what holds then.
        section: of the standard of the packet's own version.
        problem: sentences on what is wrong, empty when nothing is.
        children: in the order of the bytes; the bits of one byte all have that byte's span.
        key: name in JSON, empty for a field that is not there or only groups others.
        raw: JSON-able value; `bytes` for text that is not UTF-8, `memoryview` for a payload.
        secret: whether the bytes must not be shown or stored unless the user asks.

    """

    name: str
    value: str
    start: int
    end: int
    section: str = ""
    problem: str = ""
    children: tuple[Field, ...] = ()
    key: str = ""
    raw: object = None
    secret: bool = False


def leaves(field: Field) -> Iterator[Field]:
    """Walk the fields without children, in the order of the bytes."""
    for each in walk(field):
        if not each.children:
            yield each


def walk(field: Field) -> Iterator[Field]:
    """Walk the field and everything below it, parents first."""
    waiting = [field]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(reversed(each.children))


def find_problems(field: Field) -> list[Field]:
    """Return the fields that have a problem, in the order of the bytes."""
    return [each for each in walk(field) if each.problem]


def mask_secrets(packet: bytes, field: Field) -> bytes:
    """Return the packet with every byte of its secrets replaced by ``*``; its length stays."""
    masked = bytearray(packet)
    for each in walk(field):
        if each.secret:
            masked[each.start : each.end] = b"*" * (each.end - each.start)
    return bytes(masked)
