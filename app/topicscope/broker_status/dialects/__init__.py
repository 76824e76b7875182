"""All dialects of $SYS that are known, one table a file.

The facts are of the brokers' sources and of what they sent when they were run; where two dialects have equally
many points, the one that stands first is believed.
"""

from __future__ import annotations

from typing import Final

from topicscope.broker_status.dialects.aedes import AEDES
from topicscope.broker_status.dialects.amqtt import AMQTT
from topicscope.broker_status.dialects.common import COMMON
from topicscope.broker_status.dialects.emqx import EMQX_4, EMQX_5
from topicscope.broker_status.dialects.flashmq import FLASHMQ
from topicscope.broker_status.dialects.hivemq import HIVEMQ
from topicscope.broker_status.dialects.mochi import MOCHI
from topicscope.broker_status.dialects.mosquitto import DEMO, MOSQUITTO
from topicscope.broker_status.dialects.nanomq import NANOMQ
from topicscope.broker_status.dialects.vernemq import VERNEMQ

DIALECTS: Final = (
    *(MOSQUITTO, DEMO, EMQX_5, EMQX_4, VERNEMQ, NANOMQ, HIVEMQ, FLASHMQ, AEDES, AMQTT, MOCHI),
    COMMON,
)
