"""Tests of topicscope.broker_status."""

from __future__ import annotations
