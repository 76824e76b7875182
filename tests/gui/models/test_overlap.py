"""What is said of subscriptions that overlap."""

from __future__ import annotations

from topicscope.gui.models.subscriptions.overlap import overlap_warning


def test_that_the_first_other_one_is_named() -> None:
    assert overlap_warning(["a/b"], ["a/b", "c"]) == ""
    assert overlap_warning(["a/b"], ["c", "a/+"]).startswith("Overlaps a/+:")
    assert overlap_warning(["a/+", "a/b"], []).startswith("Overlaps a/+:")
