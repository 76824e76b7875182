"""Keep Alive, back-off, pace, the tee, sentences and the checks of what is asked."""

from __future__ import annotations

import errno
import socket
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.capture.tap import Tap
from topicscope.connection import outcomes
from topicscope.connection.keep_alive import Due, KeepAlive
from topicscope.connection.outcomes import ConnectionEnded, Retry, outcome, shown, shown_text
from topicscope.connection.pace import pause_for
from topicscope.connection.requests import login_problem
from topicscope.connection.sentences import SENTENCES
from topicscope.connection.state import SubscriptionRequest
from topicscope.connection.supervisor import Connection
from topicscope.connection.tee import TeeSocket
from topicscope.connection.timing import BackOff, Timing
from topicscope.connection.transports import tcp
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.profiles.profile import Profile

# --- Keep Alive ---


def test_that_a_ping_is_due_when_nothing_was_sent_for_the_interval() -> None:
    alive = KeepAlive(10, 0)
    alive.received(9)
    assert alive.deadline == 10
    assert alive.check(9.9) is Due.NOTHING
    assert alive.check(10) is Due.PING


def test_that_a_ping_is_due_when_nothing_came_though_much_was_sent() -> None:
    alive = KeepAlive(10, 0)
    alive.sent(9)
    assert alive.check(10) is Due.PING
    assert alive.deadline == 20


def test_that_silence_after_the_ping_ends_it_and_any_byte_does_not() -> None:
    alive = KeepAlive(10, 0)
    alive.check(10)
    assert alive.check(19) is Due.NOTHING
    alive.received(19)
    assert alive.check(20) is Due.PING
    assert alive.check(30) is Due.GIVE_UP
    assert alive.silent_for(30) == 11


def test_that_an_interval_of_0_never_pings() -> None:
    alive = KeepAlive(0, 0)
    assert alive.deadline is None
    assert alive.check(1e9) is Due.NOTHING


def test_that_a_ping_that_is_asked_for_has_a_patience_of_its_own() -> None:
    alive = KeepAlive(60, 0)
    alive.ping(10, 5)
    assert alive.deadline == 15
    assert alive.check(15) is Due.GIVE_UP
    alive.received(15)
    assert alive.deadline == 70


def test_that_without_keep_alive_only_a_ping_with_patience_can_end_it() -> None:
    alive = KeepAlive(0, 0)
    alive.ping(10)
    assert alive.deadline is None
    alive.ping(20, 5)
    assert alive.check(25) is Due.GIVE_UP


# --- back-off and pace ---


def test_that_rests_double_up_to_the_longest_and_begin_again_after_success() -> None:
    back_off = BackOff(Timing(), lambda: 0.0)
    rests = [back_off.next_rest(Retry.BACK_OFF) for _ in range(8)]
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60]
    back_off.reset()
    assert back_off.next_rest(Retry.BACK_OFF) == 1
    back_off.reset()
    assert [back_off.next_rest(Retry.SLOWLY) for _ in range(4)] == [15, 30, 60, 60]


def test_that_chance_shortens_a_rest_by_at_most_a_fifth() -> None:
    assert BackOff(Timing(), lambda: 1.0).next_rest(Retry.BACK_OFF) == pytest.approx(0.8)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_that_the_reader_rests_longer_the_further_the_window_is_behind(
    one: float, other: float
) -> None:
    less, more = sorted((one, other))
    assert pause_for(0.0) == 0.0
    assert 0.0 <= pause_for(less) <= pause_for(more) <= 0.1


# --- the tee ---


@given(st.lists(st.binary(max_size=20)), st.lists(st.integers(1, 9), min_size=1))
def test_that_the_tee_gives_back_what_was_laid_in(pieces: list[bytes], sizes: list[int]) -> None:
    tee, read = TeeSocket(), b""
    for turn, piece in enumerate(pieces):
        tee.lay_in(piece)
        if tee.has_input:
            read += tee.recv(sizes[turn % len(sizes)])
    while tee.has_input:
        read += tee.recv(3)
    assert read == b"".join(pieces)
    with pytest.raises(BlockingIOError):
        tee.recv(1)


def test_that_the_tee_counts_what_has_left() -> None:
    tee = TeeSocket()
    assert tee.send(b"abcdef") == 6
    tee.send(b"")
    assert tee.head() is not None
    tee.taken(2)
    head = tee.head()
    assert head is not None
    assert bytes(head) == b"cdef"
    assert (tee.accepted, tee.written, tee.backlog) == (6, 2, 4)
    tee.taken(4)
    assert tee.head() is None


@given(st.lists(st.sampled_from([1, 4, 4096, 4097, 9000])), st.integers(1, 5000))
def test_that_small_writes_leave_together_and_all_in_their_order(
    sizes: list[int], portion: int
) -> None:
    tee, left, whole = TeeSocket(), b"", b""
    for index, size in enumerate(sizes):
        data = bytes((index % 256,)) * size
        whole += data
        tee.send(data)
    while (head := tee.head()) is not None:
        left += head[:portion]
        tee.taken(len(head[:portion]))
    assert left == whole
    for _ in range(100):
        tee.send(b"ack!")
    head = tee.head()
    assert head is not None
    assert len(head) == 400


# --- sentences ---


@pytest.mark.parametrize("name", outcomes.names())
def test_that_each_outcome_is_whole_sentences_of_its_facts(name: str) -> None:
    _, text, remedy, _ = SENTENCES[name]
    fields = {field for _, field, _, _ in string.Formatter().parse(text + remedy) if field}
    made = outcome(name, **{field: f"<{field}>" for field in fields})
    assert made.text[-1:] in ".}>”", made.text
    assert made.remedy == "" or made.remedy[-1] in ".>", made.remedy
    assert "{" not in made.text + made.remedy


def test_that_braces_from_the_network_are_only_text() -> None:
    made = outcome("not-mqtt", address="{reason}", shown=shown(b"{0.__class__}"))
    assert made.text == "{reason} is not an MQTT server. It answered: “{0.__class__}”"


@given(st.binary(), st.text())
def test_that_what_the_network_says_is_shown_on_one_printable_line(data: bytes, text: str) -> None:
    assert shown(data).isprintable()
    assert shown_text(text).isprintable()
    assert len(shown(data)) <= 60 * 4 + 3


# --- addresses ---


def test_that_the_two_families_take_turns_without_doubles() -> None:
    four, six = socket.AF_INET, socket.AF_INET6
    addresses: list[tcp.Address] = [
        (six, ("::1", 1)),
        (six, ("::2", 1)),
        (six, ("::1", 1)),
        (four, ("1.1.1.1", 1)),
        (four, ("2.2.2.2", 1)),
    ]
    assert [host for _, (host, *_) in tcp.interleave(addresses)] == [
        "::1",
        "1.1.1.1",
        "::2",
        "2.2.2.2",
    ]


def test_that_of_many_errors_the_one_that_tells_most_is_said() -> None:
    unreachable = OSError(errno.ENETUNREACH, "Network is unreachable")
    refused = OSError(errno.ECONNREFUSED, "Connection refused")
    late = OSError(errno.ETIMEDOUT, "Connection timed out")
    assert tcp.dial_failure([unreachable, refused], "h:1", 9).outcome.reason == "refused"
    assert tcp.dial_failure([unreachable, late], "h:1", 9).outcome.reason == "no-answer"
    end = tcp.dial_failure([unreachable], "h:1", 9)
    assert end.outcome.text == "There is no way to h:1: network is unreachable."
    assert isinstance(end, ConnectionEnded)
    assert tcp.dial_failure([], "h:1", 9.5).outcome.reason == "no-answer"


def test_that_an_ipv6_address_stands_in_brackets() -> None:
    assert tcp.address_text("::1", 1883) == "[::1]:1883"
    assert tcp.address_text("host", 1) == "host:1"


# --- what is asked ---


@pytest.fixture
def connection() -> Connection:
    """Return a connection that was never asked for anything: it has no thread yet."""
    return Connection(Tap(lambda _batch: None), lambda _event: None)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("",), "at least one character"),
        (("a/+",), r"wildcard \+"),
        (("a\0b",), "null character"),
        (("\ud800",), "surrogate"),
        (("x" * 65_536,), "65,535 bytes"),
        (("t", b"", 3), "QoS 3 does not exist"),
        (("t", bytes(268_435_456)), "a packet carries 268,435,455"),
        (("t", b"", 0, False, [(36, 1)]), "Maximum QoS is not allowed in PUBLISH"),
        (("t", b"", 0, False, [(35, 0)]), "0 is not allowed"),
        (("t", b"", 0, False, [(3, "\0")]), "cannot be sent"),
        (("t", b"", 0, False, [(3, "x" * 70_000)]), "cannot be sent"),
    ],
)
def test_that_what_cannot_be_published_raises_with_a_sentence(
    connection: Connection, arguments: tuple[object, ...], words: str
) -> None:
    topic, payload, *rest = (*arguments, b"") if len(arguments) == 1 else arguments
    with pytest.raises(ValueError, match=words) as caught:
        connection.publish(topic, payload, *rest)  # type: ignore[arg-type]
    assert str(caught.value).endswith(".")
    connection.close()


@pytest.mark.parametrize(
    ("version", "username", "password", "words"),
    [
        (ProtocolVersion.MQTT_3_1, None, b"x", "MQTT 3.1 has no password without a user name"),
        (ProtocolVersion.MQTT_3_1_1, None, b"x", "MQTT 3.1.1 has no password without a user name"),
        (ProtocolVersion.MQTT_3_1_1, "", b"x", ""),
        (ProtocolVersion.MQTT_5, None, b"x", ""),
        (ProtocolVersion.MQTT_5, None, None, ""),
        (ProtocolVersion.MQTT_5, "\ud800", None, "half of a surrogate pair"),
        (ProtocolVersion.MQTT_5, "u" * 65_536, None, "User name: 65,536 bytes"),
        (ProtocolVersion.MQTT_5, None, bytes(65_536), "Password: 65,536 bytes"),
    ],
)
def test_that_a_login_that_connect_cannot_carry_is_said(
    version: ProtocolVersion, username: str | None, password: bytes | None, words: str
) -> None:
    said = login_problem(version, username, password)
    assert bool(said) == bool(words)
    assert words in said


def test_that_properties_need_mqtt_5(connection: Connection) -> None:
    connection._asked = Profile(protocol_version=4)
    with pytest.raises(
        ValueError, match=r"Properties need MQTT 5; the profile says MQTT 3\.1\.1\."
    ):
        connection.publish("t", b"", properties=[(3, "text/plain")])
    connection.close()


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (SubscriptionRequest("a/#/b"), "must be the last level"),
        (SubscriptionRequest("a", 3), "QoS 3"),
        (SubscriptionRequest("a", retain_handling=3), "Retain Handling 3"),
        (SubscriptionRequest("$share/g/a", no_local=True), "No Local"),
    ],
)
def test_that_what_cannot_be_subscribed_raises_with_a_sentence(
    connection: Connection, request_: SubscriptionRequest, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        connection.subscribe([request_])
    connection.close()


def test_that_a_connection_that_was_never_used_has_no_thread_and_closes(
    connection: Connection,
) -> None:
    assert connection._thread is None
    connection.close()
    connection.connect(Profile())
    connection.close()
    assert connection._thread is None
