"""The two ways to the workers: directly over the wire, or through HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from simulator.proxy.dealer import Dealer
from simulator.proxy.direct import Direct
from simulator.proxy.transport import DirectTransport
from simulator.runner.plan import Way


@contextmanager
def open_way(way: Way, dealer: Dealer, *, port: int = 0) -> Iterator[httpx.BaseTransport]:
    """The transport of a run's users, for as long as the run lasts; HTTP on `port` (0: any free one).

    Raises PortInUse.
    """
    if way == "direct":
        yield DirectTransport(Direct(dealer))
        return
    from simulator.proxy.http import over_http  # uvicorn: only where HTTP is wanted

    with over_http(dealer, port=port) as transport:
        yield transport
