"""What a window gets from the application that made it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from topicscope.capture.log import DEFAULT_DISK_BUDGET, DEFAULT_MEMORY_BUDGET
from topicscope.gui.library.automation import AutomationLibrary
from topicscope.gui.library.filters import FilterLibrary
from topicscope.gui.library.names import NameLibrary
from topicscope.gui.library.publishing import PublishLibrary
from topicscope.paths import config_dir, state_dir

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.gui.connection.bridge import ConnectionFactory
    from topicscope.gui.secrets import SecretKeeper
    from topicscope.profiles.profile import Profile
    from topicscope.profiles.store import ProfileStore


def _own_filters() -> FilterLibrary:
    return FilterLibrary(config_dir())


def _own_names() -> NameLibrary:
    return NameLibrary(config_dir())


def _own_publications() -> PublishLibrary:
    return PublishLibrary(config_dir(), state_dir())


def _own_automation() -> AutomationLibrary:
    return AutomationLibrary(config_dir(), state_dir())


@dataclass(frozen=True, slots=True)
class Services:
    """Parts that all windows share.

    Attributes:
        store: the profiles on disk.
        secrets: the passwords and tokens of profiles.
        make_connection: makes a connection when a window first needs one.
        start_demo: starts the demo broker if it does not run, and returns the profile that reaches it;
            raises `OSError`.
        open_window: opens another window.
        memory_budget: bytes of memory that the capture of one window may take.
        disk_budget: bytes on disk that it may take beyond that.
        filters: saved filters, colour rules and filter history.
        names: topic templates and rules for friendly names.
        publications: templates and history of publishing.
        automation: schedules and responders.
        remembers_shape: whether windows come back as they were left.

    """

    store: ProfileStore
    secrets: SecretKeeper
    make_connection: ConnectionFactory
    start_demo: Callable[[], Profile]
    open_window: Callable[[], object]
    memory_budget: int = DEFAULT_MEMORY_BUDGET
    disk_budget: int = DEFAULT_DISK_BUDGET
    filters: FilterLibrary = field(default_factory=_own_filters)
    names: NameLibrary = field(default_factory=_own_names)
    publications: PublishLibrary = field(default_factory=_own_publications)
    automation: AutomationLibrary = field(default_factory=_own_automation)
    remembers_shape: bool = True
