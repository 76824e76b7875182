"""From what somebody wrote to what became of it: makes messages of drafts, publishes them, follows each to its end."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.automation.publish_history_file import PublishedMessage
from topicscope.connection.limits import READ_ONLY, publish_problem, publish_size
from topicscope.connection.state import Phase
from topicscope.gui.connection.echoes import Echoes
from topicscope.gui.models.publish.message import Draft, Message
from topicscope.gui.models.publish.results import (
    MOST_RESULTS,
    PublishResult,
    PublishResultsModel,
)
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.mqtt.properties import properties_to_json

if TYPE_CHECKING:
    from topicscope.automation.templates.rendering import Renderer
    from topicscope.connection.state import ConnectionState, PublishProgress
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.library.publishing import PublishLibrary
    from topicscope.profiles.profile import Profile

_LOST = "The connection that it waited for is gone."


class Publishing(QObject):
    """Publishes for one window. Messages leave in the order in which they were asked for."""

    progressed = Signal(object)
    """A `PublishResult` of which something new is known."""
    failed = Signal(str)
    """Why a message could not be handed over, in a sentence."""
    previewed = Signal(object, object, str)
    """A `Draft`, the `Message` that it would become now or None, and what is wrong with it."""

    def __init__(
        self, library: PublishLibrary, bridge: ConnectionBridge, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.library = library
        self.bridge = bridge
        self.results = PublishResultsModel(self)
        self.echoes = Echoes(bridge, self)
        self._by_token: dict[int, PublishResult] = {}
        self._waiting: deque[Draft] = deque()
        self._is_working = False
        self._wanted: Draft | None = None
        self._is_previewing = False
        self._renderer: Renderer | None = None
        self._environment: tuple[str, ...] = ()
        self._making = threading.Lock()
        self._profile: Profile | None = None
        bridge.state_changed.connect(self._on_state_changed)
        bridge.publish_progressed.connect(self._on_progressed)
        self.echoes.came_back.connect(self._on_came_back)
        library.settings_changed.connect(self._on_settings_changed)

    # Properties

    @property
    def profile_name(self) -> str:
        """Name of the profile whose variables templates know, or an empty text."""
        return self._profile.label if self._profile is not None else ""

    # Setters

    @Slot(object)
    def set_profile(self, profile: Profile) -> None:
        """Let templates know the variables of this profile."""
        self._profile = profile
        if self._renderer is not None:
            self._renderer.variables = self.variables()

    # Methods

    def publish(self, draft: Draft) -> None:
        """Publish what somebody wrote, behind what is still being made ready."""
        if self._waiting or self._is_working or draft.needs_a_worker:
            self._waiting.append(draft)
            if not self._is_working:
                self._is_working = True
                spawn(self._work(), "publish")
            return
        try:
            message = draft.message()
        except ValueError as error:
            self.failed.emit(_sentence(error))
            return
        self.send(message)

    def send(self, message: Message) -> PublishResult | None:
        """Publish a message as it is; `failed` says why it could not be."""
        try:
            token = self.bridge.publish(*message)
        except ValueError as error:
            self.failed.emit(str(error))
            return None
        self._end_of_before(token)
        result = PublishResult(token, message, time.time_ns())
        result.identifier = self.library.published.remember(self._entry(message))
        self._by_token[token] = result
        self._forget_old()
        self.results.add(result)
        self.echoes.await_echo(token, message.topic, message.payload)
        self.progressed.emit(result)
        return result

    def drop(self, result: PublishResult) -> None:
        """Forget a publish that waits; its progress tells what became of it."""
        self.bridge.drop(result.token)

    def preview(self, draft: Draft) -> None:
        """Make the message that a draft would become now; `previewed` brings the newest that was asked for."""
        self._wanted = draft
        if not self._is_previewing:
            self._is_previewing = True
            spawn(self._preview(), "preview")

    def made(self, draft: Draft) -> Message:
        """Make the message of a draft, on a worker's thread; raises `ValueError` with a sentence."""
        return self._made(draft, is_preview=False)

    def variables(self) -> dict[str, object]:
        """Return what templates know of the connection and its profile."""
        profile = self._profile
        if profile is None:
            return {}
        own = self.library.settings.variables.get(profile.label, ())
        known = {"profile": profile.label, "host": profile.host, "port": profile.port}
        return {**known, "client_id": self.bridge.state.client_identifier, **dict(own)}

    def reason_against(self, qos: int) -> str:
        """Say why nothing of this QoS can be published now, or nothing."""
        state = self.bridge.state
        if state.phase is Phase.OFFLINE:
            return "Not connected: connect to a broker to publish."
        if state.read_only:
            return READ_ONLY
        if state.phase is not Phase.CONNECTED and not qos:
            return "Not connected now, and nothing keeps a message with QoS 0."
        return ""

    def problem_with(self, message: Message) -> str:
        """Say why this broker would not take a message, or nothing."""
        state, (topic, payload, qos, retain, properties) = self.bridge.state, message
        size, version = len(payload), state.protocol_version
        return publish_problem(state.server, version, topic, size, qos, retain, properties) or ""

    def packet_size(self, message: Message) -> int:
        """Return the bytes of the whole PUBLISH."""
        version = self.bridge.state.protocol_version
        topic, payload, qos, _, properties = message
        return publish_size(version, topic, len(payload), qos, properties)

    # Slots

    @Slot(object)
    def _on_progressed(self, progress: PublishProgress) -> None:
        result = self._by_token.get(progress.token)
        if result is None:
            return
        result.take(progress)
        if progress.stage != "queued":
            self.library.published.set_result(result.identifier, result.outcome.sentence)
        self.results.renew(result)
        self.progressed.emit(result)

    @Slot(int, float)
    def _on_came_back(self, token: int, seconds: float) -> None:
        result = self._by_token.get(token)
        if result is None:
            return
        result.take_echo(seconds)
        if result.is_over:
            self.library.published.set_result(result.identifier, result.outcome.sentence)
        self.results.renew(result)
        self.progressed.emit(result)

    @Slot(object)
    def _on_state_changed(self, _state: ConnectionState) -> None:
        if self._renderer is not None:
            self._renderer.variables = self.variables()

    @Slot()
    def _on_settings_changed(self) -> None:
        if self._renderer is None:
            return
        if self.library.settings.environment == self._environment:
            self._renderer.variables = self.variables()
        else:
            # What the environment gives is decided when a renderer is made.
            self._renderer = None

    # Private

    async def _work(self) -> None:
        try:
            while self._waiting:
                draft = self._waiting.popleft()
                try:
                    message = await in_worker_for(self, self._made, draft, is_preview=False)
                except ValueError as error:
                    self.failed.emit(_sentence(error))
                else:
                    self.send(message)
        finally:
            self._is_working = False

    async def _preview(self) -> None:
        try:
            while (draft := self._wanted) is not None:
                self._wanted = None
                message, problem = None, ""
                try:
                    message = await in_worker_for(self, self._made, draft, is_preview=True)
                except ValueError as error:
                    problem = _sentence(error)
                if self._wanted is None:
                    self.previewed.emit(draft, message, problem)
        finally:
            self._is_previewing = False

    def _made(self, draft: Draft, *, is_preview: bool) -> Message:
        """Make a message, on a worker's thread; raises `ValueError` with a sentence."""
        if not draft.has_variables and draft.template.format != "file":
            return draft.message()
        with self._making:
            renderer = self._renderer or self._new_renderer()
        template = draft.stored()
        return Message(*(renderer.preview if is_preview else renderer.render)(template))

    def _new_renderer(self) -> Renderer:
        from topicscope.automation.templates.rendering import Renderer

        self._environment = self.library.settings.environment
        self._renderer = Renderer(
            environment=self._environment,
            variables=self.variables(),
            folder=self.library.folder,
        )
        return self._renderer

    def _entry(self, message: Message) -> PublishedMessage:
        return PublishedMessage(
            time=time.time(),
            topic=message.topic,
            payload=message.payload,
            qos=message.qos,
            retain=message.retain,
            properties=properties_to_json(message.properties),
            broker=self.bridge.state.endpoint,
        )

    def _forget_old(self) -> None:
        if len(self._by_token) > 2 * MOST_RESULTS:
            old = list(self._by_token)[:MOST_RESULTS]
            for token in old:
                if self._by_token[token].is_over:
                    del self._by_token[token]

    def _end_of_before(self, token: int) -> None:
        """End what bore the same token over a connection that is gone."""
        before = self._by_token.pop(token, None)
        if before is not None and not before.is_over and before.progress is not None:
            # Frozen facts: another one takes the place of the last.
            progress = type(before.progress)(token, "dropped", text=_LOST)
            before.take(progress)
            self.library.published.set_result(before.identifier, before.outcome.sentence)
            self.results.renew(before)


def _sentence(error: ValueError) -> str:
    text = str(error)
    return text if text.endswith(".") else f"{text}."
