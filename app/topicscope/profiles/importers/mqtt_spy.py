"""mqtt-spy: ``mqtt-spy-configuration.xml``; its first versions write ``Connection``, later ones ``ConnectionV2``."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from topicscope.mqtt.topics import topic_name_problem
from topicscope.profiles.importers.draft import Draft
from topicscope.profiles.importers.imported import (
    Imported,
    ImportedProfile,
    ImportFailed,
    read_each,
)
from topicscope.profiles.importers.json_fields import counted, protocol_version, put_subscriptions
from topicscope.profiles.importers.record import Record
from topicscope.profiles.url import UrlError, parse_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from topicscope.profiles.importers.xml_reading import Element

TOOL = "mqtt-spy"
ROOT = "mqttspyconfiguration"

_MOST_ADDRESSES = 50
_UNKNOWN_MODE = "is not a known mode of SSL; TLS is used"
_FILES = {
    "certificateauthorityfile": "ca_file",
    "clientcertificatefile": "certificate_file",
    "clientkeyfile": "key_file",
}
_LISTS = {
    "publication": "topic of publishing",
    "publicationscripts": "folder of scripts",
    "searchscripts": "folder of scripts",
    "backgroundscript": "background script",
}
_OF_THE_WINDOW = """
    id autoopen autoconnect autosubscribe formatter minmessagesstoredpertopic maxmessagesstored messagelog
    reconnectionsettings userauthentication serveruri group
"""


def read_configuration(root: Element) -> Imported:
    """Read all connections; one with several addresses gives a profile for each."""
    found = [element for element in root.walk() if element.name in {"connection", "connectionv2"}]
    # A group names its connections in elements of the same name.
    found = [element for element in found if "reference" not in element.attributes]
    profiles, problems = read_each(partial(_read_connection, element) for element in found)
    groups = len(root.all("connectiongroups"))
    notes = [f"Groups of connections were not taken: {groups}."] if groups else []
    return Imported(TOOL, profiles, problems, tuple(notes))


def _read_connection(element: Element) -> Iterator[ImportedProfile]:
    addresses = [one.text.strip() for one in element.all("serveruri") if one.text.strip()]
    if not addresses:
        raise ImportFailed(element.place, "names no broker")
    for number, address in enumerate(addresses[:_MOST_ADDRESSES]):
        draft = _read_address(element, address)
        if len(addresses) > 1:
            draft.notes.check.append(
                f"mqtt-spy tries {len(addresses)} addresses in turn; each became a profile of its own."
            )
        imported = draft.finish()
        if number:
            name = f"{imported.profile.name} ({imported.profile.host}:{imported.profile.port})"
            renamed = msgspec.structs.replace(imported.profile, name=name)
            imported = replace(imported, profile=renamed)
        yield imported


def _read_address(element: Element, address: str) -> Draft:
    draft = Draft(TOOL, element.place)
    record = Record(element.values(), element.place, draft.notes)
    _put_address(draft, address, websocket=bool(record.flag("websocket")))
    draft.put(
        name=record.text("name"),
        client_identifier=record.text("clientid"),
        keep_alive=record.number("keepaliveinterval", 0, 65_535),
        connect_timeout=record.number("connectiontimeout", 1, 600),
        clean_start=record.flag("cleansession"),
        protocol_version=protocol_version(record.text("protocol"), draft.notes),
    )
    _put_credentials(draft, element.first("usercredentials"))
    _put_tls(draft, element.first("ssl"))
    _put_will(draft, element.first("lastwillandtestament"))
    subscriptions = [
        Record(one.values(), one.place, draft.notes) for one in element.all("subscription")
    ]
    put_subscriptions(draft, subscriptions)
    if scripts := sum("scriptfile" in one.attributes for one in element.all("subscription")):
        draft.notes.ignored.append(counted(scripts, "script of a subscription"))
    for name, words in _LISTS.items():
        if count := len(element.all(name)):
            draft.notes.ignored.append(counted(count, words))
    record.skip(*_LISTS, *_OF_THE_WINDOW.split(), "subscription", "usercredentials", "ssl")
    record.skip("lastwillandtestament")
    record.note_the_rest()
    return draft


def _put_address(draft: Draft, address: str, *, websocket: bool) -> None:
    try:
        # The sentence of a UrlError quotes no part that may hold a password.
        profile, password = parse_url(address)
    except UrlError as error:
        raise ImportFailed(draft.place, f"ServerURI: {error}") from error
    draft.put(host=profile.host, port=profile.port, tls=profile.tls, username=profile.username)
    draft.password(password or "")
    if profile.transport == "unix":
        draft.put(transport="unix", path=profile.path)
    elif websocket or profile.transport == "websocket":
        draft.put(transport="websocket", path=profile.path)


def _put_credentials(draft: Draft, element: Element | None) -> None:
    """Take the login; the password is Base64, which hides it from nobody."""
    if element is None:
        return
    record = Record(element.values(), element.place, draft.notes)
    draft.put(username=record.text("username"))
    text = record.text("password")
    try:
        draft.password(base64.b64decode(text, validate=True).decode())
    except (binascii.Error, ValueError):
        draft.notes.check.append("The password is not in Base64; it was taken as it stands.")
        draft.password(text)
    record.note_the_rest()


def _put_tls(draft: Draft, element: Element | None) -> None:
    if element is None:
        return
    record = Record(element.values(), element.place, draft.notes)
    mode = record.text("mode").upper().replace(" ", "_")
    if mode in {"", "DISABLED"}:
        return
    draft.put(tls=True)
    if not mode.startswith(("BASIC", "SERVER", "PROPERTIES")):
        draft.notes.check.append(f"{record.at('mode')}: {_UNKNOWN_MODE}.")
    draft.put(**{field: record.text(name).strip() for name, field in _FILES.items()})
    if passphrase := record.text("clientkeypassword"):
        draft.secrets["passphrase"] = passphrase
    stores = [name for name in ("serverkeystorefile", "clientkeystorefile") if record.text(name)]
    if stores or mode.startswith("PROPERTIES"):
        draft.notes.check.append(
            "Key stores of Java are not read: export certificates and key as PEM or PKCS#12."
        )
    if mode == "BASIC":
        draft.notes.check.append("The certificate is verified with the ones of this system.")
    record.skip("protocol", "clientkeypem", "serverkeystorepassword", "clientkeystorepassword")
    record.leave("settings of Java for SSL", "property")
    record.note_the_rest()


def _put_will(draft: Draft, element: Element | None) -> None:
    if element is None:
        return
    record = Record({**element.values(), "payload": element.text}, element.place, draft.notes)
    topic = record.text("topic")
    if not topic:
        return
    if problem := topic_name_problem(topic):
        draft.notes.check.append(f"{record.at('topic')}: {problem}; the Will was not taken.")
        return
    retain = record.flag("retained")
    qos = record.number("qos", 0, 2) or 0
    draft.put(
        will={"topic": topic, "payload": record.text("payload"), "qos": qos, "retain": bool(retain)}
    )
