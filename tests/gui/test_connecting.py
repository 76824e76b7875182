"""Profiles in the menu of the bar: how one is deleted."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Literal

import msgspec
import pytest
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from tests.helpers.proxies import HttpProxy, Socks5Proxy
from tests.helpers.servers import FakeServer, accept_connect, silent
from topicscope.gui.dialogs.connections.dialog import ConnectionsDialog
from topicscope.gui.dialogs.help import HelpDialog
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.profiles.profile import Profile, Proxy
from topicscope.profiles.store import ProfileStore

if TYPE_CHECKING:
    import socket

    from tests.helpers.window import Desk
    from topicscope.profiles.store import StoredProfiles


@pytest.fixture
def stored(desk: Desk) -> Desk:
    """A window that knows two profiles; the first is chosen."""
    for name in ("Lab", "Plant"):
        desk.services.store.save(Profile(name=name, host=f"{name.lower()}.local"))
    desk.services.secrets.remember(lab(desk), {"secret": "canary"})
    desk.read_profiles()
    return desk


def lab(desk: Desk) -> Profile:
    return desk.services.store.list().profiles[0]


def names(desk: Desk) -> list[str]:
    return [profile.name for profile in desk.services.store.list().profiles]


def menu_texts(desk: Desk) -> list[str]:
    return [action.text() for action in desk.window.bar.profile_menu.actions()]


def choose(desk: Desk, text: str) -> None:
    actions = desk.window.bar.profile_menu.actions()
    next(action for action in actions if action.text() == text).trigger()


def test_that_a_stored_profile_is_deleted_after_one_question(stored: Desk) -> None:
    desk = stored
    choose(desk, "Delete…")
    assert desk.says("Delete “Lab”?")
    desk.click("Delete")
    # The file goes first, then the secrets; the bar follows when both are gone.
    desk.wait(lambda: desk.window.bar.profile_button.full_text() == "Plant", "the deletion")
    assert names(desk) == ["Plant"]
    assert not desk.key_store.entries
    assert not any(text.startswith("Lab") for text in menu_texts(desk))
    desk.wait_for_words("“Lab” was deleted.")


def test_that_a_profile_is_kept_when_the_question_is_declined(stored: Desk) -> None:
    desk = stored
    choose(desk, "Delete…")
    desk.click("Keep it")
    desk.settle()
    assert names(desk) == ["Lab", "Plant"]
    assert desk.services.secrets.known(lab(desk)) == {"secret": "canary"}


def test_that_the_last_profile_can_be_deleted(stored: Desk) -> None:
    desk = stored
    for _ in range(2):
        choose(desk, "Delete…")
        left = len(names(desk))
        desk.click("Delete")
        desk.wait(lambda left=left: len(names(desk)) < left)
        desk.wait(lambda: not desk.window.connecting.is_busy)
        assert desk.says("was deleted")
    assert names(desk) == []
    assert desk.window.bar.profile_button.full_text() == "Choose a broker"
    assert "Delete…" not in menu_texts(desk)


def test_that_the_bar_still_says_whom_it_is_connected_to_when_that_profile_is_deleted(
    desk: Desk,
) -> None:
    demo = desk.services.start_demo()
    desk.services.store.save(msgspec.structs.replace(demo, name="Lab"))
    desk.services.store.save(Profile(name="Plant", host="plant.local"))
    desk.read_profiles()
    desk.click("Connect", desk.window.bar)
    desk.wait_for_state("Connected")
    choose(desk, "Delete…")
    desk.click("Delete")
    desk.wait_for_words("“Lab” was deleted.")
    desk.wait(lambda: not desk.window.connecting.is_busy)
    assert desk.window.bar.profile_button.full_text() == "Lab"
    assert names(desk) == ["Plant"]
    assert "Delete…" not in menu_texts(desk)


def test_that_what_is_not_stored_cannot_be_deleted(desk: Desk) -> None:
    desk.window.bar.set_current(Profile(name="Demo plant"))
    assert "Delete…" not in menu_texts(desk)
    desk.window.commands["delete_connection"].trigger()
    assert desk.says("not stored")


def test_that_what_another_window_has_changed_meanwhile_is_kept_beside_ours(stored: Desk) -> None:
    desk = stored
    desk.window.commands["edit_connection"].trigger()
    desk.type("Address of the broker as a URL", "mqtt://ours.local")
    other = ProfileStore(desk.folder / "profiles")
    lab = other.list().profiles[0]
    other.save(msgspec.structs.replace(lab, host="theirs.local"))
    desk.read_profiles()
    desk.click("Save", desk.modal())
    desk.wait_for_words("changed by another window")
    hosts = {one.name: one.host for one in other.list().profiles}
    assert hosts == {"Lab": "theirs.local", "Lab (2)": "ours.local", "Plant": "plant.local"}
    desk.wait(lambda: desk.window.bar.profile_button.full_text() == "Lab (2)")


def test_that_an_edited_profile_keeps_its_identifier(stored: Desk) -> None:
    desk = stored
    before = desk.services.store.list().profiles[0].identifier
    desk.window.commands["edit_connection"].trigger()
    desk.show_tab("General")
    desk.type("Name", "Works")
    desk.click("Save", desk.modal())
    desk.wait(lambda: names(desk) == ["Plant", "Works"])
    desk.wait(lambda: desk.window.bar.profile_button.full_text() == "Works")
    assert desk.services.store.list().profiles[1].identifier == before
    current = desk.window.bar.current_profile
    assert current is not None
    assert current.identifier == before


def test_that_the_store_is_never_read_on_the_thread_of_the_window(
    stored: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = stored
    readers: list[threading.Thread] = []
    read = ProfileStore.list

    def noted(self: ProfileStore) -> StoredProfiles:
        readers.append(threading.current_thread())
        return read(self)

    monkeypatch.setattr(ProfileStore, "list", noted)
    desk.restart()
    assert desk.window.bar.profile_button.full_text() == "Lab"
    choose(desk, "Edit…")
    desk.keys("Escape", desk.modal())
    choose(desk, "New connection…")
    desk.keys("Escape", desk.modal())
    choose(desk, "Delete…")
    desk.click("Delete")
    desk.wait(lambda: desk.window.bar.profile_button.full_text() == "Plant")
    assert len(readers) >= 3
    assert threading.main_thread() not in readers


def test_that_what_another_window_has_stored_is_in_the_form_as_soon_as_it_was_read(
    stored: Desk,
) -> None:
    desk = stored
    ProfileStore(desk.folder / "profiles").save(Profile(name="Works", host="works.local"))
    desk.window.commands["edit_connection"].trigger()
    form = desk.modal()
    assert isinstance(form, ConnectionsDialog)
    model = form.list.model
    desk.wait(lambda: model.rowCount() == 3, "the third")
    assert model.index(2, 0).data() == "Works"
    desk.keys("Escape", form)


@pytest.mark.parametrize(
    ("command", "title"),
    [
        ("edit_connection", "Connecting"),
        ("doctor", "doctor"),
        ("import_connections", "Connecting"),
    ],
)
def test_that_f1_in_a_dialog_opens_its_own_page(stored: Desk, command: str, title: str) -> None:
    desk = stored
    desk.window.commands[command].trigger()
    desk.wait(lambda: QApplication.activeModalWidget() is not None)
    dialog = desk.modal()
    desk.keys("F1", dialog)
    (page,) = dialog.findChildren(HelpDialog)
    assert page.isVisible()
    assert title.lower() in page.findChild(QPlainTextEdit).toPlainText()[:200].lower()
    page.close()
    dialog.close()


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_that_a_proxy_that_refuses_its_password_is_answered_with_another(
    desk: Desk, kind: Literal["socks5", "http"]
) -> None:
    def accept(sock: socket.socket) -> None:
        accept_connect(sock, ProtocolVersion.MQTT_5)
        silent(sock)

    make = Socks5Proxy if kind == "socks5" else HttpProxy
    with FakeServer(accept) as server, make(("me", "right")) as proxy:
        way = Proxy(kind=kind, host="127.0.0.1", port=proxy.port, username="me")
        desk.services.store.save(Profile(name="Lab", host="127.0.0.1", port=server.port, proxy=way))
        desk.read_profiles()
        desk.click("Connect", desk.window.bar)
        desk.wait_for_words("Password of the proxy")
        desk.type("Password of the proxy", "wrong", "Return")
        desk.wait_for_words("does not accept this user name and password")
        desk.click("Give the proxy's password…", desk.window.bar)
        desk.wait_for_words("Password of the proxy", "does not accept")
        desk.type("Password of the proxy", "right", "Return")
        desk.wait_for_state("Connected")
        assert "right" in str(desk.key_store.entries)


@pytest.mark.parametrize("turns", [0, 1, 3])
def test_that_a_password_is_kept_when_the_window_is_closed_right_after_save(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    save = desk.services.store.save

    def slow(*facts: Profile | None) -> Profile:
        time.sleep(0.2)
        return save(*facts)  # type: ignore[arg-type]

    desk.click("Fill in the form…")
    form = desk.begin_form("mqtt://me@127.0.0.1:1", "Lab")
    desk.show_tab("Login")
    desk.type("Password", "typed")
    monkeypatch.setattr(desk.services.store, "save", slow)
    desk.click("Save")
    for _ in range(turns):
        QApplication.processEvents()
    form.close()
    for window in list(desk.windows):
        window.close()
    desk.wait(lambda: "typed" in str(desk.key_store.entries), "the password")


def test_that_a_password_is_kept_when_the_list_is_still_being_read_as_the_window_closes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    read = desk.services.store.list

    def slow() -> StoredProfiles:
        go_on.wait(5)
        return read()

    monkeypatch.setattr(desk.services.store, "list", slow)
    desk.click("Fill in the form…")
    form = desk.begin_form("mqtt://me@127.0.0.1:1", "Lab")
    desk.show_tab("Login")
    desk.type("Password", "typed")
    desk.click("Save")
    form.close()
    for window in list(desk.windows):
        window.close()
    desk.settle()
    go_on.set()
    desk.wait(lambda: "typed" in str(desk.key_store.entries), "the password")


def test_that_a_window_closed_while_its_password_is_being_kept_says_nothing_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    keep = desk.key_store.set_password

    def slow(service: str, username: str, password: str) -> None:
        begun.set()
        go_on.wait(5)
        keep(service, username, password)

    monkeypatch.setattr(desk.key_store, "set_password", slow)
    desk.services.store.save(Profile(name="Lab", host="127.0.0.1", username="me"))
    desk.read_profiles()
    desk.click("Connect", desk.window.bar)
    desk.wait_for_words("Log in to “Lab”")
    desk.type("Password", "right", "Return")
    desk.wait(begun.is_set, "the key store")
    desk.close_windows()
    go_on.set()
    desk.open_window()
    desk.wait(lambda: "right" in str(desk.key_store.entries), "the password")
