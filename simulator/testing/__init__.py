"""What the pytest fixture `multiworker` hands to a test."""

from simulator.testing.multiworker import Multiworker, Subject
from simulator.testing.report import Report

__all__ = ["Multiworker", "Report", "Subject"]
