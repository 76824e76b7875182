"""Differences between two moments as text: nothing from the network moves a cell or becomes a formula."""

from __future__ import annotations

from tests.helpers.packets import filled_log, publish
from topicscope.capture.differences import Differences, TableFormat
from topicscope.capture.moments import History

PACKETS = (
    publish(b"a/kept", b"1"),
    publish(b"a/gone", b"was here"),
    publish(b"a/kept", b"=1+2\t\n\x00"),
    publish(b"a/gone", b""),
    publish(b"a/new", b'say "hi", then'),
)


def table(form: TableFormat) -> str:
    log, _ = filled_log(*PACKETS)
    history = History(log)
    # Row 0 is the CONNECT.
    first, second = history.moment(2), history.moment(5)
    return Differences(log, first, second).table(range(3), form)


def test_that_text_has_a_line_a_topic_with_tabs_between() -> None:
    assert table(TableFormat.TEXT) == (
        "Topic\tBefore\tAfter\n"
        "a/kept\t1\t=1+2\\t\\n\\x00\n"
        "a/gone\twas here\tcleared\n"
        'a/new\t—\tsay "hi", then\n'
    )


def test_that_csv_quotes_and_never_begins_a_formula() -> None:
    assert table(TableFormat.CSV) == (
        "Topic,Before,After\n"
        "a/kept,1,'=1+2\\t\\n\\x00\n"
        "a/gone,was here,cleared\n"
        'a/new,—,"say ""hi"", then"\n'
    )


def test_that_a_long_value_is_cut_and_says_so() -> None:
    log, _ = filled_log(publish(b"a", b"1"), publish(b"a", b"x" * 9000))
    history = History(log)
    differences = Differences(log, history.moment(1), history.moment(2))
    after = differences.table([0], TableFormat.TEXT).splitlines()[1].split("\t")[2]
    assert after == "x" * 4096 + "…"


def test_that_a_value_that_was_given_up_is_said() -> None:
    log, tap = filled_log(publish(b"a", b"1"), publish(b"a", b"2"))
    history = History(log)
    first, second = history.moment(1), history.moment(2)
    log.segments.clear()
    assert "given up\tgiven up" in Differences(log, first, second).table([0], TableFormat.TEXT)
    del tap
