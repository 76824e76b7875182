from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.mqtt.topic_templates import (
    NO_TEMPLATE,
    TopicTemplate,
    TopicTemplates,
    topic_template_problem,
)
from topicscope.mqtt.topics import TopicFilter

PLACEOS = "placeos/<org>/state/<bld>/<lvl>/<area>/<sys>/<drv>/<mod>/<idx>/<state>"
DISPLAY = b"placeos/org-1/state/bld-2/lvl-3/area-4/sys-5/drv-6/Display/1/power"

words = st.sampled_from(["", "a", "b", "site", "$SYS", "é"])
names = st.sampled_from(["<x>", "<y>", "<z>", "+"])
templates = (
    st.tuples(st.lists(words | names, min_size=1, max_size=5), st.booleans())
    .map(lambda parts: "/".join([*parts[0], *(["#"] if parts[1] else [])]))
    .filter(lambda text: topic_template_problem(text) is None)
)
topics = st.binary(max_size=12) | st.lists(
    words.map(str.encode) | st.binary(max_size=2), min_size=1, max_size=6
).map(b"/".join)


def test_that_a_template_gives_the_levels_that_have_names() -> None:
    template = TopicTemplate(PLACEOS)
    assert template.names == ("org", "bld", "lvl", "area", "sys", "drv", "mod", "idx", "state")
    assert template.filter == "placeos/+/state/+/+/+/+/+/+/+/+"
    assert template.match(DISPLAY) == (
        *(b"org-1", b"bld-2", b"lvl-3", b"area-4", b"sys-5", b"drv-6", b"Display", b"1", b"power"),
    )
    assert template.position("mod") == 8
    assert template.position("nobody") == -1
    assert template.level_names[:4] == (None, "org", None, "bld")


@pytest.mark.parametrize(
    ("template", "topic", "values"),
    [
        ("a/<b>", b"a/1", (b"1",)),
        ("a/<b>", b"a/", (b"",)),
        ("a/<b>", b"a", None),
        ("a/<b>", b"a/1/2", None),
        ("a/<b>", b"ab/1", None),
        ("a/<b>/#", b"a/1", (b"1",)),
        ("a/<b>/#", b"a/1/2/3", (b"1",)),
        ("a/<b>/#", b"a", None),
        ("a/+/<b>", b"a/x/1", (b"1",)),
        ("/<b>", b"/1", (b"1",)),
        ("<a>/<b>", b"$SYS/1", None),
        ("$SYS/<b>", b"$SYS/1", (b"1",)),
        ("#", b"anything/at/all", ()),
        ("a/b", b"a/b", ()),
        ("a/<b>", b"a/\xff\x00", (b"\xff\x00",)),
    ],
)
def test_that_a_template_matches_what_its_filter_matches(
    template: str, topic: bytes, values: tuple[bytes, ...] | None
) -> None:
    assert TopicTemplate(template).match(topic) == values
    assert TopicFilter(TopicTemplate(template).filter).matches(topic) is (values is not None)


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("", "at least one character"),
        ("a/<>", "Level 2, <>: the name is empty"),
        ("a/<b", "Level 2, <b: the < is not closed"),
        ("a/b>", "must stand alone"),
        ("a/x<b>", "must stand alone"),
        ("a/<b>x", "must stand alone"),
        ("a/<b><c>", "made of letters"),
        ("a/<two words>", "made of letters"),
        ("a/<1st>", "made of letters"),
        ("<b>/<b>", "The name <b> stands twice"),
        ("<b>/#/c", "# must be the last level"),
        ("<b>/x+", r"\+ must stand alone"),
        ("a\0/<b>", "null character"),
        ("<b>/" + "x" * 70_000, "template must not be longer"),
        ("$share/group/<b>", r"cannot begin with \$share"),
    ],
)
def test_that_an_invalid_template_is_told_with_its_reason(template: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        TopicTemplate(template)


def naive(template: str, topic: bytes) -> tuple[bytes, ...] | None:
    wanted, levels = template.split("/"), topic.split(b"/")
    if topic.startswith(b"$") and wanted[0][:1] in {"<", "+", "#"}:
        return None
    if wanted[-1] == "#":
        wanted.pop()
        levels = levels[: len(wanted)]
    if len(wanted) != len(levels):
        return None
    values = []
    for want, level in zip(wanted, levels, strict=True):
        if want.startswith("<"):
            values.append(level)
        elif want not in {"+", level.decode(errors="replace")}:
            return None
    return tuple(values)


@given(templates, topics)
def test_that_matching_agrees_with_a_naive_split_and_with_the_filter(
    text: str, topic: bytes
) -> None:
    template = TopicTemplate(text)
    assert template.match(topic) == naive(text, topic)
    assert template.matches(topic) is TopicFilter(template.filter).matches(topic)


@given(st.text(max_size=30) | st.text("<>/+#a$", max_size=12))
def test_that_any_text_is_a_template_or_has_a_reason(text: str) -> None:
    if topic_template_problem(text) is None:
        TopicTemplate(text).match(b"a/b")
    else:
        with pytest.raises(ValueError):
            TopicTemplate(text)


@given(st.lists(templates, max_size=4), topics)
def test_that_a_topic_lies_on_the_first_template_that_matches(
    texts: list[str], topic: bytes
) -> None:
    several = TopicTemplates(TopicTemplate(text) for text in texts)
    matching = [index for index, one in enumerate(several.templates) if one.matches(topic)]
    assert several.index_of(topic) == (matching[0] if matching else NO_TEMPLATE)
    for name in ("x", "y"):
        expected = None
        if matching:
            template = several.templates[matching[0]]
            found = dict(zip(template.names, template.match(topic) or (), strict=True))
            expected = found.get(name)
        assert several.value(topic, name) == expected


def test_that_levels_are_told_as_text_without_two_becoming_one() -> None:
    several = TopicTemplates([TopicTemplate("a/<b>")])
    assert several.level_of("b", "a/é".encode()) == "é"
    assert several.level_of("b", b"a/\xff") != several.level_of("b", b"a/\xfe")
    assert several.level_of("c", b"a/x") is None
    assert several.level_of("b", b"x") is None
