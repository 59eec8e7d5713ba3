"""Every routing by a graph of states, the fewest steps, and the line to blame."""

from simulator.explore.run import run

__all__ = ["run"]
