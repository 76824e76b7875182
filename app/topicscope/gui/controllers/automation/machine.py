"""The threads behind what acts by itself in one window: made when something is first started, of one connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.automation.publisher import TemplateOf, TemplateRenderer
    from topicscope.automation.responders.engine import ResponderEngine
    from topicscope.automation.schedules.scheduler import Scheduler
    from topicscope.connection.supervisor import Connection
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.connection.feed import ConnectionFeed
    from topicscope.gui.filter_sources import FilterSources

CLOSE_S = 1.0
"""How long the threads may take to end."""


@dataclass(slots=True)
class Machine:
    """Scheduler and engine of one connection."""

    connection: Connection
    feed: ConnectionFeed
    scheduler: Scheduler
    engine: ResponderEngine
    level_names: tuple[str, ...]

    def running_schedules(self) -> list[str]:
        """Return the ids of the schedules that send, or are about to."""
        return [one for one, status in self.scheduler.statuses().items() if status.is_active]

    def close(self) -> None:
        """Stop all at once and end the threads."""
        self.scheduler.stop_all()
        self.engine.set_responders([])
        self.feed.follow(None)
        self.feed.detach()
        self.scheduler.close(CLOSE_S)
        self.engine.close(CLOSE_S)


class MachineMaker:
    """Makes the machine of a window; `on_stopped` is told on the engine's thread of a rule stopped in a loop."""

    def __init__(
        self,
        bridge: ConnectionBridge,
        sources: FilterSources,
        templates: TemplateOf,
        renderer: Callable[[], TemplateRenderer],
        on_stopped: Callable[[str, str], None],
    ) -> None:
        self._bridge = bridge
        self._sources = sources
        self._templates = templates
        self._renderer = renderer
        self._on_stopped = on_stopped

    def renewed(self, old: Machine | None) -> Machine:
        """Return the machine for the connection there is: the old one, if it still fits."""
        names = tuple(self._sources.level_names())
        connection, feed = self._bridge.publisher(), self._bridge.feed
        if old is not None and old.feed is feed and old.connection is connection:
            if old.level_names != names:
                old.engine.close(CLOSE_S)
                old.engine = self._make_engine(connection, feed, names)
                old.level_names = names
            return old
        if old is not None:
            old.close()
        return self._make(connection, feed, names)

    def _make(
        self, connection: Connection, feed: ConnectionFeed, names: tuple[str, ...]
    ) -> Machine:
        from topicscope.automation.schedules.scheduler import Scheduler

        scheduler = Scheduler(connection, self._renderer(), self._templates, follows_progress=True)
        feed.follow(scheduler.progressed)
        engine = self._make_engine(connection, feed, names)
        return Machine(connection, feed, scheduler, engine, names)

    def _make_engine(
        self, connection: Connection, feed: ConnectionFeed, names: tuple[str, ...]
    ) -> ResponderEngine:
        from topicscope.automation.responders.engine import ResponderEngine

        engine = ResponderEngine(
            connection,
            self._renderer(),
            self._templates,
            level_names=names,
            level_of=self._sources.level_of,
            on_stopped=self._on_stopped,
        )
        feed.attach(engine.feed)
        return engine


def read_machinery() -> None:
    """Import what a machine needs, for a worker: reading the language of templates takes longer than a frame."""
