"""One Mosquitto on four transports, for each module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.mosquitto import Mosquitto
from tests.helpers.watch import Watched
from topicscope.connection.timing import Timing

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENT = Timing(first_retry_s=0.1, longest_retry_s=0.5, jitter=0.0)


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    folder = tmp_path_factory.mktemp("broker")
    with Mosquitto(folder, tls=True, websocket=True, extra="sys_interval 1") as broker:
        yield broker


@pytest.fixture
def watched() -> Iterator[Watched]:
    with Watched(PATIENT) as watched:
        yield watched
