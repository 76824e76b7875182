"""What a window gets from the application that made it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from topicscope.capture.log import DEFAULT_DISK_BUDGET, DEFAULT_MEMORY_BUDGET
from topicscope.gui.filter_library import FilterLibrary
from topicscope.paths import config_dir

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.gui.bridge import ConnectionFactory
    from topicscope.profiles.profile import Profile
    from topicscope.profiles.store import ProfileStore


def _own_filters() -> FilterLibrary:
    return FilterLibrary(config_dir())


@dataclass(frozen=True, slots=True)
class Services:
    """Parts that all windows share.

    Attributes:
        store: the profiles on disk.
        passwords: passwords typed in since the start, by the name of their profile; in memory only.
        make_connection: makes a connection when a window first needs one.
        start_demo: starts the demo broker if it does not run, and returns the profile that reaches it;
            raises `OSError`.
        open_window: opens another window.
        memory_budget: bytes of memory that the capture of one window may take.
        disk_budget: bytes on disk that it may take beyond that.
        filters: saved filters, colour rules and filter history.
        remembers_shape: whether windows come back as they were left.

    """

    store: ProfileStore
    passwords: dict[str, str]
    make_connection: ConnectionFactory
    start_demo: Callable[[], Profile]
    open_window: Callable[[], object]
    memory_budget: int = DEFAULT_MEMORY_BUDGET
    disk_budget: int = DEFAULT_DISK_BUDGET
    filters: FilterLibrary = field(default_factory=_own_filters)
    remembers_shape: bool = True
