"""Which Topic Filters can match the same Topic Name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.mqtt.overlap import overlaps
from topicscope.mqtt.topics import topic_matches

LEVELS = st.sampled_from(["", "a", "b", "$x", "+"])
FILTERS = st.builds(
    lambda parts, tail: "/".join([*parts, *tail]),
    st.lists(LEVELS, min_size=1, max_size=3),
    st.sampled_from([[], ["#"]]),
).filter(bool)
NAMES = st.lists(st.sampled_from(["", "a", "b", "$x"]), min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("#", "plant/a", True),
        ("#", "$SYS/#", False),
        ("+/a", "$SYS/a", False),
        ("plant/#", "plant", True),
        ("plant/+", "plant", False),
        ("+/state", "plant/+", True),
        ("a/b", "a/c", False),
        ("$share/g/a/#", "a/b", True),
    ],
)
def test_that_it_is_told_which_overlap(one: str, other: str, both: bool) -> None:
    assert overlaps(one, other) is both
    assert overlaps(other, one) is both


@given(FILTERS, FILTERS, NAMES.filter(bool))
def test_that_filters_that_match_the_same_topic_overlap(one: str, other: str, name: str) -> None:
    if topic_matches(one, name) and topic_matches(other, name):
        assert overlaps(one, other)
