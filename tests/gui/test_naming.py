"""Level names and friendly names kept true for a capture that grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.packets import filled_log, publish
from topicscope.capture.log import CaptureLog
from topicscope.gui.controllers.topics.naming import Naming
from topicscope.gui.library.names import NameLibrary
from topicscope.mqtt.control_packets import Direction
from topicscope.profiles.topic_templates import StoredNameRule, TopicNaming

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


POWER = b"placeos/org-1/state/bld-1/lvl-1/area-1/sys-1/drv-1/Display/1/power"
SYSTEM = publish(b"placeos/org-1/metadata/sys-1", b'{"name": "Foyer"}', retain=True)


@pytest.fixture
def library(tmp_path: Path) -> NameLibrary:
    return NameLibrary(tmp_path)


def rest(naming: Naming, qtbot: QtBot) -> None:
    """Wait until nothing is left to do; the tree that makes the nodes is this."""
    naming.log.topics.grow()
    naming.wake()
    qtbot.waitUntil(lambda: not naming._timer.isActive())


def test_that_levels_and_ids_of_a_known_system_have_names(
    qtbot: QtBot, library: NameLibrary
) -> None:
    log, tap = filled_log(publish(POWER, b'{"value": true}'))
    naming = Naming(library, log)
    rest(naming, qtbot)
    assert naming.level_columns()[:4] == ("org", "bld", "lvl", "area")
    assert naming.value(0, "mod") == b"Display"
    assert naming.level_of("sys", POWER) == "sys-1"
    assert naming.friendly_name(b"sys-1") is None
    with qtbot.waitSignal(naming.changed):
        tap.feed(Direction.IN, SYSTEM, 1)
        rest(naming, qtbot)
    assert naming.friendly_name(b"sys-1") == "Foyer"
    lines = naming.describe(POWER)
    assert "sys: sys-1 · Foyer" in lines
    assert "mod: Display" in lines


def test_that_names_outlive_clearing_but_not_another_capture(
    qtbot: QtBot, library: NameLibrary
) -> None:
    naming = Naming(library, filled_log(SYSTEM)[0])
    rest(naming, qtbot)
    naming.set_log(CaptureLog(epoch=1))
    rest(naming, qtbot)
    assert naming.friendly_name(b"sys-1") == "Foyer"
    with qtbot.waitSignal(naming.replaced):
        naming.set_log(CaptureLog())
    rest(naming, qtbot)
    assert naming.friendly_name(b"sys-1") is None


def test_that_what_is_saved_holds_at_once_and_after_a_restart(
    qtbot: QtBot, library: NameLibrary, tmp_path: Path
) -> None:
    log, _tap = filled_log(
        publish(b"site/b-1/temp", b"1"), publish(b"info/b-1", b'{"title": "Tower"}')
    )
    naming = Naming(library, log)
    rest(naming, qtbot)
    assert naming.level_columns() == ()
    rule = StoredNameRule("info/<id>", path="title")
    with qtbot.waitSignal(naming.replaced):
        naming.save(TopicNaming(templates=("site/<building>/<what>",), name_rules=(rule,)))
    rest(naming, qtbot)
    assert naming.level_columns() == ("building", "what")
    assert naming.friendly_name(b"b-1") == "Tower"
    again = Naming(NameLibrary(tmp_path), log)
    assert again.naming == naming.naming
    assert again.problem == ""


def test_that_many_topics_are_named_in_small_steps(qtbot: QtBot, library: NameLibrary) -> None:
    naming = Naming(library, filled_log()[0])
    naming.save(TopicNaming(templates=("t/<n>",)))
    log, _tap = filled_log(b"".join(publish(b"t/%d" % n, b"1") for n in range(30_000)))
    naming.set_log(log)
    while log.topics.pending:
        log.topics.grow()
    steps = 0
    while naming._timer.isActive():
        naming._timer.timeout.emit()
        steps += 1
        assert steps < 2000
        if naming.level_names.name_of_node(log.topics.node_of_topic(29_999)) == "n":
            break
    assert steps > 3
    naming._timer.stop()
