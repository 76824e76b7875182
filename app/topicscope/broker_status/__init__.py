"""What a broker tells of itself under $SYS."""

from __future__ import annotations

from topicscope.broker_status.reader import TOPIC_FILTER, StatusReader
from topicscope.broker_status.status import Detection, Load, Reading, Status

__all__ = ["TOPIC_FILTER", "Detection", "Load", "Reading", "Status", "StatusReader"]
