"""XML that may be hostile: no document type, no entities, bounded depth, and each element with its line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import DefusedXMLParser  # type: ignore[import-untyped]

from topicscope.profiles.importers.imported import ImportFailed
from topicscope.profiles.importers.reading import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_ELEMENTS = 200_000


@dataclass(slots=True)
class Element:
    """An element under its local name in lower case, with its line in the file."""

    name: str
    line: int
    attributes: dict[str, str]
    parts: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text between its children."""
        return "".join(self.parts)

    def first(self, name: str) -> Element | None:
        """Return the first child of a name."""
        return next((child for child in self.children if child.name == name), None)

    def all(self, *names: str) -> list[Element]:
        """Return the children of some names."""
        return [child for child in self.children if child.name in names]

    def walk(self) -> Iterator[Element]:
        """Give out this element and all in it, in the order of the file."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"line {self.line}, {self.name}"

    def values(self) -> dict[str, str]:
        """Return attributes, and the texts of children that have no children, under lower-case names."""
        found = dict(self.attributes)
        for child in self.children:
            if not child.children:
                found.setdefault(child.name, child.text.strip())
        return found


def parse_xml(data: bytes) -> Element:
    """Return the root. Raises ImportFailed with the line."""
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    builder.parser = parser
    try:
        parser.feed(data)
        parser.close()
    except ParseError as error:
        line, column = error.position
        raise ImportFailed(
            f"line {line}, column {column + 1}", f"is not XML: {str(error).partition(':')[0]}"
        ) from error
    except DefusedXmlException as error:
        raise ImportFailed(
            builder.place, "it declares a document type or entities, which no tool writes"
        ) from error
    except (LookupError, ValueError) as error:
        if isinstance(error, ImportFailed):
            raise
        raise ImportFailed(builder.place, f"is not XML: {error}") from error
    if builder.root is None:
        raise ImportFailed("", "is not XML: it is empty")
    return builder.root


class _Builder:
    """Builds elements, and stops a file that is too deep or too much."""

    def __init__(self) -> None:
        self.parser: Any = None
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    @property
    def line(self) -> int:
        """The line that is being read."""
        return int(self.parser.parser.CurrentLineNumber)

    @property
    def place(self) -> str:
        """The line that is being read, in words."""
        return f"line {self.line}"

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        self._count += 1
        if len(self._open) >= DEEPEST:
            raise ImportFailed(self.place, f"it is nested deeper than {DEEPEST} levels")
        if self._count > MOST_ELEMENTS:
            raise ImportFailed(self.place, f"it has more than {MOST_ELEMENTS:,} elements")
        names = {_local(name): value for name, value in attributes.items()}
        element = Element(_local(tag), self.line, names)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _tag: str) -> None:
        """End an element."""
        self._open.pop()

    def data(self, text: str) -> None:
        """Add text."""
        self._open[-1].parts.append(text)

    def close(self) -> None:
        """End the document."""


def _local(name: str) -> str:
    return name.rpartition("}")[2].lower()
