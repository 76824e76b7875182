"""One Mosquitto for each module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.mosquitto import Mosquitto

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A broker without plant."""
    with Mosquitto(tmp_path_factory.mktemp("broker")) as broker:
        yield broker
