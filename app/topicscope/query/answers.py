"""What filters have found out and need not find out again: rows of the capture never change."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from topicscope.capture.segment import Segment

UNKNOWN, NO, YES = 0, 1, 2

_Rows: TypeAlias = "dict[int, NDArray[np.uint8]]"


class Answers:
    """For some questions, the answer for each row that was asked about; those not used for long are forgotten.

    Several threads may use it: they may do the same work twice, but find the same.
    """

    def __init__(self, questions: int = 16) -> None:
        self._questions = questions
        self._of_rows: OrderedDict[Hashable, _Rows] = OrderedDict()
        self._of_topics: OrderedDict[Hashable, NDArray[np.bool_]] = OrderedDict()

    def rows(self, question: Hashable) -> _Rows:
        """Return the answers to a question by the first row of their segment."""
        rows = self._of_rows.setdefault(question, {})
        self._of_rows.move_to_end(question)
        _forget(self._of_rows, self._questions)
        return rows

    def topics(self, question: Hashable) -> NDArray[np.bool_]:
        """Return the answers for the first topics, and two times no: ids of rows without a topic are negative."""
        return self._of_topics.get(question, np.zeros(2, np.bool_))

    def keep_topics(self, question: Hashable, answers: NDArray[np.bool_]) -> None:
        """Keep the answers for topics."""
        self._of_topics[question] = answers
        _forget(self._of_topics, 4 * self._questions)


def of_segment(rows: _Rows, segment: Segment, first_row: int) -> NDArray[np.uint8]:
    """Return the answers for a segment, `UNKNOWN` at first; those in front of `first_row` are given up."""
    answers = rows.get(segment.first_row)
    if answers is None:
        for gone in [row for row in tuple(rows) if row < first_row]:
            rows.pop(gone, None)
        answers = rows.setdefault(segment.first_row, np.zeros(len(segment.topic), np.uint8))
    return answers


def _forget(kept: OrderedDict[Hashable, Any], limit: int) -> None:
    while len(kept) > limit:
        try:
            kept.popitem(last=False)
        except KeyError:
            return
