"""Templates on disk."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topicscope.automation.templates.files import (
    UPGRADES,
    TemplateChangedError,
    TemplateForm,
    TemplateStore,
    file_name,
)
from topicscope.automation.templates.template import (
    CURRENT_VERSION,
    MessageTemplate,
    template_problem,
)
from topicscope.profiles.files import StoreError

APP = Path(__file__).parents[4] / "app"

ON = MessageTemplate(
    name="Lamp on",
    folder="hall/line 1",
    topic="hall/{{line}}/set",
    format="json",
    qos=1,
    retain=True,
    properties={"content_type": "application/json", "user_property": [["a", "b"]]},
    in_bar=True,
    colour="green",
    note="two\nlines",
    payload='{\n  "state": "ON"\n}\n',
)
FILE = """\
topicscope-template: 1
name: "Lamp on"
folder: "hall/line 1"
topic: "hall/{{line}}/set"
format: "json"
qos: 1
retain: true
properties: {"content_type": "application/json", "user_property": [["a", "b"]]}
in_bar: true
colour: "green"
note: "two\\nlines"
---
{
  "state": "ON"
}

"""


def only_file(folder: Path) -> Path:
    (file,) = folder.glob("*.message")
    return file


def names(store: TemplateStore) -> list[str]:
    return [one.path for one in store.list().templates]


def test_that_a_file_is_readable_text_and_the_payload_stands_in_it_as_it_is(tmp_path: Path) -> None:
    store = TemplateStore(tmp_path)
    assert store.save(ON) == ON
    assert only_file(tmp_path).read_text(encoding="utf-8") == FILE
    assert store.list().templates == [ON]


def test_that_what_is_at_its_default_is_left_out(tmp_path: Path) -> None:
    TemplateStore(tmp_path).save(MessageTemplate(name="n", topic="t"))
    assert only_file(tmp_path).read_text(encoding="utf-8") == (
        'topicscope-template: 1\nname: "n"\ntopic: "t"\nformat: "text"\nqos: 0\nretain: false\n---\n\n'
    )


def test_that_notes_of_people_and_unknown_keys_stay_when_it_is_saved(tmp_path: Path) -> None:
    file = tmp_path / "mine.message"
    file.write_text('topicscope-template: 1\n# by Anna\nname: "n"\ntopic: "t"\nlater: [1]\n---\nx')
    store = TemplateStore(tmp_path)
    (before,) = store.list().templates
    store.save(msgspec.structs.replace(before, payload="y"), before)
    text = file.read_text(encoding="utf-8")
    assert "\nlater: [1]\n# by Anna\n---\ny\n" in text


def test_that_line_ends_which_git_has_changed_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "x.message").write_bytes(FILE.replace("\n", "\r\n").encode())
    assert TemplateStore(tmp_path).list().templates == [ON]
    own = MessageTemplate(name="crlf", topic="t", payload="a\r\nb\r\n\n")
    TemplateStore(tmp_path).save(own)
    assert own in TemplateStore(tmp_path).list().templates


def test_that_templates_are_renamed_moved_and_deleted(tmp_path: Path) -> None:
    store = TemplateStore(tmp_path)
    store.save(ON)
    store.save(MessageTemplate(name="Lamp on", topic="x"))
    assert store.rename("hall/line 1/Lamp on", "Lamp off").name == "Lamp off"
    assert names(store) == ["Lamp on", "hall/line 1/Lamp off"]
    assert (tmp_path / file_name("hall/line 1/Lamp off")).exists()
    store.move(["Lamp on"], "hall/line 1")
    store.rename_folder("hall", "roof/east")
    assert names(store) == ["roof/east/line 1/Lamp off", "roof/east/line 1/Lamp on"]
    assert len(list(tmp_path.glob("*.message"))) == 2
    assert store.delete("roof/east/line 1/Lamp on") is not None
    assert store.delete("roof/east/line 1/Lamp on") is None
    assert names(store) == ["roof/east/line 1/Lamp off"]


def test_that_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    store = TemplateStore(tmp_path)
    one = MessageTemplate(name="a", topic="t")
    store.add([one, one, msgspec.structs.replace(one, folder="f")])
    assert names(store) == ["a", "a (2)", "f/a"]
    store.move(["a"], "f")
    assert names(store) == ["a (2)", "f/a", "f/a (2)"]


def test_that_another_windows_change_is_not_overwritten(tmp_path: Path) -> None:
    mine, other = TemplateStore(tmp_path), TemplateStore(tmp_path)
    before = mine.save(ON)
    other.save(msgspec.structs.replace(ON, qos=2), before)
    with pytest.raises(TemplateChangedError, match="changed by another window") as caught:
        mine.save(msgspec.structs.replace(ON, qos=0), before)
    assert caught.value.stored.name == "Lamp on (2)"
    assert [one.qos for one in mine.list().templates] == [2, 0]
    with pytest.raises(TemplateChangedError, match="There is a"):
        mine.save(msgspec.structs.replace(ON, note="new"))


def test_that_a_broken_file_is_set_aside_and_what_it_held_before_is_in_use(tmp_path: Path) -> None:
    store = TemplateStore(tmp_path)
    store.save(ON)
    changed = store.save(msgspec.structs.replace(ON, qos=2), ON)
    store.save(MessageTemplate(name="whole", topic="t"))
    (tmp_path / file_name(ON.path)).write_text("topicscope-template: 1\nname: what\n---\n")
    found = store.list()
    assert [one.name for one in found.templates] == ["whole", "Lamp on"]
    assert found.templates[1] == ON != changed
    assert "line 2: the value of “name” is not JSON" in str(found.problems[0])
    assert "broken-" in str(found.problems[0])
    assert store.list().problems == []


def test_that_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / file_name("n")
    file.write_text('topicscope-template: 99\nname: "n"\nnew: 1\n---\n')
    store = TemplateStore(tmp_path)
    assert "newer Topicscope" in str(store.list().problems[0])
    store.save(MessageTemplate(name="n", topic="t"))
    assert file.read_text().startswith("topicscope-template: 99")


def test_that_a_copied_file_is_told_from_the_other(tmp_path: Path) -> None:
    store = TemplateStore(tmp_path)
    store.save(MessageTemplate(name="a", topic="t"))
    (tmp_path / "copy.message").write_bytes(only_file(tmp_path).read_bytes())
    assert names(store) == ["a", "a (copy)"]


def test_that_every_older_version_can_be_read() -> None:
    assert sorted(UPGRADES) == list(range(1, CURRENT_VERSION))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": " "}, "Name"),
        ({"name": "a/b"}, "Name"),
        ({"name": "a\nb"}, "Name"),
        ({"folder": "a//b"}, "Folder"),
        ({"folder": "/".join("a" * 30)}, "Folder"),
        ({"topic": ""}, "Topic"),
        ({"topic": "a/+"}, "Topic"),
        ({"topic": "a/{{ x"}, "Topic, line 1 column 3"),
        ({"payload": "{", "format": "json"}, "Payload: Not JSON"),
        ({"payload": "\ud800"}, "Payload: half"),
        ({"payload": "x" * 900_001}, "keep it in a file"),
        ({"payload": "", "format": "file"}, "no file"),
        ({"payload": "{{ ''.__class__ }}"}, "Payload, line 1"),
        ({"note": "x" * 5000}, "Note"),
        ({"properties": {"topic": "x"}}, "Properties: “topic” is no property of PUBLISH"),
        ({"properties": {"content_type": 1}}, "Properties: Content Type"),
        ({"properties": {"response_topic": "{{ 1 + }}"}}, "Response Topic, line 1"),
    ],
)
def test_that_what_is_wrong_with_a_template_is_told_and_not_saved(
    fields: dict[str, Any], words: str, tmp_path: Path
) -> None:
    template = MessageTemplate(**{"name": "n", "topic": "t", **fields})
    assert words in (template_problem(template) or "")
    with pytest.raises(StoreError, match="was not saved"):
        TemplateStore(tmp_path).save(template)
    assert not list(tmp_path.glob("*.message"))


def test_that_a_whole_template_has_no_problem() -> None:
    assert template_problem(ON) is None
    assert (
        template_problem(
            MessageTemplate(name="n", topic="t", payload='{"a": {{x}}}', format="json")
        )
        is None
    )


LOOP = """
import sys, msgspec
from pathlib import Path
from topicscope.automation.templates.files import TemplateStore
from topicscope.automation.templates.template import MessageTemplate
store = TemplateStore(Path(sys.argv[1]))
before = {}
print("ready", flush=True)
for number in range(10**9):
    name = f"t{number % 5}"
    new = MessageTemplate(name=name, topic="t", payload=f"{number} " * 2000 + "end")
    before[name] = store.save(new, before.get(name))
"""


@pytest.mark.parametrize("seconds", [0.05, 0.15, 0.3])
def test_that_no_template_is_lost_or_torn_by_a_kill(tmp_path: Path, seconds: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", LOOP, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(APP)},
    )
    assert process.stdout is not None
    with process.stdout as out:
        out.readline()
        while len(list(tmp_path.glob("*.message"))) < 5:
            time.sleep(0.01)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
    found = TemplateStore(tmp_path).list()
    assert found.problems == []
    assert [one.name for one in found.templates] == ["t0", "t1", "t2", "t3", "t4"]
    assert all(one.payload.endswith("end") for one in found.templates)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200), st.sampled_from([b"", b"topicscope-template: 1\n", FILE.encode()[:90]])
)
def test_that_arbitrary_files_raise_nothing_but_value_errors(data: bytes, start: bytes) -> None:
    with contextlib.suppress(ValueError):
        TemplateForm().read(start + data)


@settings(max_examples=300, deadline=None)
@given(
    st.builds(
        MessageTemplate,
        name=st.text(st.characters(codec="utf-8")),
        topic=st.text(st.characters(codec="utf-8")),
        note=st.text(st.characters(codec="utf-8")),
        payload=st.text(st.characters(codec="utf-8")),
    )
)
def test_that_any_template_comes_back_from_its_text(template: MessageTemplate) -> None:
    form = TemplateForm()
    stored = form.read(form.write(msgspec.to_builtins(template)))
    assert msgspec.convert(stored, MessageTemplate) == template
