"""Writes down what happens; never fails a run."""
