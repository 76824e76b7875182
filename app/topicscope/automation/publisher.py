"""What everything that acts by itself needs of others: somebody who publishes, and somebody who fills templates in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from topicscope.automation.templates.rendering import Rendered
    from topicscope.automation.templates.template import MessageTemplate
    from topicscope.mqtt.properties import PropertyList

    TemplateOf: TypeAlias = Callable[[str], MessageTemplate]
    """Returns the template at a path (``folder/name``); raises KeyError when there is none."""


def template_at(path: str, own: MessageTemplate, templates: TemplateOf) -> MessageTemplate:
    """Return the template at a path, or `own` where the path is empty; raises ValueError with a sentence."""
    if not path:
        return own
    try:
        return templates(path)
    except KeyError:
        raise ValueError(f"There is no template “{path}”.") from None


class Publisher(Protocol):
    """Sends Application Messages; `connection.supervisor.Connection` is one. Any thread may call."""

    def publish(
        self,
        topic: str,
        payload: bytes,
        qos: int = 0,
        retain: bool = False,
        properties: PropertyList | None = None,
    ) -> int:
        """Take a message on its way and return its token; raises ValueError with a sentence."""
        ...


class TemplateRenderer(Protocol):
    """Makes messages of templates; `rendering.Renderer` is one."""

    def render(self, template: MessageTemplate, context: Mapping[str, Any]) -> Rendered:
        """Fill a template in; raises ValueError with a sentence."""
        ...
