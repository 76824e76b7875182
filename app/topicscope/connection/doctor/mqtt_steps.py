"""What a CONNACK allows, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.connection.outcomes import shown_text

if TYPE_CHECKING:
    from topicscope.connection.doctor.step import Details
    from topicscope.connection.server_told import ServerTold


def limits_in_words(told: ServerTold) -> list[str]:
    """Say what a server restricts (MQTT 5.0 section 3.2.2.3), one phrase each; empty: nothing."""
    words: list[str] = []
    if told.maximum_qos < 2:
        words.append(f"QoS {told.maximum_qos} at most")
    for available, text in (
        (told.retain_available, "no retained messages"),
        (told.wildcard_subscription_available, "no wildcards in subscriptions"),
        (told.shared_subscription_available, "no shared subscriptions"),
        (told.subscription_identifiers_available, "no Subscription Identifiers"),
    ):
        if not available:
            words.append(text)
    if told.maximum_packet_size is not None:
        words.append(f"packets of {told.maximum_packet_size:,} bytes at most")
    if told.receive_maximum < 65_535:
        words.append(f"{told.receive_maximum:,} unacknowledged messages at a time")
    if told.server_keep_alive is not None:
        words.append(f"a keep alive of {told.server_keep_alive} s")
    if told.session_expiry_interval is not None:
        words.append(f"sessions that end after {told.session_expiry_interval:,} s")
    return words


def limit_details(told: ServerTold) -> Details:
    """Return all that CONNACK said, or what the standard says where it was silent."""
    size = told.maximum_packet_size
    facts = [
        ("Maximum QoS", str(told.maximum_qos)),
        ("Retained messages", _yes(told.retain_available)),
        ("Wildcard subscriptions", _yes(told.wildcard_subscription_available)),
        ("Shared subscriptions", _yes(told.shared_subscription_available)),
        ("Subscription Identifiers", _yes(told.subscription_identifiers_available)),
        ("Maximum Packet Size", "not limited" if size is None else f"{size:,} bytes"),
        ("Receive Maximum", f"{told.receive_maximum:,}"),
        ("Topic Alias Maximum", f"{told.topic_alias_maximum:,}"),
    ]
    for name, text in (
        ("Response Information", told.response_information),
        ("Reason String", told.reason_string),
        ("Server Reference", told.server_reference),
        *told.user_properties,
    ):
        if text:
            facts.append((shown_text(name, 60), shown_text(text)))
    return tuple(facts)


def _yes(available: bool) -> str:
    return "yes" if available else "no"
