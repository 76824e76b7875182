from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.helpers.publishing import Outlet, Sent, Wire, wait_until
from topicscope.automation.responders.engine import ResponderEngine
from topicscope.automation.responders.loop_guard import REMEMBERED_S, LoopGuard
from topicscope.automation.responders.responder import Responder, variables_of
from topicscope.automation.templates.rendering import Renderer
from topicscope.automation.templates.template import MessageTemplate
from topicscope.capture.log import CaptureLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from topicscope.automation.responders.answering import ResponderStatus

CORRELATED = [(8, "reply/{{7*7}}"), (9, b"\xff\x01")]
DEVICE = Responder(
    name="device",
    when='topic ~ "plant/dev/+/get"',
    levels="plant/dev/<device>/get",
    message=MessageTemplate(
        topic="plant/dev/{{device}}/answer",
        payload='{"id": {{json.id}}, "level": "{{level.3}}", "was": "{{topic}}"}',
        qos=1,
    ),
)


@pytest.fixture
def outlet() -> Outlet:
    return Outlet()


@pytest.fixture
def stopped() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def engine(outlet: Outlet, stopped: list[tuple[str, str]]) -> Iterator[ResponderEngine]:
    engine = ResponderEngine(
        outlet,
        Renderer(),
        {}.__getitem__,
        level_names=("kind",),
        level_of=lambda name, topic: name + topic.decode(),
        on_stopped=lambda rule, text: stopped.append((rule, text)),
    )
    yield engine
    engine.close()


@pytest.fixture
def wire(engine: ResponderEngine) -> Wire:
    return Wire(engine.feed)


def status_of(engine: ResponderEngine, rule: Responder) -> ResponderStatus:
    wait_until(lambda: engine.status(rule.id) is not None)
    status = engine.status(rule.id)
    assert status is not None
    return status


def rule(when: str, topic: str, payload: str = "", name: str = "") -> Responder:
    return Responder(name=name, when=when, message=MessageTemplate(topic=topic, payload=payload))


def back(wire: Wire) -> Callable[[Sent], None]:
    """Return what sends our own messages back, as a broker does to who is subscribed."""

    def echo(message: Sent) -> None:
        wire.message(message.topic, message.payload, sent=True)
        wire.message(message.topic, message.payload)

    return echo


def test_that_a_rule_answers_with_levels_and_fields_of_the_message(
    engine: ResponderEngine, wire: Wire, outlet: Outlet
) -> None:
    wire.message("before/any/rule")
    engine.set_responders([DEVICE])
    wire.message("plant/dev/7/get", b'{"id": 41}')
    wire.message("plant/other", b"")
    answer = outlet.wait_for(1)[0]
    assert (answer.topic, answer.qos) == ("plant/dev/7/answer", 1)
    assert answer.payload == b'{"id": 41, "level": "7", "was": "plant/dev/7/get"}'
    assert status_of(engine, DEVICE).answers == 1


def test_that_an_answer_goes_to_the_response_topic_with_the_same_correlation_data(
    engine: ResponderEngine, wire: Wire, outlet: Outlet
) -> None:
    responder = Responder(
        when='topic == "get"', to="response_topic", message=MessageTemplate(payload="{{payload}}!")
    )
    engine.set_responders([responder])
    wire.message("get", b"ping", properties=list(CORRELATED))
    answer = outlet.wait_for(1)[0]
    # What comes from the network is never taken for code.
    assert answer.topic == "reply/{{7*7}}"
    assert answer.payload == b"ping!"
    assert answer.properties == [(9, b"\xff\x01")]
    wire.message("get", b"ping")
    wait_until(lambda: status_of(engine, responder).refused)
    assert "has no Response Topic" in status_of(engine, responder).problem


def test_that_without_a_response_topic_the_topic_of_the_template_is_used(
    engine: ResponderEngine, outlet: Outlet
) -> None:
    responder = Responder(
        when='topic == "get"', to="response_topic", message=MessageTemplate(topic="here")
    )
    engine.set_responders([responder])
    Wire(engine.feed, version=4).message("get")
    assert outlet.wait_for(1)[0].topic == "here"


def test_that_an_answer_waits_for_its_delay(
    engine: ResponderEngine, wire: Wire, outlet: Outlet
) -> None:
    slow = Responder(
        when='payload contains "go"', delay_ms=80, message=MessageTemplate(topic="slow")
    )
    engine.set_responders([slow, rule('topic == "a"', "quick")])
    begun = time.monotonic()
    wire.message("a", b"go")
    assert [one.topic for one in outlet.wait_for(2)] == ["quick", "slow"]
    assert time.monotonic() - begun >= 0.08


def test_that_messages_of_ours_are_recognised_and_a_loop_of_two_is_stopped_and_explained(
    engine: ResponderEngine, wire: Wire, outlet: Outlet, stopped: list[tuple[str, str]]
) -> None:
    ping = rule('topic == "ping"', "pong", "{{counter}}", "Player A")
    pong = rule('topic == "pong"', "ping", "{{uuid}}", "Player B")
    outlet.echo = back(wire)
    engine.set_responders([ping, pong])
    wire.message("ping", b"start")
    wait_until(lambda: stopped)
    time.sleep(0.1)
    count = len(outlet.sent)
    assert count <= 45
    time.sleep(0.1)
    assert len(outlet.sent) == count
    text = stopped[0][1]
    assert "“Player A”" in text
    assert "“Player B”" in text
    assert "answer each other: " in text
    assert "publishes on pong, which “Player B” answers" in text
    assert "publishes on ping, which “Player A” answers" in text
    halted = next(one for one in (ping, pong) if one.id == stopped[0][0])
    assert status_of(engine, halted).is_stopped
    # The same rules again change nothing; asked to go on, it goes on, and is stopped again.
    engine.set_responders([ping, pong])
    engine.resume(halted.id)
    wire.message("ping", b"again")
    wait_until(lambda: len(stopped) == 2)


def test_that_a_rule_that_answers_itself_is_stopped_and_one_of_three_named_in_its_circle(
    engine: ResponderEngine, wire: Wire, outlet: Outlet, stopped: list[tuple[str, str]]
) -> None:
    outlet.echo = back(wire)
    engine.set_responders([rule("payload", "self", "x", "Echo")])
    wire.message("any", b"x")
    wait_until(lambda: stopped)
    assert stopped[0][1].startswith("“Echo” answers its own messages: what it publishes on self ")
    circle = [rule(f'topic == "{one}"', two, "x", one) for one, two in ("ab", "bc", "ca")]
    engine.set_responders(circle)
    wire.message("a")
    wait_until(lambda: len(stopped) == 2)
    assert "answer each other in a circle" in stopped[1][1]
    assert all(f"“{name}”" in stopped[1][1] for name in "abc")


def test_that_many_requests_of_others_are_no_loop(
    engine: ResponderEngine, wire: Wire, outlet: Outlet, stopped: list[tuple[str, str]]
) -> None:
    outlet.echo = back(wire)
    engine.set_responders([DEVICE])
    for number in range(2000):
        wire.message("plant/dev/1/get", b'{"id":%d}' % number)
    outlet.wait_for(2000)
    assert not stopped


def test_that_a_chain_of_rules_is_allowed(
    engine: ResponderEngine, wire: Wire, outlet: Outlet
) -> None:
    outlet.echo = back(wire)
    engine.set_responders([rule('topic == "a"', "b"), rule('topic == "b"', "c")])
    wire.message("a")
    assert [one.topic for one in outlet.wait_for(2)] == ["b", "c"]


def test_that_clearing_the_capture_begins_the_topics_anew(
    engine: ResponderEngine, wire: Wire, outlet: Outlet
) -> None:
    engine.set_responders([DEVICE])
    wire.message("x")
    wire.tap.begin_epoch(1)
    wire.message("y")
    wire.message("plant/dev/2/get", b'{"id": 1}')
    assert outlet.wait_for(1)[0].topic == "plant/dev/2/answer"


def test_that_rules_may_come_and_go_while_messages_flow(
    engine: ResponderEngine, wire: Wire, outlet: Outlet
) -> None:
    engine.set_responders([DEVICE])
    wire.message("one")
    engine.set_responders([])
    wire.message("two")
    wire.message("three")
    engine.set_responders([rule('topic == "three"', "found")])
    wire.message("three")
    assert outlet.wait_for(1)[0].topic == "found"


def test_that_a_rule_that_cannot_work_says_why(engine: ResponderEngine, wire: Wire) -> None:
    bad = Responder(when="level.nothing == x", message=MessageTemplate(topic="a"))
    unknown = Responder(when='level.nobody == "x"', message=MessageTemplate(topic="a"))
    gone = Responder(when="payload", template="gone")
    broken = rule("payload", "a", "{{1 / 0}}")
    engine.set_responders([bad, unknown, gone, broken])
    wire.message("a", b"x")
    for one, text in (
        (bad, "The filter: "),
        (unknown, "no level is called"),
        (gone, "no template “gone”"),
        (broken, "divides by zero"),
    ):
        wait_until(lambda one=one: status_of(engine, one).problem)  # type: ignore[misc]
        assert text in status_of(engine, one).problem


@pytest.mark.parametrize(
    "responder",
    [
        Responder(message=MessageTemplate(topic="a")),
        Responder(when="(", message=MessageTemplate(topic="a")),
        Responder(when="retain"),
        Responder(when="retain", levels="a/<", message=MessageTemplate(topic="a")),
        Responder(when="retain", delay_ms=-1, message=MessageTemplate(topic="a")),
    ],
)
def test_that_an_incomplete_responder_says_what_it_lacks(responder: Responder) -> None:
    assert (responder.problem() or "").endswith(".")


def test_that_all_of_a_message_can_be_used_whatever_its_bytes() -> None:
    log = CaptureLog()
    Wire(log.append).message("a/b", b"\xff", properties=list(CORRELATED))
    variables = variables_of(
        log.record(1), "<x>/<y>", lambda name, _: name if name == "kind" else None, ("kind", "no")
    )
    assert variables["x"] == "a"
    assert variables["payload"] == variables["correlation_data"][0] == "\ufffd"
    assert variables["level"] == {1: "a", 2: "b", "kind": "kind"}
    assert variables["json"] is None
    assert variables["response_topic"] == "reply/{{7*7}}"


def test_that_what_we_published_is_forgotten_after_a_while() -> None:
    guard = LoopGuard()
    guard.published(b"a", b"x", ("1",), 0.0)
    assert guard.chain_of(b"a", b"x", REMEMBERED_S) == ("1",)
    assert guard.chain_of(b"a", b"x", REMEMBERED_S + 1) == ()
    assert guard.chain_of(b"a", b"y", 0.0) == ()
