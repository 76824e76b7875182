"""A connection that writes down what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.watch import Watched

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def watched() -> Iterator[Watched]:
    """Return a connection whose events can be waited for."""
    with Watched() as watched:
        yield watched
