"""The help page on the display filter says all that there is in the language, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from topicscope.capture.log import CaptureLog
from topicscope.paths import resource_dir
from topicscope.query import FIELDS, OPERATORS, FilterContext, compile_filter

ROOT = Path(__file__).parents[2]
PAGE = (resource_dir() / "help" / "display-filter.txt").read_text(encoding="utf-8")
_, _, REST = PAGE.partition("2  FIELDS")
FIELD_PART, _, OPERATOR_PART = REST.partition("3  OPERATORS")
OPERATOR_PART = OPERATOR_PART.partition("4  HOW FAST")[0]


def compiles(text: str) -> bool:
    def subscriptions() -> dict[int, str]:
        return {1: "a/#", 2: "b/#"}

    log = CaptureLog()
    compile_filter(text, FilterContext(log, level_names=("module",), subscriptions=subscriptions))
    return True


@pytest.mark.parametrize("name", [field.name for field in FIELDS])
def test_that_the_page_names_each_field(name: str) -> None:
    assert re.search(rf"(?m)^ {{7}}(.*, )?{re.escape(name)}(,| {{2}})", FIELD_PART)


@pytest.mark.parametrize("symbol", [operator.symbol for operator in OPERATORS])
def test_that_the_page_names_each_operator(symbol: str) -> None:
    assert re.search(rf"(?m)^ {{7}}(.*  )?{re.escape(symbol)}  ", OPERATOR_PART)


def test_that_the_page_names_no_field_that_there_is_not() -> None:
    named = re.findall(r"(?m)^ {7}(\S.*?)(?: {2}|$)", FIELD_PART)
    known = {field.name for field in FIELDS}
    assert [name for line in named for name in line.split(", ") if name not in known] == []


def examples() -> list[str]:
    first = PAGE.partition("1  IN TWO MINUTES")[2].partition("Enter applies")[0]
    lines = re.findall(r"(?m)^ {7}(\S.*?) {2,}", first)[1:]
    indented = re.findall(r"(?m)^ {36}(\S.*)$", FIELD_PART)
    return lines + [part for line in indented for part in re.split(r" {3,}", line)]


@pytest.mark.parametrize("text", examples())
def test_that_each_example_is_a_filter(text: str) -> None:
    assert compiles(text)


def readme_examples() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("## Display filter")[2].partition("\n## ")[0]
    return re.findall(r"(?m)^\| `(.*?)` \|", section)[1:]


def test_that_the_readme_has_eight_examples_the_first_a_topic_filter() -> None:
    assert len(readme_examples()) == 7


@pytest.mark.parametrize("text", readme_examples())
def test_that_each_example_of_the_readme_is_a_filter(text: str) -> None:
    assert compiles(text)
