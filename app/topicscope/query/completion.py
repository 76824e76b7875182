"""What may be typed next in a display filter: the parser says what fits, the capture says what there is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import msgspec

from topicscope.payload import safe_topic
from topicscope.query.fields import FIELDS
from topicscope.query.grammar import accepted, in_words, kinds_among, parser_behind
from topicscope.query.literals import LITERALS, write_text
from topicscope.query.operators import BETWEEN, ON_TOPIC_FILTER, OPERATORS
from topicscope.query.writing import json_field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from lark.parsers.lalr_interactive_parser import InteractiveParser

    from topicscope.capture.topic_index import TopicIndex
    from topicscope.query.field import Field

MOST = 60
_MOST_NODES = 200
_MOST_SAMPLES = 50
_SAMPLE_BYTES = 64 * 1024
_DEEPEST_PATH = 6
_ELEMENTS = 3
_LEAST_OF_A_KEY = 2
"""Letters from which on a word may be the key of a JSON field."""
_WORD = re.compile(r"""[\w.\[\]-]*$""")
_RUN = re.compile(r"""[^\s"'(){},=<>!~]+$""")
_NO_TEXT = re.compile(r"-?[\d.]+|true|false|null", re.IGNORECASE)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^'\\]|\\.)*'|[^\"']+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Completion:
    """Something that may stand at the cursor.

    Attributes:
        text: what to put in place of the characters from `begin` to `end`.
        kind: field, operator, value, word, topic, json, subscription or level.
        help: what it is, in a sentence; may be empty.

    """

    text: str
    kind: str
    help: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Known:
    """What completion may propose from: the topics, payloads to look for keys in, subscriptions, level names."""

    topics: TopicIndex | None = None
    samples: Callable[[], Iterable[bytes]] = tuple
    subscriptions: Callable[[], Mapping[int, str]] = dict
    level_names: Sequence[str] = ()


def complete(text: str, cursor: int, known: Known | None = None) -> list[Completion]:
    """Return what may be typed at the cursor, the most likely first; empty where nothing fits."""
    known = known or Known()
    before = text[:cursor]
    quote = _open_quote(before)
    if quote is not None:
        parser = parser_behind(before[:quote])
        if parser is None or "TEXT" not in accepted(parser):
            return []
        return list(islice(_in_quotes(before[quote + 1 :], quote + 1, parser, known), MOST))
    word = _WORD.search(before)
    begin = word.start() if word else cursor
    parser = parser_behind(before[:begin])
    typed = before[begin:].lower()
    found = (
        Completion(text, kind, said, begin, cursor)
        for text, kind, said in (
            _proposals(accepted(parser), typed, parser, known) if parser else ()
        )
        if _begins(text.lower(), kind, typed) and text.lower() != typed
    )
    return list(islice(chain(found, _with_quotes(before, known)), MOST))


def _begins(text: str, kind: str, typed: str) -> bool:
    """Tell whether a proposal goes on from what was typed; a JSON field may be begun by one of its keys."""
    if text.startswith(typed):
        return True
    return (
        kind == "json"
        and len(typed) >= _LEAST_OF_A_KEY
        and (f".{typed}" in text or f'["{typed}' in text)
    )


def _open_quote(text: str) -> int | None:
    """Return where a text in quotes begins that does not end, or None."""
    position = 0
    while position < len(text):
        found = _STRING.match(text, position)
        if found is None:
            return position
        position = found.end()
    return None


# --- outside quotes ---


def _proposals(
    terminals: frozenset[str], typed: str, parser: InteractiveParser, known: Known
) -> Iterator[tuple[str, str, str]]:
    for one in OPERATORS:
        if one.terminal in terminals and one is not BETWEEN:
            yield one.symbol.replace("{…}", "{"), "operator", one.help
    for literal in LITERALS.values():
        if literal.terminal in terminals:
            yield from ((example, "value", "") for example in literal.examples)
    if kinds_among(terminals):
        yield from _fields(typed, known)
    field = _field_token(parser)
    if field is not None and field.type == "FIELD_SUBSCRIPTION" and "NUMBER" in terminals:
        for number, topic_filter in known.subscriptions().items():
            yield str(number), "subscription", topic_filter
    for word in in_words(terminals & {"AND", "OR", "NOT", "_CLOSE", "_END", "_COMMA"}):
        yield word, "word", ""


def _fields(typed: str, known: Known) -> Iterator[tuple[str, str, str]]:
    for field in FIELDS:
        yield from ((name, "field", field.help_of(name)) for name in _names(field))
    yield from ((f"level.{name}", "level", "") for name in known.level_names)
    if typed.startswith("json") or len(typed) >= _LEAST_OF_A_KEY:
        yield from ((path, "json", "") for path in _json_paths(known.samples()))


def _names(field: Field) -> Sequence[str]:
    return field.names() or (
        (field.name.partition("…")[0],) if field.name.startswith("json") else ()
    )


def _json_paths(samples: Iterable[bytes]) -> list[str]:
    """Return the fields seen in some payloads, those that are not deep first."""
    decode = msgspec.json.Decoder().decode
    seen: dict[tuple[str | int, ...], None] = {}
    for payload in islice(samples, _MOST_SAMPLES):
        if len(payload) > _SAMPLE_BYTES:
            continue
        try:
            _collect(decode(payload), (), seen)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return [json_field(path) for path in sorted(seen, key=len)]


def _collect(
    value: Any,  # noqa: ANN401
    path: tuple[str | int, ...],
    seen: dict[tuple[str | int, ...], None],
) -> None:
    if path:
        seen.setdefault(path)
    if len(path) == _DEEPEST_PATH or len(seen) > _MOST_NODES:
        return
    if isinstance(value, dict):
        for key, below in value.items():
            _collect(below, (*path, key), seen)
    elif isinstance(value, list):
        for index, below in enumerate(value[:_ELEMENTS]):
            _collect(below, (*path, index), seen)


# --- inside quotes ---


def _with_quotes(before: str, known: Known) -> Iterator[Completion]:
    """Propose what was typed without the quotes that it needs, and topics that go on from it."""
    run = _RUN.search(before)
    if run is None or not run[0] or _NO_TEXT.fullmatch(run[0]):
        return
    parser = parser_behind(before[: run.start()])
    if parser is None or "TEXT" not in accepted(parser):
        return
    begin, end = run.span()
    whole = Completion(write_text(run[0]), "value", "a text stands in quotes", begin, end)
    further = (
        Completion(f'"{run[0][: one.begin - begin]}{one.text}', one.kind, one.help, begin, end)
        for one in _in_quotes(run[0], begin, parser, known)
        if '"' not in run[0] and "\\" not in run[0]
    )
    yield from further
    yield whole


def _field_token(parser: InteractiveParser) -> Any:  # noqa: ANN401
    """Return the token of the field whose value is being typed, or None."""
    for value in reversed(parser.parser_state.value_stack):
        kind = getattr(value, "type", "")
        if kind.startswith("FIELD_"):
            return value
        if kind in {"AND", "OR", "NOT", "_OPEN"}:
            return None
    return None


def _in_quotes(
    typed: str, begin: int, parser: InteractiveParser, known: Known
) -> Iterator[Completion]:
    token = _field_token(parser)
    if token is None:
        return
    end = begin + len(typed)
    if token.type == "FIELD_SUBSCRIPTION":
        for number, topic_filter in known.subscriptions().items():
            if topic_filter.startswith(typed):
                yield Completion(topic_filter, "subscription", f"subscription {number}", begin, end)
    elif token.type == "FIELD_TOPIC" and known.topics is not None:
        operator = getattr(parser.parser_state.value_stack[-1], "type", "")
        front, slash, level = typed.rpartition("/")
        at = end - len(level)
        for name, said in _levels(
            known.topics, front + slash, level, wild=operator == ON_TOPIC_FILTER.terminal
        ):
            yield Completion(name, "topic", said, at, end)


def _levels(topics: TopicIndex, front: str, typed: str, *, wild: bool) -> Iterator[tuple[str, str]]:
    nodes = _nodes(topics, front, wild=wild)
    seen: set[bytes] = set()
    begin = typed.encode(errors="surrogateescape")
    for node in nodes:
        for child in topics.children(node):
            level = topics.level(child)
            if level in seen or not level.startswith(begin):
                continue
            seen.add(level)
            try:
                name = level.decode()
            except UnicodeDecodeError:
                continue
            if name.isprintable() and '"' not in name and "\\" not in name:
                yield (
                    name + ("/" if topics.has_children(child) else ""),
                    safe_topic(topics.path(child)),
                )
    if wild and nodes and not typed:
        yield "+", "any one level"
        yield "#", "all levels below"


def _nodes(topics: TopicIndex, front: str, *, wild: bool) -> list[int]:
    """Return the nodes that the levels in front lead to; with wildcards they may be many."""
    nodes = [0]
    for level in front.encode(errors="surrogateescape").split(b"/")[:-1]:
        any_level = wild and level == b"+"
        nodes = [
            child
            for node in nodes
            for child in topics.children(node)
            if any_level or topics.level(child) == level
        ][:_MOST_NODES]
    return nodes
