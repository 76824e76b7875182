from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from topicscope.capture.level_names import LevelNames
from topicscope.capture.topic_index import MAX_DEPTH, ROOT, TopicIndex
from topicscope.mqtt.topic_templates import TopicTemplate

PLACEOS = TopicTemplate("placeos/<org>/state/<bld>/<sys>/<drv>/<mod>/<state>")
DISCOVERY = (
    TopicTemplate("ha/<component>/<object>/config"),
    TopicTemplate("ha/<component>/<node>/<object>/config"),
)


def state(drv: str, mod: str = "Display") -> bytes:
    return f"placeos/org-1/state/bld-2/sys-3/{drv}/{mod}/power".encode()


def topics_of(*names: bytes) -> TopicIndex:
    topics = TopicIndex()
    topics.add(names)
    topics.grow(10)
    return topics


def test_that_each_topic_gives_its_levels_by_name() -> None:
    topics = topics_of(state("drv-1"), b"other/topic")
    levels = LevelNames(topics, [PLACEOS])
    for _ in range(2):
        assert levels.value(0, "drv") == b"drv-1"
        assert levels.value(0, "nobody") is None
        assert levels.value(1, "drv") is None
        assert levels.template_of(0) == PLACEOS
        assert levels.template_of(1) is None
        assert levels.update() == 0


def test_that_topics_which_come_later_are_known_too() -> None:
    topics = topics_of(state("drv-1"))
    levels = LevelNames(topics, [PLACEOS])
    levels.update()
    assert levels.mask("drv", b"drv-2".__eq__).tolist() == [False]
    topics.add([b"x", state("drv-2"), state("drv-1")])
    assert levels.mask("drv", b"drv-2".__eq__).tolist() == [False, False, True, False]
    assert levels.values("drv") == [b"drv-1", b"drv-2"]
    assert levels.value(2, "drv") == b"drv-2"


def test_that_a_mask_asks_for_each_value_once() -> None:
    topics = topics_of(*(state(f"drv-{number % 3}", f"mod-{number}") for number in range(300)))
    asked: list[bytes] = []

    def is_first(value: bytes) -> bool:
        asked.append(value)
        return value == b"drv-0"

    levels = LevelNames(topics, [PLACEOS])
    assert levels.mask("drv", is_first).sum() == 100
    assert asked == [b"drv-0", b"drv-1", b"drv-2"]


def test_that_without_topics_or_templates_masks_are_false() -> None:
    assert LevelNames(TopicIndex(), [PLACEOS]).mask("drv", bool).tolist() == []
    assert LevelNames(topics_of(b"a/b"), []).mask("drv", bool).tolist() == [False]
    assert LevelNames(topics_of(b"a/b"), []).names == ()


def test_that_names_in_use_are_those_of_templates_with_topics() -> None:
    levels = LevelNames(topics_of(b"ha/light/lamp/config"), [PLACEOS, *DISCOVERY])
    assert levels.names_in_use == ()
    levels.update()
    assert levels.names_in_use == ("component", "object")
    assert levels.names[:2] == ("org", "bld")


def test_that_nodes_of_the_tree_have_the_names_of_their_levels() -> None:
    topics = topics_of(state("drv-1"), b"placeos/org-1/metadata/drv-1")
    levels = LevelNames(topics, [PLACEOS])
    levels.update()
    names = [levels.name_of_node(node) for node in range(topics.node_count)]
    assert names[ROOT] is None
    assert names[1:9] == [None, "org", None, "bld", "sys", "drv", "mod", "state"]
    assert names[9:] == [None, None]
    assert levels.name_of_node(999) is None


def test_that_nodes_are_named_by_what_lies_below_them() -> None:
    topics = topics_of(b"ha/light/0xff/state/config", b"ha/light/lamp/config")
    levels = LevelNames(topics, DISCOVERY)
    levels.update()
    assert levels.name_of_node(topics.find(b"ha/light/0xff")) == "node"
    assert levels.name_of_node(topics.find(b"ha/light/0xff/state")) == "object"
    assert levels.name_of_node(topics.find(b"ha/light/lamp")) == "object"
    assert levels.name_of_node(topics.find(b"ha/light")) == "component"


def test_that_nodes_made_later_are_named_at_the_next_update() -> None:
    topics = TopicIndex()
    topics.add([state("drv-1")])
    levels = LevelNames(topics, [PLACEOS])
    assert levels.update() == 1
    topics.grow(10)
    assert levels.update() == 0
    assert levels.name_of_node(2) == "org"


def test_that_an_update_keeps_to_its_budget_and_goes_on_where_it_stopped() -> None:
    topics = topics_of(*(state(f"drv-{number}") for number in range(2_000)))
    levels = LevelNames(topics, [PLACEOS])
    rounds = 0
    while levels.update(0.0):
        rounds += 1
        assert rounds < 100
    assert rounds > 3
    assert len(levels.values("drv")) == 2_000


def test_that_a_topic_deeper_than_the_tree_names_nothing_wrong() -> None:
    deep = "/".join(f"<l{number}>" for number in range(MAX_DEPTH + 5))
    topics = topics_of(b"/".join([b"x"] * (MAX_DEPTH + 5)))
    levels = LevelNames(topics, [TopicTemplate(deep)])
    levels.update()
    assert levels.name_of_node(topics.node_of_topic(0)) is None
    assert levels.value(0, f"l{MAX_DEPTH + 4}") == b"x"


@given(
    st.lists(
        st.binary(max_size=10)
        | st.lists(st.sampled_from([b"ha", b"a", b"", b"config"]), max_size=6).map(b"/".join),
        max_size=20,
        unique=True,
    )
)
def test_that_columns_and_masks_agree_with_each_topic_alone(names: list[bytes]) -> None:
    topics = topics_of(*names)
    levels = LevelNames(topics, [*DISCOVERY, TopicTemplate("<object>/+/#")])
    alone = [levels.value(topic_id, "object") for topic_id in range(len(names))]
    levels.update()
    assert [levels.value(topic_id, "object") for topic_id in range(len(names))] == alone
    assert levels.mask("object", b"a".__eq__).tolist() == [value == b"a" for value in alone]
