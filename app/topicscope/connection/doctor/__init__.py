"""The connection doctor: every step of reaching a broker, timed, with a remedy where it fails.

It walks over the same transports as a connection does, one after the other and by hand, so that each
can say what it found. It blocks and belongs in a worker; a set Event ends it within a moment.
"""

from __future__ import annotations

from topicscope.connection.doctor.examination import examine
from topicscope.connection.doctor.step import Status, Step, all_well, document

__all__ = ["Status", "Step", "all_well", "document", "examine"]
