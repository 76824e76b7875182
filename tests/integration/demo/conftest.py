"""A running broker for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from topicscope.demo import BrokerThread

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def broker() -> Iterator[BrokerThread]:
    """A broker without the plant on free ports."""
    with BrokerThread() as thread:
        yield thread
