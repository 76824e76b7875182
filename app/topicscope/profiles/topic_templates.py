"""What the user calls the levels of topics, and what Topicscope knows of well-known systems.

Two things are stored: topic templates, which name levels (``placeos/<org>/state/…``), and name rules, which say
where the ids in topics are given names. The conventions of well-known systems hold without anybody writing them down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import msgspec

from topicscope.mqtt.topic_templates import TopicTemplate, topic_template_problem
from topicscope.payload.json_path import parse_paths
from topicscope.profiles.one_file_store import OneFileStore

if TYPE_CHECKING:
    from pathlib import Path

    from topicscope.profiles.upgrades import Upgrade

FILE_NAME = "topic-names.json"
CURRENT_VERSION = 1
"""Version of the stored form."""

UPGRADES: dict[int, Upgrade] = {}
"""For each older version the function that makes the next one of it, with a test named after it."""

Kind: TypeAlias = Literal["json", "home-assistant", "zigbee2mqtt", "tasmota"]


class StoredNameRule(msgspec.Struct, frozen=True):
    """Where names come from: the messages on `topic`, a template.

    With `kind` ``json`` the template has a level ``<id>``, the one that gets the name, and `path` leads to the name
    in the payload: several with commas between them are tried in turn, the empty one takes the whole payload. The
    other kinds read what the systems of these names publish.
    """

    topic: str
    kind: Kind = "json"
    path: str = "name"

    def problem(self) -> str | None:
        """Say what is wrong with the rule, or None."""
        problem = topic_template_problem(self.topic)
        if problem or self.kind != "json":
            return problem
        if TopicTemplate(self.topic).position("id") < 0:
            return "The rule needs a level <id>: the one that gets the name"
        try:
            parse_paths(self.path)
        except ValueError as error:
            return str(error)
        return None


class Convention(NamedTuple):
    """How the topics of a well-known system are built, the most telling template first."""

    key: str
    label: str
    templates: tuple[str, ...]
    name_rules: tuple[StoredNameRule, ...] = ()


_DISCOVERY = (
    "homeassistant/device/<object>/config",
    "homeassistant/<component>/<object>/config",
    "homeassistant/<component>/<node>/<object>/config",
)
_PLACEOS_MODULE = "<sys>/<drv>/<mod>/<idx>/<state>"

CONVENTIONS = (
    Convention(
        "placeos",
        "PlaceOS",
        (
            f"placeos/<org>/state/<bld>/<lvl>/<area>/{_PLACEOS_MODULE}",
            f"placeos/<org>/state/<region>/<bld>/<lvl>/<area>/{_PLACEOS_MODULE}",
            f"placeos/<org>/state/<bld>/<lvl>/{_PLACEOS_MODULE}",
            f"placeos/<org>/state/<bld>/{_PLACEOS_MODULE}",
            "placeos/<org>/metadata/<id>",
        ),
        # PlaceOS wraps what it publishes in {"time", "value"}; other sources of these topics do not.
        (StoredNameRule("placeos/<org>/metadata/<id>", path="name, value.name"),),
    ),
    Convention(
        "home-assistant",
        "Home Assistant",
        _DISCOVERY,
        tuple(StoredNameRule(topic, "home-assistant") for topic in _DISCOVERY),
    ),
    Convention(
        "zigbee2mqtt",
        "zigbee2mqtt",
        (
            "zigbee2mqtt/bridge/<part>/#",
            "zigbee2mqtt/<device>",
            "zigbee2mqtt/<device>/<action>",
            "zigbee2mqtt/<device>/<action>/<attribute>",
        ),
        (StoredNameRule("zigbee2mqtt/bridge/devices", "zigbee2mqtt"),),
    ),
    Convention(
        "tasmota",
        "Tasmota",
        (
            "tele/<device>/<report>",
            "stat/<device>/<result>",
            "cmnd/<device>/<command>",
            "tasmota/discovery/<mac>/<part>",
        ),
        (StoredNameRule("tasmota/discovery/+/config", "tasmota"),),
    ),
    Convention(
        "sparkplug",
        "Sparkplug B",
        (
            "spBv1.0/STATE/<host>",
            "spBv1.0/<group>/<type>/<node>",
            "spBv1.0/<group>/<type>/<node>/<device>",
        ),
    ),
)


class Suggestion(NamedTuple):
    """A template that fits a topic, and whose convention it is."""

    template: str
    label: str


_SUGGESTED = tuple(
    (TopicTemplate(template), convention.label)
    for convention in CONVENTIONS
    for template in convention.templates
)


def guess_template(topic: bytes) -> Suggestion | None:
    """Suggest a template for a topic of a well-known system; None for any other."""
    for template, label in _SUGGESTED:
        if template.matches(topic):
            return Suggestion(template.text, label)
    return None


class TopicNaming(msgspec.Struct, frozen=True, kw_only=True):
    """How topics are named: the user's templates and rules, and the conventions that are not switched off.

    What is not valid, because somebody has edited the file, is kept and does nothing; `problems` names it.
    """

    version: int = CURRENT_VERSION
    templates: tuple[str, ...] = ()
    name_rules: tuple[StoredNameRule, ...] = ()
    conventions_off: tuple[str, ...] = ()

    def all_templates(self) -> list[TopicTemplate]:
        """Return the templates in the order in which they are tried: the user's own first."""
        own = [TopicTemplate(text) for text in self.templates if not topic_template_problem(text)]
        known = [text for convention in self._conventions() for text in convention.templates]
        return list(dict.fromkeys([*own, *map(TopicTemplate, known)]))

    def all_name_rules(self) -> list[StoredNameRule]:
        """Return the name rules in the order in which they are tried: the user's own first."""
        own = [rule for rule in self.name_rules if not rule.problem()]
        known = [rule for convention in self._conventions() for rule in convention.name_rules]
        return list(dict.fromkeys([*own, *known]))

    def problems(self) -> list[str]:
        """Say what of the templates and rules is not valid, in sentences."""
        found = [(text, topic_template_problem(text)) for text in self.templates]
        found += [(rule.topic, rule.problem()) for rule in self.name_rules]
        return [f"“{text}”: {problem}" for text, problem in found if problem]

    def _conventions(self) -> list[Convention]:
        return [one for one in CONVENTIONS if one.key not in self.conventions_off]


def topic_name_store(folder: Path) -> OneFileStore[TopicNaming]:
    """Return the file of the topic templates and name rules in a folder."""
    return OneFileStore(
        folder / FILE_NAME, TopicNaming, words="The topic names were", upgrades=UPGRADES
    )
