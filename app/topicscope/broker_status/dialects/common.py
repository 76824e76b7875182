"""A broker that nothing tells us the name of, but whose topics bear names that many have taken from Mosquitto."""

from __future__ import annotations

from topicscope.broker_status.dialect import Dialect, clue
from topicscope.broker_status.dialects.hivemq import HIVEMQ
from topicscope.broker_status.dialects.mosquitto import FIGURES, LOADS

_KNOWN = {figure.topic for figure in FIGURES}

COMMON = Dialect(
    key="common",
    name="Unknown broker with Mosquitto's names",
    prefix="$SYS/broker",
    interval_s=60,
    round_topic="uptime",
    figures=(*FIGURES, *(figure for figure in HIVEMQ.figures if figure.topic not in _KNOWN)),
    loads=LOADS,
    clues=(clue(1, r"\$SYS/broker/.+"),),
)
