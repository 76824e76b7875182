from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.packets import SECOND, START_NS
from tests.helpers.publishing import Wire
from topicscope.automation.exchanges.exchange import Exchanges, latency_text
from topicscope.automation.exchanges.pairings import ByCorrelation, ByJsonId, ByTopics
from topicscope.automation.exchanges.requests import as_request
from topicscope.automation.schedules.sources import Message
from topicscope.automation.templates.rendering import Renderer
from topicscope.automation.templates.template import MessageTemplate
from topicscope.capture.log import CaptureLog

if TYPE_CHECKING:
    from topicscope.mqtt.properties import PropertyList


class Talk:
    """A capture to which messages are added a tenth of a second apart."""

    def __init__(self, version: int = 5) -> None:
        self.log = CaptureLog()
        self.wire = Wire(self.log.append, version)
        self._tenths = 0

    def say(
        self,
        topic: str,
        payload: bytes = b"",
        properties: PropertyList | None = None,
        *,
        sent: bool = False,
    ) -> int:
        self._tenths += 1
        at_ns = START_NS + self._tenths * SECOND // 10
        self.wire.message(topic, payload, sent=sent, at_ns=at_ns, properties=properties)
        return self.log.end_row - 1

    def wait(self, seconds: float) -> None:
        self._tenths += int(seconds * 10)


def test_that_requests_and_responses_are_paired_by_correlation_data() -> None:
    talk = Talk()
    exchanges = Exchanges(talk.log, ByCorrelation(talk.log))
    talk.say("noise", b"x")
    first = talk.say("get", b"", [(8, "reply"), (9, b"1")])
    second = talk.say("get", b"", [(8, "reply"), (9, b"2")])
    answer = talk.say("reply", b"", [(9, b"2")])
    assert exchanges.update(5.0)
    late = talk.say("reply", b"", [(9, b"1")])
    stray = talk.say("reply", b"", [(9, b"3")])
    talk.say("reply", b"more", [(9, b"2")])
    assert exchanges.update(5.0)
    pairs = [exchanges[index] for index in range(len(exchanges))]
    assert [(pair.request_row, pair.response_row) for pair in pairs] == [
        (first, late),
        (second, answer),
    ]
    assert [pair.latency_s for pair in pairs] == [pytest.approx(0.3), pytest.approx(0.1)]
    assert [pair.further for pair in pairs] == [0, 1]
    assert exchanges.orphan_rows == [stray]
    words = exchanges.summary().words()
    assert words.startswith("2 of 2 requests answered (p50 ")
    assert words.endswith("1 responses to no request seen.")


def test_that_a_response_without_correlation_data_is_known_by_its_topic() -> None:
    talk = Talk()
    exchanges = Exchanges(talk.log, ByCorrelation(talk.log))
    talk.say("reply", b"too early")
    talk.say("get", b"", [(8, "reply")])
    answer = talk.say("reply", b"here")
    assert exchanges.update(5.0)
    assert exchanges[0].response_row == answer
    assert exchanges.orphan_rows == []


def test_that_a_response_may_ask_in_turn() -> None:
    talk = Talk()
    talk.say("a", b"", [(8, "b"), (9, b"1")])
    middle = talk.say("b", b"", [(8, "c"), (9, b"1")])
    end = talk.say("c", b"", [(9, b"1")])
    exchanges = Exchanges(talk.log, ByCorrelation(talk.log))
    exchanges.update(5.0)
    assert [exchanges[index].response_row for index in range(2)] == [middle, end]


def test_that_requests_without_an_answer_wait_and_then_time_out() -> None:
    talk = Talk()
    exchanges = Exchanges(talk.log, ByTopics(talk.log, "dev/<d>/get", "dev/<d>/is"), 5.0)
    talk.say("dev/1/get")
    talk.say("dev/2/get")
    exchanges.update(5.0)
    assert (exchanges.summary().waiting, exchanges.unanswered()) == (2, [])
    talk.wait(6)
    talk.say("dev/2/is")
    exchanges.update(5.0)
    summary = exchanges.summary()
    assert (summary.timed_out, summary.late, summary.answered) == (1, 1, 1)
    assert exchanges.unanswered() == [0]
    assert exchanges.unanswered(START_NS) == []
    now = START_NS + SECOND
    assert latency_text(exchanges[1], 5.0, now).endswith("s, too late")
    assert latency_text(exchanges[0], 5.0, now).startswith("waiting for ")
    assert latency_text(exchanges[0], 0.1, now) == "no answer"


def test_that_topics_pair_what_has_the_same_words_at_the_same_names() -> None:
    talk = Talk(version=4)
    exchanges = Exchanges(talk.log, ByTopics(talk.log, "<site>/dev/<d>/get", "<site>/dev/<d>/is"))
    for site in ("x", "y"):
        talk.say(f"{site}/dev/1/get")
    answer = talk.say("y/dev/1/is")
    stray = talk.say("z/dev/1/is")
    exchanges.update(5.0)
    assert [exchanges[index].response_row for index in range(2)] == [None, answer]
    assert exchanges.orphan_rows == [stray]


def test_that_an_id_in_the_payload_pairs_on_any_topics() -> None:
    talk = Talk(version=4)
    exchanges = Exchanges(talk.log, ByJsonId(talk.log, "meta.id"))
    talk.say("rpc", b'{"meta": {"id": 1}}')
    talk.say("rpc", b'{"meta": {"id": "1"}}')
    talk.say("noise", b"{")
    talk.say("noise", b'{"meta": {"id": null}}')
    answer = talk.say("back", b'{"meta": {"id": 1}}')
    exchanges.update(5.0)
    assert len(exchanges) == 2
    assert exchanges[0].response_row == answer
    assert exchanges[1].response_row is None


def test_that_our_own_messages_on_their_way_back_count_once() -> None:
    talk = Talk(version=4)
    exchanges = Exchanges(talk.log, ByTopics(talk.log, "get", "is"))
    asked = talk.say("get", b"1", sent=True)
    talk.say("get", b"1")
    answered = talk.say("is", b"1", sent=True)
    talk.say("is", b"1")
    exchanges.update(5.0)
    assert len(exchanges) == 1
    assert (exchanges[0].request_row, exchanges[0].response_row) == (asked, answered)
    assert exchanges.orphan_rows == []


def test_that_a_request_is_asked_waited_for_and_found_with_its_response() -> None:
    template = MessageTemplate(topic="get", payload="x", properties={"content_type": "text/plain"})
    first, second = (as_request(Renderer().render(template), "me/replies") for _ in range(2))
    assert first.key != second.key
    talk = Talk()
    exchanges = Exchanges(talk.log, ByCorrelation(talk.log))
    asked = talk.say("get", b"x", first.message.properties, sent=True)
    assert exchanges.newest(first.key) is None
    exchanges.update(5.0)
    waiting = exchanges.newest(first.key)
    assert waiting is not None
    assert (waiting.request_row, waiting.response_row) == (asked, None)
    answer = talk.say("me/replies", b"y", [(9, first.key[1])])
    exchanges.update(5.0)
    pair = exchanges.newest(first.key)
    assert pair is not None
    assert (pair.response_row, pair.latency_s) == (answer, pytest.approx(0.1))
    assert exchanges.newest(second.key) is None


def test_that_a_request_keeps_what_its_message_says_and_refuses_a_response_topic_with_wildcards() -> (
    None
):
    own: PropertyList = [(9, b"mine"), (38, ("k", "v")), (8, "there")]
    request = as_request(Message("get", b"", 1, False, own), "elsewhere")
    assert request.key == (b"there", b"mine")
    assert request.message.properties == [(38, ("k", "v")), (8, "there"), (9, b"mine")]
    for topic in ("", "replies/#"):
        with pytest.raises(ValueError, match="Response Topic: "):
            as_request(Message("get", b"", 0, False, []), topic)


def test_that_looking_goes_on_in_steps_and_skips_what_was_evicted() -> None:
    log = CaptureLog(1 << 16, segment_bytes=1 << 14)
    wire = Wire(log.append)
    exchanges = Exchanges(log, ByTopics(log, "get", "is"))
    for number in range(5000):
        wire.message("is" if number % 2 else "get", b"%d" % number)
    steps = 1
    while not exchanges.update(0.0005):
        steps += 1
    assert log.first_row > 0
    assert 0 < len(exchanges) < 2500


@pytest.mark.parametrize("text", ["", "a,b", "a..b"])
def test_that_a_path_that_leads_to_no_field_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="path"):
        ByJsonId(CaptureLog(), text)


MESSAGES = st.lists(
    st.tuples(
        st.sampled_from(["get", "reply", "x"]),
        st.sampled_from([b"", b'{"id":1}', b'{"id":2}', b"\xff"]),
        st.sampled_from([[], [(8, "reply")], [(8, "reply"), (9, b"1")], [(9, b"1")], [(9, b"2")]]),
        st.booleans(),
    ),
    max_size=60,
)


@given(MESSAGES)
def test_that_every_message_is_at_most_one_half_of_each_kind(
    messages: list[tuple[str, bytes, PropertyList, bool]],
) -> None:
    talk = Talk()
    makers = (ByCorrelation(talk.log), ByTopics(talk.log, "get", "reply"), ByJsonId(talk.log))
    several = [Exchanges(talk.log, pairing) for pairing in makers]
    for topic, payload, properties, sent in messages:
        talk.say(topic, payload, properties, sent=sent)
        several[0].update(5.0)
    for exchanges in several:
        assert exchanges.update(10.0)
        pairs = [exchanges[index] for index in range(len(exchanges))]
        requests = [pair.request_row for pair in pairs]
        responses = [pair.response_row for pair in pairs if pair.response_row is not None]
        assert sorted(set(requests)) == requests
        assert len(set(responses)) == len(responses)
        assert not set(responses) & set(exchanges.orphan_rows)
        assert all(pair.request_row < (pair.response_row or 1 << 60) for pair in pairs)
        summary = exchanges.summary()
        assert summary.answered + summary.waiting + summary.timed_out == summary.requests
