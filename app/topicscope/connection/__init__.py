"""One connection to a broker: the only room that knows paho."""

from __future__ import annotations
