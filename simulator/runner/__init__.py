"""Runs schedules: one, 1 worker against N, and all orders of a story."""

from simulator.runner.plan import Plan
from simulator.runner.run import run

__all__ = ["Plan", "run"]
