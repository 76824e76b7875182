"""The MQTT part of an examination: CONNECT and CONNACK, whether an older version would do, limits, probes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from topicscope.connection.authentication import begin_authentication
from topicscope.connection.connect_packet import connect_packet
from topicscope.connection.doctor import second_look
from topicscope.connection.doctor.conversation import Conversation
from topicscope.connection.doctor.mqtt_steps import limit_details, limits_in_words
from topicscope.connection.doctor.names import Names, random_identifier
from topicscope.connection.doctor.probes import Probes, end_probes
from topicscope.connection.outcomes import ConnectionEnded, ended, shown_text
from topicscope.connection.refusals import refused_connection
from topicscope.connection.server_told import server_told
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.profiles.credentials import SECRET_USER_NAMES
from topicscope.profiles.secrets import has_token

if TYPE_CHECKING:
    from topicscope.connection.doctor.report import Report, StopError
    from topicscope.connection.doctor.step import Details
    from topicscope.connection.doctor.way import Way
    from topicscope.connection.server_told import ServerTold
    from topicscope.connection.session import SessionPacket
    from topicscope.connection.transports.stream import Stream
    from topicscope.profiles.credentials import Credentials
    from topicscope.profiles.profile import Profile

_P = ControlPacketType
_V3_1_1, _V5 = ProtocolVersion.MQTT_3_1_1, ProtocolVersion.MQTT_5
_NOT_UNDERSTOOD = frozenset({"cut-before-connack", "no-connack", "not-mqtt"})


class MqttDialogue:
    """Speak MQTT over the way that is open."""

    def __init__(self, report: Report, way: Way, credentials: Credentials) -> None:
        self._report = report
        self._way = way
        self._profile = way.profile
        self._credentials = credentials
        self._version = ProtocolVersion(self._profile.protocol_version)
        self._names = Names(self._profile)

    def connect(self, stream: Stream) -> None:
        """Say CONNECT as the profile does, tell the answer and its limits, and leave; raises StopError."""
        report = self._report
        report.begin()
        try:
            conversation, connack = self._introduce(stream)
        except ConnectionEnded as error:
            raise self._failed(error) from error
        identifier = self._names.identifier
        told = server_told(connack.properties, session_present=connack.session_present)
        text = f"The broker accepts {self._version.label}."
        if told.assigned_client_identifier:
            identifier = told.assigned_client_identifier
            text += " It assigned the Client Identifier."
        if told.session_present:
            text += " It kept a session for this Client Identifier."
        report.add("connect", "ok", text, details=self._details(identifier))
        self._tell_limits(told)
        conversation.leave()

    def _introduce(self, stream: Stream) -> tuple[Conversation, SessionPacket]:
        """Say CONNECT without cutting off who is connected as the profile says, where the broker allows that.

        Raises ConnectionEnded.
        """
        names = self._names
        try:
            return self._greet(stream, names.spoken(), names.identifier, self._version)
        except ConnectionEnded as error:
            if error.outcome.reason != "client-identifier" or not names.spares_own:
                raise
        names.fall_back()
        stream = self._way.open()
        return self._greet(stream, names.spoken(), names.identifier, self._version)

    def _greet(
        self, stream: Stream, profile: Profile, identifier: str, version: ProtocolVersion
    ) -> tuple[Conversation, SessionPacket]:
        """Say CONNECT and return the CONNACK that accepts it; raises ConnectionEnded."""
        address, given = self._way.text, self._credentials
        spoken = msgspec.structs.replace(profile, protocol_version=int(version), will=None)
        exchange = None
        if version == _V5 and profile.authentication_method:
            exchange = begin_authentication(given.username, given.password)
        conversation = Conversation(stream, address, version, is_tls=profile.tls)
        patience = self._way.patience()
        connect = connect_packet(spoken, identifier, given.username, given.password, exchange)
        conversation.say(connect, patience)
        kinds = (_P.CONNACK, _P.AUTH) if version == _V5 else (_P.CONNACK,)
        answer = conversation.hear(*kinds, patience=patience)
        while answer.kind is _P.AUTH:
            if exchange is None:
                raise ended("enhanced-authentication", address=address)
            conversation.say(exchange.answer(answer, address), patience)
            answer = conversation.hear(*kinds, patience=patience)
        if answer.code:
            raise ConnectionEnded(
                refused_connection(
                    address,
                    answer.code,
                    answer.properties,
                    version,
                    had_login=given.has_login or exchange is not None,
                )
            )
        if exchange is not None:
            exchange.finish(answer, address)
        return conversation, answer

    def _details(self, identifier: str) -> Details:
        rows = [("Version", self._version.label), ("Client Identifier", shown_text(identifier))]
        rows += self._names.details()
        username = self._credentials.username
        if username is not None:
            # A token is as secret as a password, wherever it goes.
            secret = self._profile.login in SECRET_USER_NAMES or has_token(username)
            rows.append(("User name", "a token or key" if secret else shown_text(username)))
        rows.append(("Password", "sent" if self._credentials.password is not None else "none"))
        if self._profile.will is not None:
            rows.append(("Will Message", "not sent by the doctor"))
        return tuple(rows)

    def _failed(self, error: ConnectionEnded) -> StopError:
        report, way, failure = self._report, self._way, error.outcome
        identifier = self._names.identifier
        took = report.elapsed()
        finding = second_look.Finding()
        older_may_do = failure.reason in ("version", "cut-before-connack")
        handshake = way.handshake
        asked = handshake is not None and handshake.asked and not self._profile.certificate_file
        if asked and failure.reason == "cut-before-connack":
            text = "It asked for a client certificate: give certificate and key in the profile."
            finding = second_look.Finding(text)
        elif self._version == _V5 and older_may_do and self._would_accept(_V3_1_1, identifier):
            text = "With MQTT 3.1.1 it would work: choose that version in the profile."
            finding = second_look.Finding(text, is_certain=True)
        elif failure.reason in _NOT_UNDERSTOOD or _is_tls_port(way, failure.reason):
            finding = second_look.instead_of_mqtt(way, failure.reason)
        failure = finding.applied_to(failure)
        remedy = failure.remedy
        if not finding.is_certain:
            remedy = " ".join(filter(None, (remedy, self._names.remedy(failure.reason))))
        return report.fail(
            "connect",
            failure,
            remedy=remedy,
            details=self._details(identifier),
            elapsed_s=took,
        )

    def _would_accept(self, version: ProtocolVersion, identifier: str) -> bool:
        try:
            stream = self._way.open()
            conversation, _ = self._greet(stream, self._names.spoken(), identifier, version)
        except ConnectionEnded:
            return False
        conversation.leave()
        return True

    def _tell_limits(self, told: ServerTold) -> None:
        if self._version != _V5:
            text = f"{self._version.label} does not tell any; MQTT 5 does."
            self._report.add("limits", "ok", text, elapsed_s=0.0)
            return
        words = limits_in_words(told)
        text = f"The broker sets {_listed(words)}." if words else "The broker sets none."
        self._report.add("limits", "ok", text, details=limit_details(told), elapsed_s=0.0)

    # --- probes ---

    def probe(self) -> None:
        """Find out rights in a session of our own; raises StopError where the broker allows none."""
        report = self._report
        report.begin()
        own = msgspec.structs.replace(
            self._profile, clean_start=True, session_expiry_interval=None, user_properties=()
        )
        try:
            stream = self._way.open()
            conversation, connack = self._greet(stream, own, random_identifier(), self._version)
        except ConnectionEnded as error:
            report.add(
                "probe-session",
                "warning",
                f"No session for probing: {error.outcome.text}",
                "Probes use a random Client Identifier; this broker may know only that of the profile.",
            )
            return
        told = server_told(connack.properties)
        try:
            Probes(report, self._way, conversation, self._version, told).run()
        except ConnectionEnded as error:
            end_probes(report, error)
        finally:
            conversation.leave()


def _is_tls_port(way: Way, reason: str) -> bool:
    return reason == "tls" and not way.profile.tls


def _listed(words: list[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
