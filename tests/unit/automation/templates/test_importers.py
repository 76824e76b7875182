"""Templates out of the messages of other tools."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.profiles.importers.samples import SAMPLES, database, sample_database
from topicscope.automation.templates.files import TemplateStore
from topicscope.automation.templates.importers import import_templates
from topicscope.automation.templates.rendering import Renderer
from topicscope.automation.templates.template import MessageTemplate, template_problem
from topicscope.profiles.importers.imported import ImportFailed
from topicscope.profiles.importers.messages import messages_of

MESSAGES = Path(__file__).parents[3] / "data" / "importers" / "messages"


def test_that_predefined_messages_of_mqttfx_become_buttons(tmp_path: Path) -> None:
    found = import_templates(MESSAGES / "mqttfx-messages.xml")
    on, off, second = found.templates
    assert found.tool == "MQTT.fx"
    assert on == MessageTemplate(
        name="lamp on",
        folder="hall-2",
        topic="hall/lamp/set",
        payload='{"state": "ON"}',
        qos=1,
        retain=True,
        in_bar=True,
    )
    assert Renderer().render(off).payload == b" {{ off }} "
    assert second.name == "lamp on (2)"
    assert any("'#'" in problem or "#" in problem for problem in found.problems)
    assert any("qos" in problem for problem in found.problems)
    TemplateStore(tmp_path).add(found.templates)
    assert len(TemplateStore(tmp_path).list().templates) == 3


def test_that_what_mqttx_has_sent_becomes_templates_each_once() -> None:
    found = import_templates(MESSAGES / "mqttx-messages.json")
    as_json, as_hex, as_text = found.templates
    assert (as_json.name, as_json.folder, as_json.format) == ("a b", "lab", "json")
    assert as_json.properties == {
        "content_type": "application/json",
        "message_expiry_interval": 60,
        "user_property": [["k", "v1"], ["k", "v2"]],
    }
    assert (as_json.qos, as_json.retain, as_json.in_bar) == (1, True, False)
    assert Renderer().render(as_hex).payload == b"\x01\xff"
    assert (as_text.format, as_text.payload, as_text.name) == ("text", "no json", "a b (2)")
    assert found.notes == ("1 message that MQTTX has received: left out.",)
    assert len(found.problems) == 1


def test_that_the_history_of_the_database_is_read(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        """
        CREATE TABLE "ConnectionEntity" ("id" varchar, "client_id" varchar, "name" varchar, "host" varchar);
        CREATE TABLE "MessageEntity" ("id" varchar, "createAt" datetime, "out" boolean, "payload" varchar,
            "qos" integer, "retain" boolean, "topic" varchar, "meta" varchar, "contentType" varchar,
            "connection_id" varchar);
        INSERT INTO "ConnectionEntity" VALUES ('c', 'x', 'lab', 'h');
        INSERT INTO "MessageEntity" VALUES ('m', '', 1, '{"a": 1}', 2, 1, 'a/b', '{"msgType":"JSON"}', 'text/x', 'c');
        INSERT INTO "MessageEntity" VALUES ('n', '', 0, '1', 0, 0, 'a/b', '', NULL, 'c');
        """,
    )
    found = import_templates(path)
    (one,) = found.templates
    assert (one.folder, one.topic, one.payload, one.format) == ("lab", "a/b", '{"a": 1}', "json")
    assert (one.qos, one.retain, one.properties) == (2, True, {"content_type": "text/x"})
    assert len(found.notes) == 1


def test_that_files_without_messages_give_none_or_say_so(tmp_path: Path) -> None:
    assert import_templates(SAMPLES / "mqttfx" / "attributes.xml").templates == ()
    assert import_templates(sample_database(tmp_path, "mqttx/database-2021.sql")).templates == ()
    for name in (
        "mqtt-spy/mqtt-spy-configuration.xml",
        "mosquitto/mosquitto_sub",
        "mqttx/export.csv",
    ):
        with pytest.raises(ImportFailed):
            import_templates(SAMPLES / name)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_that_mutated_files_raise_nothing_but_import_failed(data: st.DataObject) -> None:
    seeds = [path.read_bytes() for path in sorted(MESSAGES.iterdir())]
    text = bytearray(data.draw(st.sampled_from(seeds)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 40))
        text[at : at + length] = data.draw(
            st.binary(max_size=8)
            | st.sampled_from([b"null", b"[]", b"{}", b"1e999", b'"\\ud800"', b"{{"])
        )
    with contextlib.suppress(ImportFailed):
        messages_of(bytes(text))


def test_that_what_is_imported_can_be_kept() -> None:
    for path in MESSAGES.iterdir():
        assert all(template_problem(one) is None for one in import_templates(path).templates)
