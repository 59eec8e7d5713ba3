"""The report as one HTML file: it needs no network, no server, and no scripts to be read."""

from simulator.reports.html.page import page

__all__ = ["page"]
