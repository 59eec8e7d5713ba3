"""Tests that run pytest inside pytest.

Such a run puts `sys.modules` back when it is over. What libraries import late has to be there before: else it would
be imported a second time for other tests, as other classes than those that these hold.
"""

from __future__ import annotations

from importlib import import_module

LATE = (
    "httpcore",
    "httptools",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
    "uvloop",
    "websockets.sync.client",
    "simulator.explore.run",
    "simulator.proxy.http",
)

for name in LATE:
    import_module(name)
