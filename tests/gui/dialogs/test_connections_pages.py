"""The pages of the form: what shows when, what fills what, and where secrets go."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from topicscope.gui.dialogs.connections.dialog import ConnectionsDialog
from topicscope.gui.dialogs.profile_form.tls import INSECURE_WARNING
from topicscope.gui.widgets.fields.pair_table import MASK
from topicscope.profiles.presets import PRESETS
from topicscope.profiles.profile import Profile, Proxy, Will

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LAB = Profile(identifier="1" * 16, name="Lab", host="lab.local")


FULL = Profile(
    identifier="4" * 16,
    name="Everything",
    folder="plant/line 1",
    colour="teal",
    kind="production",
    host="broker.local",
    port=9443,
    transport="websocket",
    path="/path/mqtt",
    headers=(("X-Plant", "2"),),
    sub_protocol="mqtt, mqttv3.1",
    proxy=Proxy(kind="http", host="proxy.local", port=3128, username="me"),
    connect_timeout=20,
    tls=True,
    ca_file="/etc/ca.pem",
    certificate_file="/etc/me.pem",
    key_file="/etc/me.key",
    server_name="other.local",
    alpn=("mqtt", "x-amzn"),
    tls_key_log_file="/tmp/keys",
    username="anna",
    authentication_method="SCRAM-SHA-256",
    secret_source="environment",
    secret_reference="TOKEN",
    client_identifier="me",
    keep_alive=30,
    clean_start=False,
    session_expiry_interval=4_294_967_295,
    receive_maximum=20,
    maximum_packet_size=4000,
    topic_alias_maximum=5,
    request_response_information=True,
    request_problem_information=False,
    user_properties=(("a", "1"), ("a", "2")),
    will=Will(
        topic="a/b",
        payload="gone\nfor ever",
        qos=2,
        retain=True,
        delay_interval=3,
        payload_format_indicator=True,
        message_expiry_interval=0,
        content_type="text/plain",
        response_topic="c",
        correlation_data="0a",
        user_properties=(("b", "3"),),
    ),
    subscriptions=("a/#", "b/+"),
)


@pytest.fixture
def dialog(qtbot: QtBot) -> ConnectionsDialog:
    return opened(qtbot, LAB, {})


def opened(qtbot: QtBot, profile: Profile, secrets: dict[str, str]) -> ConnectionsDialog:
    made = ConnectionsDialog([profile])
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.show_profile(profile)
    made.set_secrets(profile.identifier, secrets)
    return made


def show(dialog: ConnectionsDialog, title: str) -> Any:
    page = next(page for page in dialog.form.pages if page.title == title)
    dialog.form.card.show_page(page)
    return page


def choose(box: Any, data: object) -> None:
    """Choose an entry with the arrow keys."""
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Home)
    for _ in range(box.findData(data)):
        QTest.keyClick(box, Qt.Key.Key_Down)
    assert box.currentData() == data


def token(**claims: object) -> str:
    def part(value: object) -> str:
        text = base64.urlsafe_b64encode(json.dumps(value).encode())
        return text.rstrip(b"=").decode()

    return f"{part({'alg': 'HS256'})}.{part(claims)}.c2ln"


def saved(dialog: ConnectionsDialog, qtbot: QtBot) -> tuple[Profile, dict[str, str] | None]:
    with qtbot.waitSignal(dialog.saved) as signal:
        QTest.keyClick(dialog, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    return signal.args[1], signal.args[2]


def test_that_the_form_gives_back_every_field_as_it_was(qtbot: QtBot) -> None:
    dialog = opened(qtbot, FULL, {})
    assert dialog.profile() == FULL
    assert dialog.problem() == ""
    assert not dialog.parts.save_button.isEnabled()


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_that_the_form_gives_back_every_preset(qtbot: QtBot, preset: Any) -> None:
    profile = msgspec.structs.replace(preset.profile, identifier="5" * 16)
    dialog = opened(qtbot, profile, {})
    assert dialog.profile() == profile


# --- address ---


def test_that_a_pasted_url_fills_the_form(dialog: ConnectionsDialog, qtbot: QtBot) -> None:
    QApplication.clipboard().setText("wss://anna:s3cret@broker.local:9443/path/mqtt")
    dialog.form.url_field.edit.setFocus()
    QTest.keyClick(dialog.form.url_field.edit, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    profile, secrets = saved(dialog, qtbot)
    assert (profile.host, profile.port, profile.transport) == ("broker.local", 9443, "websocket")
    assert (profile.tls, profile.path, profile.username) == (True, "/path/mqtt", "anna")
    assert (profile.name, profile.identifier) == ("Lab", LAB.identifier)
    assert secrets == {"secret": "s3cret"}


def test_that_the_address_that_pages_print_is_read_as_a_websocket(
    dialog: ConnectionsDialog,
) -> None:
    QTest.keyClicks(dialog.form.url_field.edit, "http://localhost:8080/mqtt")
    profile = dialog.profile()
    assert (profile.transport, profile.tls, profile.port) == ("websocket", False, 8080)


def test_that_a_wrong_url_leaves_the_form_alone_and_enter_does_not_connect(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    with qtbot.assertNotEmitted(dialog.connect_requested):
        QTest.keyClicks(dialog.form.url_field.edit, "gopher://other.local")
        QTest.keyClick(dialog.form.url_field.edit, Qt.Key.Key_Return)
    assert dialog.form.url_field.problem()
    assert dialog.profile() == LAB
    assert dialog.isVisible()


def test_that_enter_on_an_address_saves_and_connects(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    QTest.keyClicks(dialog.form.url_field.edit, "broker.local")
    with qtbot.waitSignal(dialog.connect_requested) as told:
        QTest.keyClick(dialog.form.url_field.edit, Qt.Key.Key_Return)
    assert told.args[0].host == "broker.local"


def test_that_a_token_in_an_address_becomes_the_secret(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    text = token(exp=time.time() + 900)
    dialog.form.url_field.edit.setText(f"ws://{text}:any@broker.local/mqtt")
    profile, secrets = saved(dialog, qtbot)
    assert (profile.login, profile.username) == ("token_as_user_name", "")
    assert secrets == {"secret": text}


# --- connection ---


def test_that_the_port_follows_transport_and_tls_until_it_is_typed(
    dialog: ConnectionsDialog,
) -> None:
    page = show(dialog, "Connection")
    seen = [page.port.value()]
    QTest.mouseClick(page.tls, Qt.MouseButton.LeftButton, pos=page.tls.rect().center())
    page.tls.setChecked(True)
    seen.append(page.port.value())
    choose(page.transport, "websocket")
    seen.append(page.port.value())
    page.tls.setChecked(False)
    seen.append(page.port.value())
    assert seen == [1883, 8883, 443, 80]
    page.port.selectAll()
    QTest.keyClicks(page.port, "18830")
    page.tls.setChecked(True)
    assert page.port.value() == 18830


def test_that_fields_which_say_nothing_are_not_shown(dialog: ConnectionsDialog) -> None:
    page = show(dialog, "Connection")
    assert not page.path.isVisible()
    assert not page.headers.isVisible()
    choose(page.transport, "websocket")
    assert page.path.isVisible()
    assert page.headers.isVisible()
    choose(page.transport, "unix")
    assert page.socket.isVisible()
    assert not page.host.isVisible()
    assert not page.tls.isEnabled()
    assert "no TLS" in page.rows["TLS"].words()


def test_that_a_proxy_has_its_password_among_the_secrets(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    page = show(dialog, "Connection")
    choose(page.proxy, "http")
    assert page.proxy_port.value() == 3128
    QTest.keyClicks(page.proxy_host, "proxy.local")
    QTest.keyClicks(page.proxy_password, "pr0xy")
    profile, secrets = saved(dialog, qtbot)
    assert profile.proxy is not None
    assert (profile.proxy.kind, profile.proxy.host) == ("http", "proxy.local")
    assert secrets == {"proxy_password": "pr0xy"}


def test_that_a_secret_header_is_typed_masked_and_kept_with_the_secrets(qtbot: QtBot) -> None:
    socket = msgspec.structs.replace(LAB, transport="websocket", port=80)
    dialog = opened(qtbot, socket, {})
    page = show(dialog, "Connection")
    rows = page.headers.rows
    QTest.mouseClick(rows.add_button, Qt.MouseButton.LeftButton)
    QTest.keyClicks(rows.fields[0], "Authorization")
    QTest.keyClicks(rows.fields[1], "Bearer x")
    assert rows.fields[1].echoMode() == QLineEdit.EchoMode.Password
    assert rows.table.item(0, 1).text() == MASK
    profile, secrets = saved(dialog, qtbot)
    assert profile.headers == (("Authorization", ""),)
    assert secrets == {"header Authorization": "Bearer x"}
    assert page.headers.pairs() == (("Authorization", "Bearer x"),)


def test_that_kept_headers_and_path_come_back_into_their_fields(qtbot: QtBot) -> None:
    socket = msgspec.structs.replace(
        LAB, transport="websocket", headers=(("Cookie", ""),), path="/mqtt"
    )
    dialog = opened(qtbot, socket, {"header Cookie": "c", "path": "/mqtt?token=abc"})
    page = show(dialog, "Connection")
    assert page.headers.pairs() == (("Cookie", "c"),)
    assert page.path.text() == "/mqtt?token=abc"
    assert page.path.echoMode() == QLineEdit.EchoMode.Password
    assert not dialog.parts.save_button.isEnabled()


def test_that_a_masked_path_is_edited_and_saved_as_it_is(qtbot: QtBot) -> None:
    socket = msgspec.structs.replace(LAB, transport="websocket", path="/mqtt")
    dialog = opened(qtbot, socket, {"path": "/mqtt?token=abc"})
    page = show(dialog, "Connection")
    page.path.reveal_action.trigger()
    assert page.path.echoMode() == QLineEdit.EchoMode.Normal
    page.path.setFocus()
    QTest.keyClick(page.path, Qt.Key.Key_End)
    QTest.keyClicks(page.path, "d")
    profile, secrets = saved(dialog, qtbot)
    assert profile.path == "/mqtt"
    assert secrets == {"path": "/mqtt?token=abcd"}
    dialog.show_profile(None)
    dialog.show_profile(profile)
    assert page.path.echoMode() == QLineEdit.EchoMode.Password


def test_that_a_token_behind_the_user_name_is_masked_and_kept_with_the_secrets(
    qtbot: QtBot,
) -> None:
    name = "me?x-amz-customauthorizer-name=gate"
    dialog = opened(qtbot, msgspec.structs.replace(LAB, username=name), {})
    page = show(dialog, "Login")
    assert page.username.echoMode() == QLineEdit.EchoMode.Normal
    page.username.setFocus()
    QTest.keyClick(page.username, Qt.Key.Key_End)
    QTest.keyClicks(page.username, "&token=abc")
    assert page.username.echoMode() == QLineEdit.EchoMode.Password
    profile, secrets = saved(dialog, qtbot)
    assert profile.username == name
    assert secrets == {"username": f"{name}&token=abc"}
    again = opened(qtbot, profile, secrets)
    assert show(again, "Login").username.text() == f"{name}&token=abc"


# --- TLS ---


def test_that_without_tls_the_page_says_so_and_switches_it_on(dialog: ConnectionsDialog) -> None:
    page = show(dialog, "TLS")
    assert not page.verify.isVisible()
    QTest.mouseClick(page.tls_button, Qt.MouseButton.LeftButton)
    assert page.verify.isVisible()
    profile = dialog.profile()
    assert (profile.tls, profile.port) == (True, 8883)


def test_that_not_verifying_is_warned_of_in_red(dialog: ConnectionsDialog) -> None:
    page = show(dialog, "TLS")
    page.tls_button.click()
    choose(page.verify, "not")
    assert dialog.profile().insecure
    row = page._verify_row
    assert row.words() == INSECURE_WARNING
    choose(page.verify, "system")
    assert not dialog.profile().insecure
    assert row.words() != INSECURE_WARNING


def test_that_a_fingerprint_is_taken_as_programs_print_it(dialog: ConnectionsDialog) -> None:
    page = show(dialog, "TLS")
    page.tls_button.click()
    choose(page.verify, "pinned")
    page.fingerprint.setText("sha256 Fingerprint=" + ":".join(["AB"] * 32))
    assert dialog.profile().pinned_certificate == "ab" * 32
    assert dialog.problem() == ""
    page.fingerprint.setText("ab")
    assert dialog.problem().startswith("Pinned certificate:")


def test_that_a_way_of_verifying_without_its_file_is_refused_at_the_field(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    page = show(dialog, "TLS")
    page.tls_button.click()
    choose(page.verify, "file")
    with qtbot.assertNotEmitted(dialog.saved):
        QTest.mouseClick(dialog.parts.save_button, Qt.MouseButton.LeftButton)
    assert "missing" in page.rows["CA file"].words()


def test_that_another_way_of_verifying_forgets_the_one_before(qtbot: QtBot) -> None:
    pinned = msgspec.structs.replace(LAB, tls=True, pinned_certificate="ab" * 32)
    dialog = opened(qtbot, pinned, {})
    page = show(dialog, "TLS")
    choose(page.verify, "system")
    assert dialog.profile().pinned_certificate == ""


def test_that_a_pkcs12_file_needs_no_key_but_takes_a_passphrase(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    page = show(dialog, "TLS")
    page.tls_button.click()
    page.certificate.set_text("/etc/me.p12")
    assert not page.key.isEnabled()
    assert "itself" in page.rows["Key"].words()
    QTest.keyClicks(page.passphrase, "open sesame")
    assert saved(dialog, qtbot)[1] == {"passphrase": "open sesame"}


# --- login ---


def test_that_the_fields_of_login_follow_its_kind(dialog: ConnectionsDialog) -> None:
    page = show(dialog, "Login")
    assert page.username.isVisible()
    choose(page.login, "api_key")
    assert not page.username.isVisible()
    assert page.secret.accessibleName() == "API key"
    choose(page.login, "token_as_user_name")
    assert page.placeholder.isVisible()
    choose(page.login, "aws_sigv4")
    assert page.session_token.isVisible()
    assert page.username.accessibleName() == "Access key ID"


def test_that_a_secret_may_come_from_a_program_a_file_or_the_environment(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    page = show(dialog, "Login")
    choose(page.source, "command")
    assert not page.secret.isVisible()
    QTest.keyClicks(page.command, "print-token --fresh")
    profile, secrets = saved(dialog, qtbot)
    assert (profile.secret_source, profile.secret_reference) == ("command", "print-token --fresh")
    assert secrets == {}
    choose(page.source, "environment")
    QTest.keyClicks(page.variable, "A=B")
    assert dialog.shown_words() == ""
    assert "“=”" in page.rows["Variable"].words() or "without" in dialog.problem()


def test_that_a_token_tells_how_long_it_is_good(dialog: ConnectionsDialog) -> None:
    page = show(dialog, "Login")
    page.secret.setText(token(exp=time.time() + 2500, iss="sermas", sub="anna"))
    assert page.token_line.isVisible()
    assert "expires in 41 min" in page.token_line.text()
    page.secret.setText("plain")
    assert not page.token_line.isVisible()


def test_that_where_secrets_are_kept_is_said_and_the_file_is_an_explicit_choice(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    page = show(dialog, "Login")
    dialog.set_kept("key store")
    assert not page.in_file.isVisible()
    dialog.set_kept("memory")
    assert page.in_file.isVisible()
    with qtbot.waitSignal(dialog.allow_file_requested) as asked:
        QTest.keyClick(page.in_file, Qt.Key.Key_Space)
    assert asked.args == [True]


def test_that_scram_is_only_for_passwords_and_mqtt_5(dialog: ConnectionsDialog) -> None:
    page = show(dialog, "Login")
    QTest.keyClick(page.scram, Qt.Key.Key_Space)
    assert dialog.profile().authentication_method == "SCRAM-SHA-256"
    choose(show(dialog, "MQTT").version, 4)
    assert not page.scram.isEnabled()
    assert dialog.profile().authentication_method == ""


# --- MQTT, Will, Subscriptions ---


def test_that_what_mqtt_5_alone_has_is_switched_off_before_it(dialog: ConnectionsDialog) -> None:
    page = show(dialog, "MQTT")
    QTest.keyClicks(page.receive_maximum, "20")
    QTest.keyClicks(page.expiry, "12x3")
    assert dialog.profile().receive_maximum == 20
    assert dialog.profile().session_expiry_interval == 123
    choose(page.version, 4)
    assert not page.receive_maximum.isEnabled()
    assert dialog.profile().receive_maximum is None
    choose(page.version, 5)
    assert dialog.profile().receive_maximum == 20


def test_that_a_fixed_client_identifier_can_be_made(dialog: ConnectionsDialog) -> None:
    page = show(dialog, "MQTT")
    QTest.mouseClick(page.fix_button, Qt.MouseButton.LeftButton)
    assert dialog.profile().client_identifier.startswith("topicscope-")


def test_that_a_will_is_written_and_a_read_only_connection_leaves_none(
    dialog: ConnectionsDialog,
) -> None:
    page = show(dialog, "Will")
    assert not page.topic.isVisible()
    QTest.keyClick(page.given, Qt.Key.Key_Space)
    QTest.keyClicks(page.topic, "a/b")
    QTest.keyClicks(page.payload, "gone")
    assert dialog.profile().will == Will(topic="a/b", payload="gone")
    general = show(dialog, "General")
    QTest.keyClick(general.read_only, Qt.Key.Key_Space)
    assert dialog.problem().startswith("Will:")
    show(dialog, "Will")
    QTest.keyClick(page.given, Qt.Key.Key_Space)
    assert dialog.problem() == ""
    assert not page.given.isEnabled()


def test_that_topic_filters_are_judged_as_they_are_typed(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    page = show(dialog, "Subscriptions")
    QTest.mouseClick(page.filters.add_button, Qt.MouseButton.LeftButton)
    QTest.keyClicks(page.filters.fields[0], "a/#/b")
    assert page.filters.shown_problem()
    with qtbot.assertNotEmitted(dialog.saved):
        QTest.mouseClick(dialog.parts.save_button, Qt.MouseButton.LeftButton)
    page.filters.fields[0].selectAll()
    QTest.keyClicks(page.filters.fields[0], "a/#")
    assert saved(dialog, qtbot)[0].subscriptions == ("#", "a/#")


def test_that_pages_are_turned_by_keyboard(dialog: ConnectionsDialog) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(dialog, Qt.Key.Key_PageDown, control)
    assert dialog.form.card.current_page() is dialog.form.connection
    QTest.keyClick(dialog, Qt.Key.Key_PageUp, control)
    QTest.keyClick(dialog, Qt.Key.Key_PageUp, control)
    assert dialog.form.card.current_page() is dialog.form.subscriptions
