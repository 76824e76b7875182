"""What a broker has not told: who tells only what has changed may still tell it."""

from __future__ import annotations

import pytest

from tests.helpers.packets import START_NS
from tests.helpers.status_trees import reader_of
from topicscope.broker_status import StatusReader
from topicscope.broker_status.missing import missing_words
from topicscope.broker_status.report import report_markdown
from topicscope.cli.status_table import status_table

NEVER = "Not told by this broker: "
SO_FAR = "Not told so far: "


def words(reader: StatusReader) -> str:
    return missing_words(reader.dialect, reader.snapshot())


def test_that_mosquitto_may_still_tell_what_has_not_changed() -> None:
    reader = StatusReader()
    reader.update(b"$SYS/broker/version", b"mosquitto version 2.0.11", 0)
    reader.update(b"$SYS/broker/load/publish/received/5min", b"1.5", 0)
    reader.update(b"$SYS/broker/clients/connected", b"1", 0)
    later, never = words(reader).split(f" {NEVER}")
    assert later.startswith(SO_FAR)
    assert "clients at most" in later
    assert "publish received" in later, "its load is told, but not how many in all"
    assert "sockets opened" in later
    assert "clients connected" not in later
    assert never == "processor."
    reader.update(b"$SYS/broker/clients/maximum", b"3", 1)
    assert "clients at most" not in words(reader)


@pytest.mark.parametrize("name", ["emqx5", "vernemq", "aedes", "amqtt"])
def test_that_others_tell_all_they_have_in_each_round(name: str) -> None:
    said = words(reader_of(name))
    assert said.startswith(NEVER)
    assert SO_FAR not in said


def test_that_table_and_report_say_it_too() -> None:
    reader = reader_of("mosquitto")
    assert "Not told by this broker: processor." in status_table(reader, START_NS).replace(
        "\n", " "
    )
    assert "Not told by this broker: processor." in report_markdown(reader, START_NS, broker="x")


def test_that_of_an_unknown_broker_nothing_is_said_to_come() -> None:
    assert SO_FAR not in words(reader_of("unknown"))
