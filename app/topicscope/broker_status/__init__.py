"""What a broker tells of itself under $SYS."""

from __future__ import annotations

from topicscope.broker_status.mosquitto import StatusReader
from topicscope.broker_status.status import Load, Status

__all__ = ["Load", "Status", "StatusReader"]
