"""What a preset leaves open, and the way through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from topicscope.gui.dialogs.connections.dialog import ConnectionsDialog
from topicscope.profiles.presets import PRESETS, Preset, still_to_fill
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def opened(qtbot: QtBot, profile: Profile) -> ConnectionsDialog:
    made = ConnectionsDialog([profile])
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.show_profile(profile)
    made.set_secrets(profile.identifier, {})
    return made


def test_that_what_a_preset_asks_for_is_gone_through_one_field_after_the_other(
    qtbot: QtBot,
) -> None:
    dialog = opened(qtbot, Profile(identifier="1" * 16, name="Lab", host="lab.local"))
    QTest.keyClick(dialog, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(dialog.presets.search, "hivemq cloud")
    QTest.keyClick(dialog.presets.search, Qt.Key.Key_Return)
    following = dialog.parts.next_button
    assert following.text() == "Next: host"
    QTest.keyClicks(dialog.form.connection.host, "x.hivemq.cloud")
    assert following.text() == "Next: user name"
    assert "user name, secret" in following.toolTip()
    QTest.mouseClick(following, Qt.MouseButton.LeftButton)
    assert dialog.focusWidget() is dialog.form.login.username
    QTest.keyClicks(dialog.form.login.username, "ada")
    QTest.mouseClick(following, Qt.MouseButton.LeftButton)
    QTest.keyClicks(dialog.form.login.secret, "s")
    assert not following.isVisible()


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_that_each_field_that_a_preset_leaves_open_is_found(qtbot: QtBot, preset: Preset) -> None:
    dialog = opened(qtbot, msgspec.structs.replace(preset.profile, identifier="5" * 16))
    places = []
    left = still_to_fill(preset, preset.profile, has_secret=False)
    for field in left:
        dialog.form.go_to_field(field)
        places.append(dialog.focusWidget())
        assert places[-1] is not None
        assert places[-1].isVisible()
    assert len(set(map(id, places))) == len(left)
