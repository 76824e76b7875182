"""Tests of what start-up leaves behind in memory."""

from __future__ import annotations

import linecache

from topicscope.gui import garbage


def test_that_the_texts_of_source_files_can_be_read_but_are_not_kept() -> None:
    assert linecache.getline(garbage.__file__, 1).startswith('"""')
    assert not linecache.cache
