"""Regular expressions within their budget."""

from __future__ import annotations

import time

import pytest

from topicscope.query import FilterError
from topicscope.query.patterns import SECONDS_A_SEARCH, TIMEOUTS, Pattern

ENDLESS = r"^(a|aa)+$"


def test_that_an_expression_is_searched_for_and_compared_by_its_text() -> None:
    assert Pattern("b.d").is_in("abcde")
    assert not Pattern("^b").is_in("abc")
    assert Pattern("a") == Pattern("a")
    assert len({Pattern("a"), Pattern("a"), Pattern("b")}) == 2


@pytest.mark.parametrize(("text", "position"), [("(", 1), ("ab[", 2), ("*", 0), ("a{2", None)])
def test_that_a_wrong_expression_has_its_place(text: str, position: int | None) -> None:
    if position is None:
        assert Pattern(text).is_in(text)
        return
    with pytest.raises(FilterError) as caught:
        Pattern(text, 100)
    assert 100 <= caught.value.position <= 100 + len(text)


def test_that_an_expression_nested_too_deeply_is_an_error() -> None:
    with pytest.raises(FilterError, match="too large"):
        Pattern("(" * 5000 + ")" * 5000)


def test_that_a_search_ends_within_its_budget_and_is_given_up_at_last() -> None:
    pattern = Pattern(ENDLESS)
    text = "a" * 60 + "!"
    begun = time.monotonic()
    assert not pattern.is_in(text)
    assert time.monotonic() - begun < SECONDS_A_SEARCH * 10
    assert pattern.timeouts == 1
    while not pattern.is_given_up:
        pattern.is_in(text)
    assert pattern.timeouts == TIMEOUTS
    assert not pattern.is_in("a")
