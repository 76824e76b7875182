from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.capture.name_readers import name_rule
from topicscope.mqtt.topic_templates import TopicTemplates, topic_template_problem
from topicscope.profiles.topic_templates import (
    CONVENTIONS,
    StoredNameRule,
    TopicNaming,
    guess_template,
)

GUESSES = [
    ("placeos/o/state/b/l/a/s/d/Display/1/power", "PlaceOS", {"org": b"o", "mod": b"Display"}),
    ("placeos/o/state/r/b/_/a/s/d/Display/1/power", "PlaceOS", {"region": b"r", "lvl": b"_"}),
    ("placeos/o/state/b/s/d/Display/1/power", "PlaceOS", {"bld": b"b", "drv": b"d"}),
    ("placeos/o/metadata/zone-1", "PlaceOS", {"id": b"zone-1"}),
    ("homeassistant/light/lamp/config", "Home Assistant", {"object": b"lamp"}),
    ("homeassistant/light/0x1/state/config", "Home Assistant", {"node": b"0x1"}),
    ("homeassistant/device/st_1/config", "Home Assistant", {"object": b"st_1"}),
    ("zigbee2mqtt/lamp", "zigbee2mqtt", {"device": b"lamp"}),
    ("zigbee2mqtt/lamp/set", "zigbee2mqtt", {"action": b"set"}),
    ("zigbee2mqtt/bridge/request/restart", "zigbee2mqtt", {"part": b"request"}),
    ("tele/plug/SENSOR", "Tasmota", {"device": b"plug", "report": b"SENSOR"}),
    ("cmnd/plug/POWER", "Tasmota", {"command": b"POWER"}),
    ("spBv1.0/plant/NDATA/edge", "Sparkplug B", {"group": b"plant", "node": b"edge"}),
    ("spBv1.0/plant/DDATA/edge/motor", "Sparkplug B", {"device": b"motor"}),
    ("spBv1.0/STATE/scada", "Sparkplug B", {"host": b"scada"}),
]


@pytest.mark.parametrize(("topic", "label", "values"), GUESSES)
def test_that_topics_of_well_known_systems_get_a_template(
    topic: str, label: str, values: dict[str, bytes]
) -> None:
    guess = guess_template(topic.encode())
    assert guess is not None
    assert guess.label == label
    known = TopicTemplates(TopicNaming().all_templates())
    assert known.templates[known.index_of(topic.encode())].text == guess.template
    for name, value in values.items():
        assert known.value(topic.encode(), name) == value


@given(st.binary(max_size=40))
def test_that_any_bytes_get_a_template_or_none(topic: bytes) -> None:
    guess_template(topic)


def test_that_other_topics_get_none() -> None:
    for topic in (b"", b"plant/line1/motor", b"placeos", b"homeassistant/status", b"\xff/\x00"):
        assert guess_template(topic) is None


def test_that_all_conventions_are_valid_and_of_their_own() -> None:
    templates = [text for convention in CONVENTIONS for text in convention.templates]
    assert len(set(templates)) == len(templates)
    assert len({convention.key for convention in CONVENTIONS}) == len(CONVENTIONS)
    for text in templates:
        assert topic_template_problem(text) is None
    for convention in CONVENTIONS:
        for rule in convention.name_rules:
            assert rule.problem() is None
            name_rule(rule.topic, rule.kind, rule.path)


def test_that_the_own_templates_come_before_the_known() -> None:
    own = "placeos/<company>/#"
    naming = TopicNaming(templates=(own, "broken/<", own))
    texts = [template.text for template in naming.all_templates()]
    assert texts[0] == own
    assert texts.count(own) == 1
    assert "broken/<" not in texts
    assert len(texts) == 1 + sum(len(convention.templates) for convention in CONVENTIONS)


def test_that_a_convention_can_be_switched_off() -> None:
    every = tuple(convention.key for convention in CONVENTIONS)
    naming = TopicNaming(
        templates=("a/<b>",), name_rules=(StoredNameRule("a/<id>"),), conventions_off=every
    )
    assert [template.text for template in naming.all_templates()] == ["a/<b>"]
    assert naming.all_name_rules() == [StoredNameRule("a/<id>")]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (StoredNameRule("a/<id>"), None),
        (StoredNameRule("a/#", "zigbee2mqtt"), None),
        (StoredNameRule("a/<room>"), "needs a level <id>"),
        (StoredNameRule("a/<id"), "not closed"),
        (StoredNameRule("a/<id>", path="a["), "no path"),
    ],
)
def test_that_a_rule_says_what_is_wrong_where_the_capture_would(
    rule: StoredNameRule, reason: str | None
) -> None:
    problem = rule.problem()
    if reason is None:
        assert problem is None
        name_rule(rule.topic, rule.kind, rule.path)
        return
    assert problem is not None
    assert reason in problem
    with pytest.raises(ValueError, match=reason):
        name_rule(rule.topic, rule.kind, rule.path)
    naming = TopicNaming(templates=("x/<>",), name_rules=(rule,))
    assert len(naming.problems()) == 2
    assert rule not in naming.all_name_rules()
