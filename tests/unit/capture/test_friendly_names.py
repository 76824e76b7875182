from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.packets import START_NS, filled_log, publish
from topicscope.capture.friendly_names import LONGEST_NAME, FriendlyNames, Named
from topicscope.capture.name_readers import LARGEST_PAYLOAD, UNREADABLE, Claim, name_rule
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from topicscope.capture.log import CaptureLog
    from topicscope.capture.tap import Tap

PLACEOS = name_rule("placeos/<org>/metadata/<id>", path="name, value.name")
DISCOVERY = (
    name_rule("homeassistant/<component>/<object>/config", "home-assistant"),
    name_rule("homeassistant/<component>/<node>/<object>/config", "home-assistant"),
)
ZIGBEE = name_rule("zigbee2mqtt/bridge/devices", "zigbee2mqtt")
TASMOTA = name_rule("tasmota/discovery/+/config", "tasmota")
RULES = (PLACEOS, *DISCOVERY, ZIGBEE, TASMOTA)


def told(topic: bytes, value: object) -> bytes:
    payload = value if isinstance(value, bytes) else json.dumps(value).encode()
    return publish(topic, payload, retain=True)


def metadata(identifier: str, value: object) -> bytes:
    return told(f"placeos/org-1/metadata/{identifier}".encode(), value)


def names_of(*packets: bytes) -> tuple[FriendlyNames, CaptureLog, Tap]:
    log, tap = filled_log(*packets)
    names = FriendlyNames(RULES)
    assert names.update(log)
    return names, log, tap


# --- PlaceOS, and rules of the user ---


def test_that_retained_metadata_names_its_id_wherever_it_is_a_level() -> None:
    names, _, _ = names_of(metadata("drv-1", {"name": "Display"}), told(b"a/b", {"name": "x"}))
    assert names.name_for_level(b"drv-1") == "Display"
    assert names.name_for_path(b"placeos/org-1/state/drv-1") == "Display"
    assert names.name_for_level(b"b") is None
    assert names.name_for_path(b"a/b") is None
    assert len(names) == 1


def test_that_metadata_in_the_wrapping_of_placeos_is_read() -> None:
    names, _, _ = names_of(metadata("zone-1", {"time": 1, "value": {"name": "Level 1"}}))
    assert names.name_for_level(b"zone-1") == "Level 1"


@pytest.mark.parametrize(
    "last", [b"", b"{", {"time": 2, "value": None}, {"name": True}, [1], b"\xff"]
)
def test_that_a_name_that_is_taken_back_goes_away(last: object) -> None:
    names, log, tap = names_of(metadata("drv-1", {"name": "Display"}))
    version = names.version
    tap.feed(Direction.IN, metadata("drv-1", last), START_NS)
    assert names.update(log)
    assert names.name_for_level(b"drv-1") is None
    assert names.version > version
    tap.feed(Direction.IN, metadata("drv-1", {"name": "Back"}), START_NS)
    assert names.update(log)
    assert names.name_for_level(b"drv-1") == "Back"
    assert not names.unread


def test_that_the_version_goes_up_only_when_a_name_changes() -> None:
    names, log, tap = names_of(metadata("drv-1", {"name": "Display"}))
    version = names.version
    tap.feed(Direction.IN, metadata("drv-1", {"name": "Display", "more": 1}), START_NS)
    tap.feed(Direction.IN, told(b"else", {"name": "x"}), START_NS)
    names.update(log)
    assert names.version == version


@pytest.mark.parametrize(
    ("path", "payload", "name"),
    [
        ("meta.title", b'{"meta":{"title":"Roof"}}', "Roof"),
        ("titles[1]", b'{"titles":["no","Roof"]}', "Roof"),
        ("number", b'{"number":204}', "204"),
        ("", b"Roof", "Roof"),
        ("", b'"Roof"', "Roof"),
        ("", b"{}", None),
        ("", b"\xff\xfe", None),
    ],
)
def test_that_a_rule_of_the_user_takes_the_name_from_its_path(
    path: str, payload: bytes, name: str | None
) -> None:
    log, _ = filled_log(told(b"site/r-1/info", payload))
    names = FriendlyNames([name_rule("site/<id>/info", path=path)])
    names.update(log)
    assert names.name_for_level(b"r-1") == name


@pytest.mark.parametrize(
    ("topic", "kind", "path", "reason"),
    [
        ("site/<room>/info", "json", "name", "needs a level <id>"),
        ("site/<id", "json", "name", "not closed"),
        ("site/<id>", "json", "a..b", "no path at column"),
        ("site/<id>", "magic", "name", "no|not a kind"),
    ],
)
def test_that_an_invalid_rule_is_told(topic: str, kind: str, path: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        name_rule(topic, kind, path)


# --- what the network says is not trusted ---


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("  Lobby ", "Lobby"),
        ("two\nlines\x00", "two\\nlines\\x00"),
        ("\u202eevil", "\\u202eevil"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("x" * 500, "x" * (LONGEST_NAME - 1) + "…"),
    ],
)
def test_that_a_name_is_one_short_line_of_plain_text(said: str, shown: str) -> None:
    names, _, _ = names_of(metadata("drv-1", {"name": said}))
    assert names.name_for_level(b"drv-1") == shown


@pytest.mark.parametrize("said", ["", "   ", "drv-1", None, ["x"]])
def test_that_what_says_no_more_than_the_id_is_no_name(said: object) -> None:
    names, _, _ = names_of(metadata("drv-1", {"name": said}))
    assert names.name_for_level(b"drv-1") is None


def test_that_a_payload_that_is_too_large_is_left_out_and_told() -> None:
    large = metadata("drv-1", {"name": "x", "more": "y" * LARGEST_PAYLOAD})
    names, _, _ = names_of(large, metadata("drv-2", {"name": "Other"}))
    assert names.name_for_level(b"drv-1") is None
    assert names.name_for_level(b"drv-2") == "Other"
    assert names.unread == {b"placeos/org-1/metadata/drv-1"}


def test_that_a_name_of_a_row_that_was_evicted_is_still_read() -> None:
    log, tap = filled_log(metadata("drv-1", {"name": "Display"}), memory_budget=1 << 20)
    for _ in range(30):
        tap.feed(Direction.IN, publish(b"x", bytes(1 << 20)), START_NS)
    assert log.first_row > 1
    names = FriendlyNames(RULES)
    names.update(log)
    assert names.name_for_level(b"drv-1") == "Display"


def test_that_millions_of_empty_devices_are_refused() -> None:
    names, _, _ = names_of(told(b"zigbee2mqtt/bridge/devices", b"[" + b"{}," * 200_000 + b"{}]"))
    assert names.unread == {b"zigbee2mqtt/bridge/devices"}


def test_that_one_id_named_by_hundreds_of_topics_costs_little() -> None:
    config = {"device": {"identifiers": ["same"], "name": "Device"}}
    packets = [
        told(f"homeassistant/sensor/n{number}/config".encode(), config) for number in range(500)
    ]
    names, _, _ = names_of(*packets)
    assert names.name_for_level(b"same") == "Device"


def test_that_no_more_names_are_kept_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("topicscope.capture.friendly_names.MOST_NAMES", 10)
    names, _, _ = names_of(
        *(metadata(f"drv-{number}", {"name": f"Name {number}"}) for number in range(20))
    )
    assert len(names) == 10


# --- Home Assistant ---


def test_that_discovery_names_node_device_and_state_topics() -> None:
    config = {
        "name": "Temperature",
        "~": "base/0xff",
        "stat_t": "~/state",
        "cmd_t": "~/set",
        "avty_t": "~/availability",
        "dev": {"ids": ["0xff", "second"], "name": "Bedroom"},
    }
    names, _, _ = names_of(told(b"homeassistant/sensor/0xff/temp/config", config))
    assert names.name_for_level(b"0xff") == "Bedroom"
    assert names.name_for_level(b"second") == "Bedroom"
    assert names.name_for_level(b"temp") is None
    assert names.name_for_path(b"homeassistant/sensor/0xff/temp") == "Bedroom Temperature"
    assert names.name_for_path(b"base/0xff/state") == "Bedroom Temperature"
    assert names.name_for_path(b"base/0xff/set") == "Bedroom Temperature"
    assert names.name_for_path(b"base/0xff/availability") == "Bedroom"
    assert names.name_for_path(b"base/0xff") == "Bedroom"


def test_that_discovery_without_node_names_the_object() -> None:
    config = {"name": "Lamp", "state_topic": "lamps/7", "device": {"identifiers": "l7"}}
    names, _, _ = names_of(told(b"homeassistant/light/lamp_7/config", config))
    assert names.name_for_level(b"lamp_7") == "Lamp"
    assert names.name_for_path(b"lamps/7") == "Lamp"
    assert names.name_for_level(b"l7") is None


def test_that_a_topic_shared_by_entities_has_the_name_of_their_device() -> None:
    device = {"ids": ["0xff"], "name": "Plug"}
    first = {"name": "Power", "stat_t": "z/plug_1", "dev": device}
    second = {"name": "Link quality", "stat_t": "z/plug_1", "dev": device}
    names, log, tap = names_of(
        told(b"homeassistant/sensor/0xff/power/config", first),
        told(b"homeassistant/sensor/0xff/link/config", second),
    )
    assert names.name_for_path(b"z/plug_1") == "Plug"
    tap.feed(Direction.IN, told(b"homeassistant/sensor/0xff/link/config", b""), START_NS)
    names.update(log)
    assert names.name_for_path(b"z/plug_1") == "Plug Power"
    assert names.name_for_level(b"0xff") == "Plug"


def test_that_one_discovery_topic_for_a_whole_device_names_all_its_topics() -> None:
    config = {
        "~": "dev/1",
        "dev": {"ids": "abc", "name": "Station"},
        "cmps": {
            "t": {"p": "sensor", "name": "Temperature", "stat_t": "~/t"},
            "h": {"p": "sensor", "name": "Humidity", "stat_t": "~/h"},
            "gone": "not an object",
        },
    }
    names, _, _ = names_of(told(b"homeassistant/device/st_1/config", config))
    assert names.name_for_level(b"st_1") == "Station"
    assert names.name_for_level(b"abc") == "Station"
    assert names.name_for_path(b"dev/1/t") == "Station Temperature"
    assert names.name_for_path(b"dev/1/h") == "Station Humidity"


def test_that_an_entity_which_repeats_its_device_is_not_named_twice_over() -> None:
    config = {"name": "Plug Power", "stat_t": "a/b", "dev": {"name": "Plug"}}
    names, _, _ = names_of(told(b"homeassistant/sensor/plug_power/config", config))
    assert names.name_for_path(b"a/b") == "Plug Power"


# --- zigbee2mqtt and Tasmota ---


def test_that_the_list_of_zigbee2mqtt_names_addresses() -> None:
    devices = [
        {"ieee_address": "0x01", "friendly_name": "kitchen/lamp", "definition": {"a": [1]}},
        {"ieee_address": "0x02", "friendly_name": "0x02"},
        {"ieee_address": 7, "friendly_name": None},
    ]
    names, log, tap = names_of(told(b"zigbee2mqtt/bridge/devices", devices))
    assert names.name_for_level(b"0x01") == "kitchen/lamp"
    assert names.name_for_level(b"0x02") is None
    tap.feed(Direction.IN, told(b"zigbee2mqtt/bridge/devices", devices[1:]), START_NS)
    names.update(log)
    assert len(names) == 0


def test_that_the_discovery_of_tasmota_names_device_and_address() -> None:
    config = {"dn": "Washer", "t": "washer_plug", "mac": "DC4F22112233", "fn": ["Washer", None]}
    names, _, _ = names_of(told(b"tasmota/discovery/DC4F22112233/config", config))
    assert names.name_for_level(b"DC4F22112233") == "Washer"
    assert names.name_for_level(b"washer_plug") == "Washer"


# --- growing ---


def test_that_an_update_keeps_to_its_budget_and_everybody_gets_a_turn() -> None:
    log, tap = filled_log(
        *(metadata(f"drv-{number}", {"name": f"Name {number}"}) for number in range(300))
    )
    names = FriendlyNames(RULES)
    rounds = 0
    while names.name_for_level(b"drv-299") is None:
        for number in range(10):
            tap.feed(Direction.IN, metadata(f"drv-{number}", {"name": f"New {rounds}"}), START_NS)
        names.update(log, 0.0)
        rounds += 1
        assert rounds < 600
    assert rounds > 100


def test_that_names_outlive_clearing_and_go_when_another_capture_is_opened() -> None:
    names, _, _ = names_of(metadata("drv-1", {"name": "Display"}))
    other, _ = filled_log(metadata("drv-2", {"name": "Lights"}))
    names.update(other)
    assert names.name_for_level(b"drv-1") == "Display"
    assert names.name_for_level(b"drv-2") == "Lights"
    names.clear()
    assert len(names) == 0
    names.update(other)
    assert names.name_for_level(b"drv-1") is None
    assert names.name_for_level(b"drv-2") == "Lights"


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("~/x")
keys = st.sampled_from(
    [
        *("name", "dev", "device", "ids", "identifiers", "~", "stat_t", "avty_t", "cmps"),
        *("dn", "t", "mac", "ieee_address", "friendly_name", "value"),
    ]
)
shapes = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5)
)


@given(
    st.sampled_from(RULES),
    st.lists(st.binary(max_size=4), max_size=6).map(b"/".join),
    st.binary(max_size=40) | shapes.map(lambda value: json.dumps(value).encode()),
)
def test_that_readers_give_claims_for_any_payload(
    rule: object, tail: bytes, payload: bytes
) -> None:
    topic = b"homeassistant/sensor/" + tail + b"/config"
    topic = topic if any(topic.count(b"/") == depth for depth in (3, 4)) else b"a/b/c/d"
    try:
        claims = list(rule.read(topic, payload))  # type: ignore[attr-defined]
    except UNREADABLE:
        return
    assert all(isinstance(claim, Claim) for claim in claims)


@given(st.lists(st.tuples(st.sampled_from([b"x", b"0xff", b"lamp"]), shapes), max_size=6))
def test_that_names_follow_from_the_last_payloads_alone(said: list[tuple[bytes, object]]) -> None:
    packets = [told(b"homeassistant/sensor/" + node + b"/config", value) for node, value in said]
    log, tap = filled_log()
    step_by_step = FriendlyNames(RULES)
    for packet in packets:
        tap.feed(Direction.IN, packet, START_NS)
        step_by_step.update(log)
    cleared = [told(b"homeassistant/sensor/" + node + b"/config", b"") for node, _ in said]
    for packet in cleared:
        tap.feed(Direction.IN, packet, START_NS)
        step_by_step.update(log)
    assert len(step_by_step) == 0


def test_that_what_is_called_so_is_found_whatever_the_capitals() -> None:
    named = Named(frozenset({b"sys-1"}), frozenset({b"home/door"}))
    assert named.is_in(b"a/sys-1/b")
    assert named.is_in(b"home/door/state")
    assert not named.is_in(b"home/doors")
    assert not Named().is_in(b"a")
    assert not Named()
