"""Tests that run pytest inside pytest.

Such a run puts `sys.modules` back when it is over. What libraries import late has to be there before: else it would
be imported a second time for other tests, as other classes than those that these hold.
"""

from __future__ import annotations

import httpcore
import httpcore._sync  # noqa: F401
import websockets.sync.client  # noqa: F401

import simulator.explore.run
import simulator.proxy.http  # noqa: F401
