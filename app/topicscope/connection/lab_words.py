"""What each experiment of the session lab does, what to look for, and where the standard says so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Experiment:
    """Explain one experiment for people.

    Attributes:
        key: name of the method of Connection that does it.
        title: label of its button.
        what: what happens.
        look: what to look for afterwards.
        section: where MQTT 5.0 says so.

    """

    key: str
    title: str
    what: str
    look: str
    section: str


EXPERIMENTS = (
    Experiment(
        "drop_tcp",
        "Cut the connection",
        "Closes TCP without DISCONNECT, as a crash, a flat battery or a lost network does.",
        "The broker publishes the Will Message, after its Will Delay Interval; a second client that subscribes"
        " to the Will topic sees it. What the broker queues from now on comes when the session is resumed.",
        "3.1.2.5",
    ),
    Experiment(
        "hold_acknowledgements",
        "Hold acknowledgements",
        "Takes QoS 1 and 2 messages but sends no PUBACK, PUBREC or PUBCOMP, as a client that hangs does.",
        "The broker stops at Receive Maximum, or at its own limit of messages in flight (20 in Mosquitto), and queues"
        " or drops the rest. Release the acknowledgements and it goes on; cut the connection instead, resume, and the"
        " same messages come again with DUP.",
        "4.9",
    ),
    Experiment(
        "disconnect",
        "Disconnect with a reason",
        "Sends DISCONNECT with a Reason Code and properties of your choice; only MQTT 5 has them.",
        "With 0x00 the broker forgets the Will Message; with 0x04 (Disconnect with Will Message), or a code from"
        " 0x80 on, it publishes it. A Session Expiry Interval here changes how long the session is kept.",
        "3.14",
    ),
    Experiment(
        "resume",
        "Resume the session",
        "Connects again under the same Client Identifier with Clean Start 0.",
        "CONNACK says Session Present, nothing is subscribed anew, and what was queued meanwhile arrives at once."
        " When it says that no session is present, the session has expired or was never kept.",
        "3.1.2.4",
    ),
    Experiment(
        "take_over",
        "Take the session over",
        "Connects a second client under the same Client Identifier, as two copies of one program do.",
        "The broker disconnects the first one: with MQTT 5 it may say Session taken over (0x8E), else it only closes."
        " Two clients that both connect again by themselves fight for ever; our second one does not.",
        "3.1.4",
    ),
)
"""All experiments, in the order of the window."""
