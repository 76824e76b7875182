"""The Topic Filters that somebody subscribed to lately, remembered from one start to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QSettings

from topicscope.mqtt.topics import topic_filter_problem
from topicscope.paths import config_dir

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST: Final = 30
_KEY: Final = "filters"


class RecentFilters:
    """At most 30 Topic Filters, the latest first; read from the disk when first asked for."""

    def __init__(self) -> None:
        self._filters: list[str] | None = None

    def latest(self) -> list[str]:
        """Return the Topic Filters, the latest first."""
        if self._filters is None:
            self._filters = _read()
        return list(self._filters)

    def add(self, topic_filters: Iterable[str]) -> None:
        """Remember Topic Filters that were subscribed to now."""
        wanted = [*topic_filters, *self.latest()]
        self._filters = list(dict.fromkeys(wanted))[:MOST]
        # As JSON: QSettings would break a lone Topic Filter at its commas.
        _settings().setValue(_KEY, msgspec.json.encode(self._filters).decode())


def _settings() -> QSettings:
    return QSettings(str(config_dir() / "recent.ini"), QSettings.Format.IniFormat)


def _read() -> list[str]:
    stored = _settings().value(_KEY, "[]")
    try:
        filters = msgspec.json.decode(str(stored), type=list[str])
    except ValueError:
        return []
    return [text for text in filters if topic_filter_problem(text) is None][:MOST]
