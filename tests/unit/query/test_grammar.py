"""What is a filter, what is none, and what is said about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.capture.log import CaptureLog
from topicscope.query import FIELDS, FilterContext, FilterError, compile_filter, parse
from topicscope.query.field import Condition
from topicscope.query.grammar import LONGEST, field_of
from topicscope.query.operators import OPERATORS
from topicscope.query.syntax import DEEPEST, And, Not, Or

EXAMPLES = [example for field in FIELDS for example in field.examples]


def problem(text: str) -> FilterError:
    with pytest.raises(FilterError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize("text", EXAMPLES)
def test_that_each_example_of_the_help_is_a_filter_on_its_own_field(text: str) -> None:
    assert parse(text) is not None


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_that_a_field_tells_its_name_its_meaning_and_examples(field: object) -> None:
    assert field.help.endswith(".")  # type: ignore[attr-defined]
    assert field.examples  # type: ignore[attr-defined]
    assert field.words  # type: ignore[attr-defined]


def test_that_names_of_fields_and_signs_of_operators_are_their_own() -> None:
    assert len({field.name for field in FIELDS}) == len(FIELDS)
    assert len({operator.symbol for operator in OPERATORS}) == len(OPERATORS)


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("qos >", 5, "expected a number after `>`"),
        ("qos >   ", 5, "expected a number after `>`"),
        ('qos > "a"', 6, 'expected a number after `>`, not `"a"`'),
        ("qos = 1", 4, "`=` is no operator: write `==`"),
        ("qso == 1", 0, "there is no field `qso`; did you mean `qos`?"),
        (
            "retain and xyzzy",
            11,
            "there is no field `xyzzy`; a field of a JSON payload is written `json.xyzzy`",
        ),
        (
            "payload.door > 1",
            0,
            "there is no field `payload.door`; a field of a JSON payload is written `json.door`",
        ),
        ("a/+/b", 0, 'there is no field `a`; topics are found by topic ~ "a/+/b"'),
        ("#", 0, 'there is no field `#`; topics are found by topic ~ "#"'),
        ("json.a.0 > 1", 0, 'in JSON, [0] is an element of a list and ["a key"] a key with signs'),
        ("json.a[*] > 1", 0, 'in JSON, [0] is an element of a list and ["a key"] a key with signs'),
        ("prop.user.k", 0, 'a User Property is written prop.user["key"]'),
        (
            "prop.content_typ",
            0,
            "MQTT 5 has no property `content_typ`; did you mean `prop.content_type`?",
        ),
        ("prop.xyz", 0, "MQTT 5 has no property `xyz`"),
        ("topic ~ plant/#", 8, 'a text stands in quotes: "plant/#"'),
        ("value in {ON, OFF}", 10, 'a text stands in quotes: "ON"'),
        ("time > 5m", 7, "`5m` lies ahead of now; so long ago is written `-5m`"),
        ("time in -5m..1m", 13, "`1m` lies ahead of now; so long ago is written `-1m`"),
        ("and", 0, "expected a field, not `and`"),
        ("qos == 1 and", 12, "expected a field after `and`"),
        ("(qos == 1", 9, "expected and, or, ) after `1`"),
        ("qos == 1)", 8, "expected and, or after `1`, not `)`"),
        ("retain == 1", 10, "expected true or false after `==`, not `1`"),
        ("gap > 5", 6, "expected a duration such as 500ms or 5m after `>`, not `5`"),
        ('topic == "abc', 9, "this text has no closing quote"),
        ('topic < "a"', 6, "expected an operator, and, or after `topic`, not `<`"),
        ('topic ~ "a/#/b"', 8, "The wildcard # must be the last level"),
        ('topic == "a\\q"', 11, "there is no escape \\q; a backslash is written \\\\"),
        ('payload matches "(a"', 19, "not a regular expression: missing )"),
        (
            'payload matches "a{99999999}"',
            18,
            "a regular expression may repeat something up to 999 times",
        ),
        ("qos in {1, }", 11, "expected a number after `,`, not `}`"),
        ("json > 5", 0, "`json` needs a name behind it, as in json.temperature > 80"),
        ('prop.user == "x"', 9, 'expected a key, as in prop.user["key"]'),
        ("time > 2026-13-01", 7, "there is no such time: month must be in 1..12"),
        ("time > 25:00", 7, "there is no such time: a day has 24 hours"),
        ("size > 99999999999999999999999", 7, "this number is too large"),
        ("value > 1e999", 8, "this number is too large"),
    ],
)
def test_that_an_error_says_in_a_sentence_what_was_expected_and_where(
    text: str, position: int, said: str
) -> None:
    error = problem(text)
    assert error.message.startswith(said)
    assert error.position == position
    assert str(error) == error.message


def test_that_an_error_lists_what_may_stand_at_its_place() -> None:
    assert problem("qos == 1 retain").expected == ("and", "or")
    assert problem("qos >").expected == ("a number",)
    assert "a field" in problem("(").expected
    assert "contains" in problem("payload > 1").expected


def test_that_nothing_and_spaces_are_an_empty_filter() -> None:
    assert parse("") is None
    assert parse(" \n\t") is None


def test_that_not_binds_before_and_and_and_before_or() -> None:
    node = parse("not retain and dup or qos == 1 and dup")
    assert isinstance(node, Or)
    first, second = node.parts
    assert isinstance(first, And)
    assert isinstance(second, And)
    assert isinstance(first.parts[0], Not)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("retain AND NOT dup", "retain and not dup"),
        ("retain && !dup || qos", "retain and not dup or qos"),
    ],
)
def test_that_words_may_be_written_as_other_tools_do(one: str, other: str) -> None:
    def shape(text: str) -> list[str]:
        node = parse(text)
        assert node is not None
        return [type(node).__name__, *(type(part).__name__ for part in node.parts)]  # type: ignore[union-attr]

    assert shape(one) == shape(other)


def test_that_fields_and_names_are_read_without_regard_to_case() -> None:
    parse("QoS == 1 and TYPE == publish and Direction == IN")


def test_that_nesting_ends_with_an_error_and_not_with_the_stack() -> None:
    assert "nested deeper" in problem("not " * (DEEPEST + 1) + "retain").message
    assert "nested deeper" in problem("not (" * 5000 + "retain" + ")" * 5000).message
    parse("(" * 5000 + "retain" + ")" * 5000)


def test_that_a_filter_may_be_long_but_not_endless() -> None:
    parse(" or ".join(['topic == "a"'] * 5000))
    assert problem("qos == 1 or " * LONGEST).position == LONGEST


def test_that_the_dots_of_a_range_need_no_spaces() -> None:
    parse("qos in 1..2 and size in 1kB..2kB and time in -5m..-1m and value in -1.5..1.5")


def test_that_a_field_is_found_by_how_it_is_written() -> None:
    assert field_of("json.a[0]") is field_of('json["x y"]')
    assert field_of("nothing") is None
    assert field_of("json") is None


def always_a_filter_or_an_error(text: str) -> None:
    try:
        compile_filter(text, FilterContext(CaptureLog())).explain()
    except FilterError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017
        assert error.message  # noqa: PT017


@given(st.text())
def test_that_any_text_is_a_filter_or_an_error_with_a_place(text: str) -> None:
    always_a_filter_or_an_error(text)


PIECES = (
    *[field.name.replace("…", "a") for field in FIELDS],
    *[operator.symbol for operator in OPERATORS],
    *"(){},~=!<>&|.\"'\\[]-",
    *("and", "or", "not", "in", "..", "true", "null", "0x", "1", "-5m", "10kB", "now", "10:00"),
    *("2026-11-21T10:00Z", '"a/#"', '"("', '"\\x"', "1e99999", "in {1, 2}", "²", "١", "\x00", "𝟘"),
)


@given(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=2), max_size=12), st.sampled_from(("", " "))
)
def test_that_any_mixture_of_pieces_is_a_filter_or_an_error_with_a_place(
    pieces: list[str], between: str
) -> None:
    always_a_filter_or_an_error(between.join(pieces))


@given(st.text(st.sampled_from("ab()[]{}*+?|\\.^$0123456789,<>=!P:-")))
def test_that_any_regular_expression_is_one_or_an_error_with_a_place(pattern: str) -> None:
    always_a_filter_or_an_error(f'payload matches "{pattern}"')


@given(st.text(st.sampled_from("0123456789-:.TZ+ smhdnuµkMBGi/e")))
def test_that_any_number_or_time_is_one_or_an_error_with_a_place(value: str) -> None:
    for field in ("time", "size", "gap", "value", "qos"):
        always_a_filter_or_an_error(f"{field} > {value}")


def test_that_half_a_surrogate_pair_is_an_error_and_no_exception() -> None:
    always_a_filter_or_an_error('topic == "\ud800"')
    assert "surrogate" in problem(r'topic == "\ud800"').message


def test_that_a_date_and_its_time_may_stand_apart() -> None:
    apart, together = parse("time > 2026-11-21 10:00"), parse("time > 2026-11-21T10:00")
    assert isinstance(apart, Condition)
    assert isinstance(together, Condition)
    assert apart.values == together.values
    ranged = parse("time in 2026-11-21 10:00..2026-11-21 10:05 and qos == 1")
    assert isinstance(ranged, And)
