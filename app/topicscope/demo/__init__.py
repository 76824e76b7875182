"""The embedded broker and the simulated plant: something to debug when there is nothing at hand.

`BrokerThread` runs both beside the window or a test, `serve` runs them in the event loop of ``topicscope broker``.
"""

from __future__ import annotations

from topicscope.demo.broker import Broker
from topicscope.demo.counters import Limits
from topicscope.demo.server import BrokerThread, serve

__all__ = ["Broker", "BrokerThread", "Limits", "serve"]
