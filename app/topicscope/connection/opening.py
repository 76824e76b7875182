"""What MQTT needs before its first byte: the login, CONNECT, and a paho client that goes on from the last one.

Imported late, with paho, which the start of the window need not wait for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.connection.authentication import begin_authentication
from topicscope.connection.connect_packet import connect_packet
from topicscope.connection.outcomes import ended
from topicscope.connection.paho_client import PahoClient
from topicscope.connection.requests import login_problem
from topicscope.mqtt.control_packets import ProtocolVersion

if TYPE_CHECKING:
    from topicscope.connection.authentication import Authentication
    from topicscope.profiles.credentials import Credentials
    from topicscope.profiles.profile import Profile


def open_session(
    profile: Profile,
    credentials: Credentials,
    client_identifier: str,
    older: PahoClient | None,
) -> tuple[PahoClient, Authentication | None]:
    """Return the client, and the exchange where the profile asks for enhanced authentication.

    Raises ConnectionEnded when CONNECT cannot be written from this.
    """
    version = ProtocolVersion(profile.protocol_version)
    username, password = credentials.username, credentials.password
    authentication = None
    if profile.authentication_method:
        authentication = begin_authentication(username, password)
    elif problem := login_problem(version, username, password):
        raise ended("profile", problem=problem)
    try:
        connect = connect_packet(profile, client_identifier, username, password, authentication)
    except ValueError as error:
        raise ended("profile", problem=f"CONNECT cannot be written: {error}.") from error
    client = PahoClient(
        client_identifier=client_identifier,
        version=version,
        clean_start=profile.clean_start,
        connect=connect,
    )
    if older is not None:
        client.adopt(older)
    return client, authentication
