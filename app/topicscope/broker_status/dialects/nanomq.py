"""NanoMQ: no counters at all, only who comes and goes, as JSON; from 0.24.1 below ``client_status``."""

from __future__ import annotations

from topicscope.broker_status.dialect import Dialect, EventRule, clue

_DETAILS = ("reason_code", "proto_ver", "keepalive", "username", "IPv4")

NANOMQ = Dialect(
    key="nanomq",
    name="NanoMQ",
    prefix="$SYS/brokers",
    interval_s=0,
    events=(
        EventRule("connected", "connected", "Client {client_id} connected", _DETAILS),
        EventRule("disconnected", "disconnected", "Client {client_id} disconnected", _DETAILS),
        EventRule("client_status/+", "status", "Client {0} is {status}", _DETAILS),
    ),
    clues=(
        clue(100, r"\$SYS/brokers/client_status/.+"),
        clue(60, r"\$SYS/brokers/(connected|disconnected)"),
    ),
)
