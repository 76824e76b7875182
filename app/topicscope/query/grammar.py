"""From text to tree: a grammar made from the lists of fields, operators and literals, and errors in words.

Each kind of field has a rule of its own, so a value of a wrong type is an error of the grammar, at its place; and what
may stand at a place is what the parser would take there. Parsing does not recurse; the tree's depth is bounded.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from topicscope.query.errors import FilterError
from topicscope.query.field import Condition
from topicscope.query.fields import FIELDS
from topicscope.query.kinds import KINDS
from topicscope.query.literals import LITERALS, write_text
from topicscope.query.operators import BETWEEN, EXISTS, MATCHES, ONE_OF, OPERATORS
from topicscope.query.patterns import Pattern
from topicscope.query.syntax import DEEPEST, And, Node, Not, Or

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lark import Lark, Token
    from lark.parsers.lalr_interactive_parser import InteractiveParser

    from topicscope.query.field import Field
    from topicscope.query.kinds import Kind

LONGEST = 100_000
"""Characters that a filter may have."""

_WORDS = {"AND": r"and(?!\w)|&&", "OR": r"or(?!\w)|\|\|", "NOT": r"not(?!\w)|!(?!=)"}
_SIGNS = {"_OPEN": "(", "_CLOSE": ")", "_BEGIN": "{", "_END": "}", "_COMMA": ",", "_RANGE": ".."}
_OPERATORS = {operator.terminal: operator for operator in OPERATORS if operator.terminal != "IN"}
_FIELD_TERMINAL = "FIELD_"
_END_OF_TEXT = "$END"

Built: TypeAlias = "Node | None"


# --- the grammar ---


def _terminal(name: str, pattern: str) -> str:
    return f"{name}.{2 if name in _WORDS else 1}: /{pattern.replace('/', chr(92) + '/')}/is"


def _rules(kind: Kind) -> Iterable[str]:
    field, value = f"{_FIELD_TERMINAL}{kind.name.upper()}", f"value_{kind.name}"
    yield f"?{value}: {' | '.join(name for name in kind.literals)}"
    signs = [one for one in kind.operators if one.terminal not in {"IN", MATCHES.terminal}]
    parts = [f"{field} -> exists"]
    parts += [f"{field} {one.terminal} {value} -> compare" for one in signs]
    if MATCHES in kind.operators:
        parts.append(f"{field} {MATCHES.terminal} TEXT -> match")
    if ONE_OF in kind.operators:
        parts.append(f"{field} IN _BEGIN {value} (_COMMA {value})* _END -> one_of")
    if BETWEEN in kind.operators:
        parts.append(f"{field} IN {value} _RANGE {value} -> between")
    yield f"?on_{kind.name}: " + "\n  | ".join(parts)


@cache
def grammar() -> str:
    """Return the whole grammar, in the words of lark."""
    lines = [
        "?start: any |  -> nothing",
        "?any: all (OR all)*",
        "?all: term (AND term)*",
        "?term: NOT term -> negate | _OPEN any _CLOSE -> group | condition",
        "?condition: " + " | ".join(f"on_{kind.name}" for kind in KINDS),
    ]
    for kind in KINDS:
        lines += _rules(kind)
        shapes = [field.shape() for field in FIELDS if field.kind is kind]
        lines.append(_terminal(f"{_FIELD_TERMINAL}{kind.name.upper()}", "|".join(shapes)))
    lines += [_terminal(one.terminal, one.pattern) for one in LITERALS.values()]
    lines += [_terminal(one.terminal, one.pattern) for one in OPERATORS if one is not BETWEEN]
    lines += [_terminal(name, pattern) for name, pattern in _WORDS.items()]
    lines += [_terminal(name, re.escape(sign)) for name, sign in _SIGNS.items()]
    lines += [r"%ignore /\s+/"]
    return "\n".join(lines) + "\n"


@cache
def _parser() -> Lark:
    from lark import Lark

    return Lark(grammar(), parser="lalr", lexer="contextual", transformer=_Builder())


# --- the tree ---


def field_of(written: str) -> Field | None:
    """Return the field that is written so, or None."""
    for field in FIELDS:
        if re.fullmatch(field.shape(), written, re.IGNORECASE | re.DOTALL):
            return field
    return None


def _start(token: Token) -> int:
    return token.start_pos or 0


def _deeper(nodes: Sequence[Node], position: int) -> int:
    depth = 1 + max(node.depth for node in nodes)
    if depth > DEEPEST:
        raise FilterError(f"nested deeper than {DEEPEST} levels", position, ("a flatter filter",))
    return depth


class _Builder:
    """Makes nodes while the parser goes; its methods are called by the names of rules."""

    def nothing(self, children: list[Any]) -> None:
        """Build an empty filter."""

    def any(self, children: list[Any]) -> Node:
        """Join parts by or."""
        parts: list[Node] = [child for child in children if not isinstance(child, str)]
        flat = [one for part in parts for one in (part.parts if isinstance(part, Or) else (part,))]
        return Or(tuple(flat), _deeper(flat, _start(children[1])))

    def all(self, children: list[Any]) -> Node:
        """Join parts by and."""
        parts: list[Node] = [child for child in children if not isinstance(child, str)]
        flat = [one for part in parts for one in (part.parts if isinstance(part, And) else (part,))]
        return And(tuple(flat), _deeper(flat, _start(children[1])))

    def negate(self, children: list[Any]) -> Node:
        """Turn a part round."""
        token, part = children
        return Not(part, _deeper([part], _start(token)))

    def group(self, children: list[Any]) -> Node:
        """Take what stands in parentheses."""
        (part,) = children
        return part  # type: ignore[no-any-return]

    def exists(self, children: list[Any]) -> Node:
        """Build a field that stands alone."""
        return self._condition(EXISTS, children[0], [])

    def compare(self, children: list[Any]) -> Node:
        """Build a field compared with one value."""
        field, sign, value = children
        return self._condition(_OPERATORS[sign.type], field, [value])

    def match(self, children: list[Any]) -> Node:
        """Build a field compared with a regular expression, which stands in its quotes as it is."""
        field, _, text = children
        pattern = Pattern(text[1:-1], _start(text) + 1)
        return self._condition(MATCHES, field, [text], (pattern,))

    def one_of(self, children: list[Any]) -> Node:
        """Build a field compared with a set."""
        return self._condition(ONE_OF, children[0], children[2:])

    def between(self, children: list[Any]) -> Node:
        """Build a field compared with a range."""
        return self._condition(BETWEEN, children[0], children[2:])

    def _condition(
        self,
        operator: Any,  # noqa: ANN401
        name: Token,
        tokens: list[Token],
        values: tuple[Any, ...] | None = None,
    ) -> Condition:
        field = field_of(str(name))
        assert field is not None
        if values is None:
            values = tuple(LITERALS[token.type].read(str(token), _start(token)) for token in tokens)
        condition = Condition(
            field=field,
            detail=field.read(str(name), _start(name)),
            name=str(name),
            operator=operator,
            values=values,
            written=tuple(map(str, tokens)),
            positions=tuple(map(_start, tokens)),
            position=_start(name),
        )
        field.check(condition)
        return condition


def parse(text: str) -> Built:
    """Return the tree of a filter, None for an empty one; raises `FilterError` and nothing else."""
    if len(text) > LONGEST:
        raise FilterError(f"longer than {LONGEST:,} characters", LONGEST)
    if not text.strip():
        return None
    from lark import UnexpectedInput

    parser = _parser().parse_interactive(text)
    try:
        parser.exhaust_lexer()
        result: Built = parser.feed_eof()  # type: ignore[no-untyped-call]
    except UnexpectedInput as error:
        position = getattr(error, "pos_in_stream", None)
        is_end = getattr(getattr(error, "token", None), "type", "") == _END_OF_TEXT
        if is_end or position is None:
            position = len(text.rstrip())
        raise _error(text, position) from None
    except RecursionError:
        raise FilterError("nested too deeply", 0, ("a flatter filter",)) from None
    return result


# --- what may stand where ---


def parser_behind(text: str) -> InteractiveParser | None:
    """Return a parser that has read a text, ready to say what may follow; None where the text cannot be read."""
    from lark import UnexpectedInput

    parser = _parser().parse_interactive(text)
    try:
        parser.exhaust_lexer()
    except (UnexpectedInput, FilterError, RecursionError):
        return None
    return parser


def accepted(parser: InteractiveParser) -> frozenset[str]:
    """Return the names of the terminals that may follow."""
    return frozenset(parser.accepts())  # type: ignore[no-untyped-call]


def kinds_among(terminals: frozenset[str]) -> list[Kind]:
    """Return the kinds of the fields that are among some terminals."""
    return [kind for kind in KINDS if f"{_FIELD_TERMINAL}{kind.name.upper()}" in terminals]


def in_words(terminals: frozenset[str]) -> tuple[str, ...]:
    """Return some terminals as people say them, fields first."""
    said = ["a field"] if kinds_among(terminals) else []
    said += [one.expected for one in LITERALS.values() if one.terminal in terminals]
    said += [one.symbol for one in OPERATORS if one.terminal in terminals and one is not BETWEEN]
    said += [name.lower() for name in _WORDS if name in terminals]
    said += [sign for name, sign in _SIGNS.items() if name in terminals]
    return tuple(dict.fromkeys(said))


_LAST = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\w+(?:\.\w+)*|==|!=|<=|>=|&&|\|\||\.\.|[^\w\s])\s*$""",
    re.DOTALL,
)
_NEXT = re.compile(r"""["'][^"']*["']?|[\w.]+|\S""")
_BARE = re.compile(r"""[^\s"'(){},=<>!]+""")
"""A text that somebody forgot to put in quotes."""
_LOOK_BACK = 200
_SHOWN = 24


def _error(text: str, position: int) -> FilterError:
    parser = parser_behind(text[:position])
    terminals = accepted(parser) if parser else frozenset()
    expected = in_words(terminals)
    last = _LAST.search(text[max(0, position - _LOOK_BACK) : position])
    behind = f" after `{_short(last[1])}`" if last else ""
    found = _NEXT.match(text, position)
    what = _summary(terminals, expected)
    if found is None:
        return FilterError(f"expected {what}{behind}", position, expected)
    word = found[0]
    is_name = re.match(r"[^\W\d]", word) and word.lower() not in {"and", "or", "not", "in"}
    if kinds_among(terminals) and (is_name or word in {"/", "+", "#", "$"}):
        return FilterError(_unknown_field(word, text[position:]), position, expected)
    if word[0] in "\"'" and (len(word) == 1 or word[-1] != word[0]) and "TEXT" in terminals:
        return FilterError("this text has no closing quote", position, ("a closing quote",))
    if "TEXT" in terminals and (bare := _BARE.match(text, position)):
        said = f"a text stands in quotes: {write_text(_short(bare[0]))}"
        return FilterError(said, position, expected)
    if word == "=":
        return FilterError("`=` is no operator: write `==`", position, expected)
    return FilterError(f"expected {what}{behind}, not `{_short(word)}`", position, expected)


def _unknown_field(word: str, rest: str) -> str:
    """Say that no field is called like this, and which one may be meant; `rest` begins with the word."""
    stem, _, inner = word.partition(".")
    stem = stem.lower()
    if inner or rest[len(word) : len(word) + 1] == "[":
        said = _unknown_inner(stem, inner)
        if said:
            return said
    for field in FIELDS:
        name, _, more = field.name.partition("…")
        if name and (more or name != field.name) and name.strip('.["') == stem:
            return f"`{stem}` needs a name behind it, as in {field.examples[0]}"
    in_payload = bool(inner) and stem in _PAYLOADS
    names = [] if in_payload else get_close_matches(word.lower(), field_names(), 1, 0.6)
    unknown = f"there is no field `{_short(word)}`"
    if names:
        return f"{unknown}; did you mean `{names[0]}`?"
    run = _BARE.match(rest)
    if run and _TOPIC_SIGNS & set(run[0]):
        return f"{unknown}; topics are found by topic ~ {write_text(_short(run[0]))}"
    written = f"json.{inner if in_payload else word}"
    if _JSON_LIKE.fullmatch(written) and len(written) <= _SHOWN:
        return f"{unknown}; a field of a JSON payload is written `{written}`"
    return unknown


_TOPIC_SIGNS = set("/+#$")
_PAYLOADS = {"payload", "data", "message", "msg", "body"}
_JSON_LIKE = re.compile(r"json(?:\.[^\W\d]\w*)+")


def _unknown_inner(stem: str, inner: str) -> str:
    """Say what is wrong with what follows the name of a field that needs more; empty for other fields."""
    if stem == "json":
        return 'in JSON, [0] is an element of a list and ["a key"] a key with signs in it'
    if stem != "prop":
        return ""
    if inner.startswith("user"):
        return 'a User Property is written prop.user["key"]'
    names = get_close_matches(f"prop.{inner.lower()}", field_names(), 1, 0.75)
    hint = f"; did you mean `{names[0]}`?" if names and names[0].startswith("prop.") else ""
    return f"MQTT 5 has no property `{_short(inner)}`{hint}"


def _summary(terminals: frozenset[str], expected: tuple[str, ...]) -> str:
    """Say what is expected in few words."""
    if kinds_among(terminals):
        return "a field"
    values = [one.expected for one in LITERALS.values() if one.terminal in terminals]
    if len(values) > 2:
        return "a value"
    if values:
        return " or ".join(values)
    if "AND" in terminals and len(expected) > 4:
        return "an operator, and, or"
    return ", ".join(expected) or "the end"


def _short(word: str) -> str:
    return word if len(word) <= _SHOWN else word[:_SHOWN] + "…"


@cache
def field_names() -> tuple[str, ...]:
    """Return the names of all fields that are written as they are."""
    return tuple(name for field in FIELDS for name in field.names())
