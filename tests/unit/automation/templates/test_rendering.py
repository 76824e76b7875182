"""Variables in topics, payloads and properties."""

from __future__ import annotations

import contextlib
import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topicscope.automation.templates.compiling import RenderError, check_syntax
from topicscope.automation.templates.rendering import TIME_S, Rendered, Renderer
from topicscope.automation.templates.shorthand import as_literal
from topicscope.automation.templates.template import MessageTemplate

if TYPE_CHECKING:
    from pathlib import Path

NOON = 1_795_262_400.125


def renderer(**options: Any) -> Renderer:
    return Renderer(seed=7, clock=lambda: NOON, **options)


def text_of(text: str, **context: object) -> str:
    return renderer().render_text(text, context)


def rendered(**fields: Any) -> Rendered:
    return renderer(variables={"line": "L1"}).render(
        MessageTemplate(**{"name": "t", "topic": "a", **fields})
    )


def refused(text: str, **context: object) -> RenderError:
    with pytest.raises(RenderError) as caught:
        text_of(text, **context)
    return caught.value


def test_that_both_ways_of_writing_a_function_give_the_same() -> None:
    assert text_of("{{random 1 10}}{{ random(1,10) }}") == text_of(
        "{{ random(1,10) }}{{random 1 10}}"
    )
    for text in (
        "{{random 3 3}}",
        "{{ random(3, 3) }}",
        "{{-  random 3 3 -}}",
        "{{random 3 3|string}}",
    ):
        assert text_of(text) == "3"


def test_that_the_time_is_told_in_several_ways() -> None:
    assert text_of("{{now}} {{now_ms}} {{now_s}} {{ now '%H:%M' }}") == (
        "2026-11-21T12:00:00.125Z 1795262400125 1795262400 12:00"
    )


def test_that_counters_go_on_and_have_names_beginnings_and_steps() -> None:
    maker = renderer()
    assert maker.render_text("{{counter}} {{counter}} {{counter name 5}}") == "1 2 5"
    assert maker.render_text("{{counter}} {{counter name 5}} {{ counter('x', 0, -10) }}") == "3 6 0"
    assert maker.render_text("{{counter x 0 -10}}") == "-10"
    maker.reset_counters()
    assert maker.render_text("{{counter}}") == "1"


def test_that_a_preview_shows_the_next_message_and_uses_nothing_up() -> None:
    maker = renderer()
    template = MessageTemplate(
        topic="a/{{counter}}", payload="{{uuid}} {{random}} {{choice a b c}}"
    )
    maker.render(template)
    shown = maker.preview(template)
    assert maker.preview(template) == shown
    assert maker.render(template) == shown


def test_that_chance_is_repeatable_with_a_seed() -> None:
    text = "{{uuid}} {{random 1 1000}} {{gauss 20 2}} {{choice a b c d e}}"
    assert text_of(text) == text_of(text)
    assert Renderer(seed=8).render_text(text) != text_of(text)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text_of("{{uuid}}"))
    assert text_of("{{choice 'only this'}}") == "only this"
    assert 0 <= float(text_of("{{random 0.0 1.0}}")) <= 1


def test_that_captured_values_are_reached_by_dots_and_brackets() -> None:
    values = {"json": {"a": {"b": [1.5, None]}}, "level": ["plant", "L1"], "topic": "plant/L1"}
    text = "{{json.a.b[0]}} {{json['a'].b.1}} {{level.1}} {{level[0]}} {{topic}} {{json.a}}"
    assert text_of(text, **values) == '1.5 null L1 plant plant/L1 {"b": [1.5, null]}'


def test_that_values_are_written_as_json_and_texts_as_they_are() -> None:
    assert (
        text_of("{{true}} {{none}} {{x}} {{x|tojson}}", x='say "é"')
        == 'true null say "é" "say \\"é\\""'
    )


def test_that_loops_conditions_and_values_kept_for_later_work() -> None:
    text = "[{% for i in range(3) %}{{i * 2}}{% if not loop.last %}, {% endif %}{% endfor %}]"
    assert text_of(text) == "[0, 2, 4]"
    assert text_of("{% set x = random(1, 10 ** 9) %}{{x}}={{x}}").split("=")[0] in text_of(
        "{% set x = random(1, 10 ** 9) %}{{x}}"
    )
    assert text_of("{{ 'high' if v > 3 else 'low' }} {{ v | round(1) }}", v=3.14159) == "high 3.1"
    assert text_of("{{ missing | default('none') }} {{ 'a' ~ 1 ~ 'b' }}") == "none a1b"


def test_that_text_round_the_code_is_kept_to_the_byte() -> None:
    text = "a\r\nb\rc\n{{x}}\r\n\r\n\x1c{% raw %}{{x}}\r\n{% endraw %}{# note #}\n"
    assert text_of(text, x="1\r\n") == "a\r\nb\rc\n1\r\n\r\n\r\n\x1c{{x}}\r\n\n"
    assert text_of("{% for i in range(2) -%}\r\n  {{i}}\n{%- endfor %}") == "01"


def test_that_topic_payload_and_properties_are_rendered_and_encoded() -> None:
    done = rendered(
        topic="plant/{{line}}/set",
        payload='{"line": "{{line}}", "n": {{counter}}}',
        format="cbor",
        qos=1,
        retain=True,
        properties={
            "response_topic": "reply/{{line}}",
            "correlation_data": "{{line}}",
            "user_property": [["line", "{{line}}"]],
            "message_expiry_interval": 60,
        },
    )
    assert done == Rendered(
        "plant/L1/set",
        b"\xa2dlinebL1an\x01",
        1,
        True,
        [(8, "reply/L1"), (9, b"L1"), (38, ("line", "L1")), (2, 60)],
    )


def test_that_a_file_is_sent_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "L1.bin").write_bytes(b"\x00{{x}}")
    maker = renderer(folder=tmp_path, variables={"line": "L1"})
    template = MessageTemplate(topic="a", payload="{{line}}.bin", format="file")
    assert maker.render(template).payload == b"\x00{{x}}"
    with pytest.raises(RenderError, match="there is no file"):
        maker.render(MessageTemplate(topic="a", payload="none", format="file"))


def test_that_only_allowed_variables_of_the_environment_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOST", "box")
    monkeypatch.setenv("OTHER", "x")
    monkeypatch.setenv("API_KEY", "canary")
    maker = renderer(environment=["HOST", "GONE", "API_KEY"])
    assert maker.render_text("{{env.HOST}} {{ env['HOST'] }}") == "box box"
    assert maker.render_text("{{ env.GONE | default('?') }}") == "?"
    for text, words in (
        ("{{env.OTHER}}", "not among"),
        ("{{env.API_KEY}}", "looks like a secret"),
        ("{{env}}", "cannot be written"),
        ("{{env.GONE}}", "is not set"),
    ):
        with pytest.raises(RenderError, match=words):
            maker.render_text(text)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("{{ ''.__class__ }}", 1, 1, "“__class__” is closed to templates"),
        ("{{ ''['__class__'] }}", 1, 1, "“__class__” is closed"),
        ("{{ '_' ~ x }}{{ json['_' ~ '_class__'] }}", 1, 14, "closed"),
        ("{% for i in range(10**9) %}{% endfor %}", 1, 1, "1,000,000,000 turns are more than 10,000"),
        ("{% for i in range(10**9) %}", 1, 1, "endfor"),
        ("{{ 'a' * 10**9 }}", 1, 1, "“*” is for numbers"),
        ("{{ 2 ** (10 ** 9) }}", 1, 1, "too large"),
        ("{{ '%999999999d' % 1 }}", 1, 1, "“%” is for numbers"),
        ("{{ '{:>999999999}'.format(1) }}", 1, 1, "only these can be called"),
        ("{{ [1] * 10 }}", 1, 1, "is for numbers"),
        ("{{ x | center(99999999) }}", 1, 1, "there is no filter “center”"),
        ("{% macro m() %}{{ m() }}{% endmacro %}", 1, 1, "does not exist in templates"),
        ("{% include '/etc/passwd' %}", 1, 1, "does not exist in templates"),
        ("{% import 'x' as y %}", 1, 1, "does not exist in templates"),
        ("{% for a in x recursive %}{% endfor %}", 1, 1, "recursive"),
        ("{{ lipsum() }}", 1, 1, "only these can be called"),
        ("{{ self.x }}", 1, 1, "“x”"),
        ("{{ _run }}", 1, 1, "closed"),
        ("{% set random = 1 %}", 1, 1, "has a meaning already"),
        ("a\n  {{ 1 + }}", 2, 3, "unexpected '}}'"),
        ("\n{{ 1 }} {{ 1 / 0 }}", 2, 9, "divides by zero"),
        ("{{ 1 }}\n\n {{ nobody.x }}", 3, 2, "“nobody” is not known"),
        ("{{ value }}", 1, 1, "“value” is not known: only a schedule with a waveform has it"),
        ("{{ response_topic }}", 1, 1, "“response_topic” is not known: only a responder has it"),
        ("a {{ b", 1, 3, "is not closed"),
        ("{{ 'a }}", 1, 4, "a string is not ended"),
        ("{{ (" * 400, 1, 1, "not closed"),
        ("{{" + "(" * 900 + ")" * 900 + "}}", 0, 0, "nested too deeply"),
        ("{{" + "1+" * 3000 + "1}}", 0, 0, "nested too deeply"),
        ("{{a}}" * 1001, 1, 5001, "more code"),
        ("{{ 9" + "9" * 5000 + "}}", 0, 0, "too many digits"),
        ("{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}", 1, 1, "turns"),
        ("{% set x = 'aaaaaaaa' %}" + "{% set x = x ~ x %}" * 40, 1, 348, "longer than"),
        ("{% set x = [1] %}" + "{% set x = [x, x] %}" * 40, 1, 238, "more than 10,000 parts"),
        ("{% for i in range(9999) %}{{ 'x' * 1 }}{% endfor %}", 1, 27, "is for numbers"),
        ("{{ random 10 1 }}", 1, 1, "there is nothing"),
        ("{{ choice }}", 1, 1, "needs something behind it"),
    ],
)  # fmt: skip
def test_that_hostile_and_mistaken_templates_are_refused_in_words(
    text: str, line: int, column: int, words: str
) -> None:
    error = refused(text, x="x", json={})
    assert words in str(error)
    assert (error.line, error.column) == (line, column)


def test_that_a_long_output_is_stopped() -> None:
    text = "{% for i in range(10000) %}" + "x" * 1000 + "{% endfor %}"
    assert "longer than 1,048,576 characters" in str(refused(text))


def test_that_a_rendering_that_takes_long_is_stopped() -> None:
    long = list(range(9_000))
    text = "{% for i in range(9000) %}{% if 9999 in json %}{% endif %}{% endfor %}"
    assert "took too long" in str(refused(text, json=long))


def test_that_a_rendering_that_others_kept_from_working_is_not_stopped() -> None:
    def held_up() -> float:
        time.sleep(TIME_S + 0.05)
        return 1.0

    text = "{{ now_ms }} {% for i in range(3) %}{{ i }}{% endfor %}"
    assert Renderer(clock=held_up).render_text(text) == "1000 012"


@pytest.mark.parametrize(
    "text", ["{{ p" + "|upper|lower" * 800 + "}}", "{% if p in p %}{% endif %}" * 900]
)
def test_that_slow_steps_one_behind_the_other_are_stopped(text: str) -> None:
    began = time.process_time()
    with contextlib.suppress(RenderError):
        text_of(text, p="é" * 1_000_000)
    assert time.process_time() - began < 0.5


def test_that_a_topic_that_cannot_be_one_is_refused() -> None:
    for topic in ("", "a/#", "{{ '#' }}", "a\0"):
        with pytest.raises(RenderError) as caught:
            rendered(topic=topic)
        assert caught.value.where == "Topic"


def test_that_a_payload_that_cannot_be_encoded_is_told_with_its_place() -> None:
    with pytest.raises(RenderError, match="Not JSON") as caught:
        rendered(payload='{"a":\n {{now}}}', format="json")
    assert (caught.value.where, caught.value.line, caught.value.column) == ("Payload", 2, 2)
    with pytest.raises(RenderError, match="only the server sends one"):
        rendered(properties={"subscription_identifier": [1]})


def test_that_what_is_made_literal_comes_out_as_it_was() -> None:
    for text in ("{{ value_json.x }}", "{% raw %}{{{{ }}", "a {# b", "{{{", "{%{{"):
        assert text_of(as_literal(text)) == text


CODE = st.sampled_from(
    [
        *(
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "#}",
            "for i in",
            "range(10**9)",
            "endfor",
            "if",
            "endif",
            "set",
        ),
        *(
            "x",
            "=",
            "~",
            "*",
            "**",
            "+",
            "[",
            "]",
            "(",
            ")",
            "{",
            "}",
            "'a'",
            "'",
            '"',
            "|",
            ".",
            ",",
            "-",
        ),
        *(
            "random 1 10",
            "choice a b",
            "counter",
            "now",
            "uuid",
            "env.X",
            "json",
            "__class__",
            "loop",
        ),
        *(
            "tojson",
            "replace('a','aaa')",
            "join(',')",
            "10",
            "1e308",
            " ",
            "\n",
            "\r",
            "is",
            "not",
            "in",
        ),
        *("raw", "endraw", "macro", "include 'a'", "range", "block b", "x()", "x[0]", "[x,x]"),
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(CODE, max_size=30).map(" ".join) | st.lists(CODE).map("".join) | st.text())
def test_that_arbitrary_templates_end_soon_and_raise_nothing_but_their_error(text: str) -> None:
    began = time.process_time()
    with contextlib.suppress(RenderError):
        text_of(text, x="value", json={"a": [1, {"b": None}]})
    assert time.process_time() - began < 0.3


@settings(max_examples=300, deadline=None)
@given(st.lists(CODE, max_size=12).map(" ".join))
def test_that_arbitrary_expressions_raise_nothing_but_their_error(text: str) -> None:
    began = time.process_time()
    for source in ("{{ " + text + " }}", "{% for a in " + text + " %}{{a}}{% endfor %}"):
        with contextlib.suppress(RenderError):
            text_of(source, x="value", json={"a": [1, {"b": None}]})
    assert time.process_time() - began < 0.6


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_that_any_text_made_literal_comes_out_as_it_was(text: str) -> None:
    check_syntax(as_literal(text))
    assert text_of(as_literal(text)) == text


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                *(
                    "response_topic",
                    "correlation_data",
                    "user_property",
                    "content_type",
                    "nonsense",
                ),
                *("message_expiry_interval", "payload_format_indicator", "topic_alias"),
                "subscription_identifier",
            ]
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text() | st.just("{{x}}"),
            lambda inner: st.lists(inner, max_size=3),
            max_leaves=6,
        ),
    )
)
def test_that_arbitrary_properties_raise_nothing_but_the_error(properties: dict[str, Any]) -> None:
    with contextlib.suppress(RenderError):
        rendered(properties=properties)
    json.dumps(properties)
