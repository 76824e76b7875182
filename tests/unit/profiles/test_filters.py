from __future__ import annotations

import msgspec

from topicscope.profiles.filters import (
    COLOURS,
    LONGEST_HISTORY,
    ColourRule,
    FilterBook,
    SavedFilter,
)

BOOK = FilterBook(saved=(SavedFilter(name="hot", filter="json.value > 80", colour="red"),))


def test_that_all_fields_of_filters_and_rules_come_back() -> None:
    saved = SavedFilter(name="hot", filter="json.value > 80", colour="red")
    rule = ColourRule(filter="retain", colour="violet", name="kept", enabled=False)
    for thing in (saved, rule):
        assert all(getattr(thing, f.name) != f.default for f in msgspec.structs.fields(thing))
        assert msgspec.json.decode(msgspec.json.encode(thing), type=type(thing)) == thing


def test_that_the_history_is_newest_first_without_doubles_and_short() -> None:
    book = FilterBook()
    for number in range(LONGEST_HISTORY + 10):
        book = book.with_applied(f"qos == {number}")
    book = book.with_applied("  qos == 20\n").with_applied(" ")
    assert book.history[:2] == ("qos == 20", f"qos == {LONGEST_HISTORY + 9}")
    assert len(book.history) == LONGEST_HISTORY
    assert len(set(book.history)) == LONGEST_HISTORY


def test_that_a_saved_filter_takes_the_place_of_one_of_its_name() -> None:
    other = SavedFilter(name="cold", filter="json.value < 2")
    newer = SavedFilter(name="hot", filter="json.value > 90", colour="pink")
    book = BOOK.with_saved(other).with_saved(newer)
    assert book.saved == (newer, other)
    assert book.without_saved("hot").saved == (other,)


def test_that_there_are_as_many_colours_as_a_theme_has_series() -> None:
    assert len(COLOURS) == len(set(COLOURS)) == 8
