from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from topicscope.capture.marks import Marks

ROWS = st.sets(st.integers(0, 40))


def marks_at(rows: set[int]) -> Marks:
    marks = Marks()
    for row in rows:
        marks.mark(row, f"row {row}")
    return marks


@given(ROWS, st.integers(-1, 41))
def test_that_next_and_previous_are_the_nearest_marks_on_either_side(
    rows: set[int], row: int
) -> None:
    marks = marks_at(rows)
    assert marks.next(row) == min((one for one in rows if one > row), default=None)
    assert marks.previous(row) == max((one for one in rows if one < row), default=None)
    assert list(marks) == sorted(rows)


@given(ROWS, st.integers(0, 41))
def test_that_marks_of_rows_that_were_given_up_are_dropped(rows: set[int], first: int) -> None:
    marks = marks_at(rows)
    assert marks.drop_below(first) == sum(row < first for row in rows)
    assert list(marks) == sorted(row for row in rows if row >= first)
    assert all(marks.text(row) == (f"row {row}" if row >= first else "") for row in rows)
    assert marks.between(0, 41) == list(marks)


@given(st.lists(st.integers(0, 10)))
def test_that_toggling_twice_changes_nothing(rows: list[int]) -> None:
    marks = Marks()
    for row in rows:
        assert marks.toggle(row) == (row in marks)
    assert set(marks) == {row for row in rows if rows.count(row) % 2}
    assert len(marks) == len(set(marks))


def test_that_marking_again_changes_the_words_and_unmarking_twice_is_no_harm() -> None:
    marks = Marks()
    marks.mark(3, "here it began")
    marks.mark(3, "no, later")
    assert (len(marks), marks.text(3)) == (1, "no, later")
    marks.unmark(3)
    marks.unmark(3)
    assert 3 not in marks
    marks.mark(4)
    marks.clear()
    assert list(marks) == []
