"""The simulated plant: about 200 topics that look like the systems people debug, from one seed.

Each device is a client of its own. Nothing here knows sockets or the clock: `Plant.step` is told the time, and a runner
in the broker's event loop tells it.
"""

from __future__ import annotations
