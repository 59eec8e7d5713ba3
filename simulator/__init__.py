"""Run a web app on N forked workers and see what breaks."""

__version__ = "1.0.0"
