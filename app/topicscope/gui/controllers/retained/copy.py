"""Copying retained messages to another broker: a connection of its own, driven by its own thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from topicscope.automation.retained.job import RetainedJob
from topicscope.capture.tap import Tap
from topicscope.connection.state import ConnectionState, Phase, PublishProgress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from topicscope.automation.retained.plans import Plan
    from topicscope.capture.batch import Batch
    from topicscope.connection.state import ConnectionEvent
    from topicscope.gui.connection.bridge import ConnectionFactory
    from topicscope.profiles.profile import Profile


class RetainedCopy:
    """One copy, at which the window only looks now and then.

    Attributes:
        job: how far it is.
        failure: the end of the connection, where it cannot go on; None while it can.

    """

    def __init__(self, make_connection: ConnectionFactory, plan: Plan) -> None:
        self._connection = make_connection(Tap(_to_nobody), self._listen, _no_lag)
        self._has_begun = False
        self.job = RetainedJob(plan, self._connection)
        self.failure: ConnectionState | None = None

    def begin(self, profile: Profile, secrets: Mapping[str, str]) -> None:
        """Connect under a Client Identifier of its own, so that nobody is cut off, and publish."""
        visitor = msgspec.structs.replace(
            profile,
            client_identifier="",
            clean_start=True,
            session_expiry_interval=None,
            will=None,
        )
        self._connection.connect(visitor, secrets)

    def close(self) -> None:
        """End the connection; waits two seconds at most."""
        self._connection.close(2.0)

    # On the connection's thread

    def _listen(self, event: ConnectionEvent) -> None:
        if isinstance(event, PublishProgress):
            self.job.progressed(event)
        elif isinstance(event, ConnectionState):
            self._take_state(event)

    def _take_state(self, state: ConnectionState) -> None:
        if state.phase is Phase.CONNECTED and not self._has_begun:
            self._has_begun = True
            self.job.start()
        elif state.phase is Phase.OFFLINE or (state.phase is Phase.WAITING and not self._has_begun):
            self.failure = state


def _to_nobody(_: Batch) -> None:
    pass


def _no_lag() -> float:
    return 0.0
