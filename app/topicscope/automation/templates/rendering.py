"""Templates become messages: variables are put in, and the payload is encoded.

Whatever is in a template, `Renderer.render` ends soon and raises nothing but `compiling.RenderError`.
"""

from __future__ import annotations

import base64
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from topicscope.automation.templates.compiling import RenderError, compiled
from topicscope.automation.templates.publish_properties import properties_from_json
from topicscope.automation.templates.sandbox import RUN
from topicscope.automation.templates.shorthand import has_code
from topicscope.automation.templates.variables import Environ, Run, Sources
from topicscope.mqtt.framing import MAX_VARIABLE_BYTE_INTEGER
from topicscope.mqtt.topics import topic_name_problem
from topicscope.payload.compose import ComposeError, encode_payload

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from topicscope.automation.templates.template import MessageTemplate
    from topicscope.mqtt.properties import PropertyList

__all__ = ["RenderError", "Rendered", "Renderer"]

TIME_S: Final = 0.2
"""Seconds of work that rendering one message may take."""


class Rendered(NamedTuple):
    """A message as it can be published; `properties` as pairs of the wire."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    properties: PropertyList


class Renderer:
    """Makes messages of templates; may be asked from several threads.

    Counters and chance go on from message to message. `environment` names the variables of the environment that
    templates may read, `variables` what is known in every template, as those of the profile. `folder` is where
    relative names of files begin. `seed` makes chance repeatable, and `clock` gives seconds since the epoch.
    """

    def __init__(
        self,
        *,
        environment: Collection[str] = (),
        variables: Mapping[str, object] | None = None,
        folder: Path | None = None,
        seed: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.variables: dict[str, object] = dict(variables or {})
        self._sources = Sources(environment=environment, seed=seed, clock=clock)
        self._environ = Environ(self._sources.environment)
        self._folder = folder

    # Methods

    def render(
        self, template: MessageTemplate, context: Mapping[str, object] | None = None
    ) -> Rendered:
        """Make the message; `context` holds captured values. Raises RenderError. Blocks where a file is read."""
        return self._render(template, context, self._sources)

    def preview(
        self, template: MessageTemplate, context: Mapping[str, object] | None = None
    ) -> Rendered:
        """Make the message that comes next, and leave counters and chance as they are. Raises RenderError."""
        return self._render(template, context, self._sources.copy())

    def render_text(
        self, text: str, context: Mapping[str, object] | None = None, where: str = "Text"
    ) -> str:
        """Put variables into any text. Raises RenderError."""
        return self._text(text, where, self._values(context, self._sources))

    def reset_counters(self) -> None:
        """Let all counters begin anew."""
        self._sources.reset_counters()

    # Private

    def _values(self, context: Mapping[str, object] | None, sources: Sources) -> dict[str, object]:
        run = Run(sources, time.thread_time() + TIME_S)
        return {**self.variables, **(context or {}), "env": self._environ, RUN: run}

    def _render(
        self, template: MessageTemplate, context: Mapping[str, object] | None, sources: Sources
    ) -> Rendered:
        values = self._values(context, sources)
        topic = self._text(template.topic, "Topic", values)
        if problem := topic_name_problem(topic):
            raise RenderError("Topic", problem)
        payload = self._payload(template, values)
        properties = self._properties(template.properties, values)
        return Rendered(topic, payload, template.qos, template.retain, properties)

    def _text(self, text: str, where: str, values: Mapping[str, object]) -> str:
        if not has_code(text):
            return text
        run = values[RUN]
        assert isinstance(run, Run)
        began = time.thread_time()
        ready = compiled(text, where)
        # Making it ready has bounds of its own, and happens once.
        run.until += time.thread_time() - began
        return ready.render(where, values, run)

    def _payload(self, template: MessageTemplate, values: Mapping[str, object]) -> bytes:
        text = self._text(template.payload, "Payload", values)
        if template.format == "file":
            return _read_file(text, self._folder)
        try:
            return encode_payload(text, template.format)
        except ComposeError as error:
            raise RenderError("Payload", error.reason, error.line, error.column) from error

    def _properties(
        self, document: Mapping[str, Any], values: Mapping[str, object]
    ) -> PropertyList:
        if not document:
            return []
        rendered = {key: self._property(key, value, values) for key, value in document.items()}
        try:
            return properties_from_json(rendered)
        except ValueError as error:
            raise RenderError("Properties", str(error)) from error

    def _property(self, key: str, value: object, values: Mapping[str, object]) -> object:
        if isinstance(value, str) and has_code(value):
            text = self._text(value, key, values)
            # What is in Base64 in the file is text for who writes a variable into it.
            is_binary = key == "correlation_data"
            return base64.b64encode(_utf8(text, key)).decode() if is_binary else text
        if isinstance(value, list):
            return [self._property(key, one, values) for one in value]
        return value


def _utf8(text: str, where: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise RenderError(where, "half of a surrogate pair cannot be sent as UTF-8") from error


def _read_file(name: str, folder: Path | None) -> bytes:
    name = name.strip()
    if not name:
        raise RenderError("Payload", "no file is named")
    try:
        path = Path(name).expanduser()
        path = folder / path if folder is not None else path
        if not path.is_file():
            raise RenderError("Payload", f"there is no file {path}")
        with path.open("rb") as file:
            data = file.read(MAX_VARIABLE_BYTE_INTEGER + 1)
    except (OSError, ValueError, RuntimeError) as error:
        if isinstance(error, RenderError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise RenderError("Payload", f"{name} cannot be read: {reason}") from error
    if len(data) > MAX_VARIABLE_BYTE_INTEGER:
        raise RenderError("Payload", f"{name} is larger than any message")
    return data
