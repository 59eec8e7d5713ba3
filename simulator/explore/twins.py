"""Is there something in the answers that nobody owns? One order on one worker, each request put to two processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.explore.graph import Next
from simulator.explore.machine import ForkedMachine
from simulator.explore.scripts import Scripts


def is_noisy(machine: ForkedMachine, scripts: Scripts) -> bool:
    """Do two runs of one order differ in an answer? `machine` asks twice. Raises Unexplorable."""
    crew = machine.start(1)
    memory, stores, programs = crew.memories[0], crew.stores, scripts.start()
    step = 0
    while able := [user for user, then in scripts.able(programs) if then is Next.REQUEST]:
        step += 1
        served = machine.serve(memory=memory, stores=stores, user=able[0], programs=programs, step=step)
        memory, stores = served.memory, served.stores
        programs = scripts.after(able[0], programs, served.answer)
    return bool(machine.noise)


def left_out(machines: Iterable[ForkedMachine]) -> Iterator[tuple[str, str]]:
    """What was left out of comparisons, as a request and a sentence."""
    for machine in machines:
        for request, names in machine.noise.items():
            what = " and ".join(names)
            yield request, f"{request}: two runs of the same order differ in {what}, which was left out."
