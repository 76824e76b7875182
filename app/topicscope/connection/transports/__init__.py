"""Ways for bytes to reach a broker, stacked: TCP or Unix socket, TLS upon it, WebSocket upon that."""

from __future__ import annotations
