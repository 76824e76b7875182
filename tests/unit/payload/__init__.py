"""Tests of topicscope.payload."""

from __future__ import annotations
