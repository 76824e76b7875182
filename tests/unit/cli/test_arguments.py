"""Arguments that several commands take."""

from __future__ import annotations

import argparse

import pytest

from topicscope.cli.arguments import seconds, some_seconds


def test_that_a_time_in_seconds_is_read() -> None:
    assert seconds("0") == 0
    assert some_seconds("2.5") == 2.5


@pytest.mark.parametrize("text", ["", "soon", "-1", "nan", "inf", "1e9"])
def test_that_what_is_no_time_is_refused_in_words(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a number of seconds"):
        seconds(text)
    with pytest.raises(argparse.ArgumentTypeError):
        some_seconds(text)


def test_that_no_time_at_all_is_refused_where_something_must_happen() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a time"):
        some_seconds("0")
