"""Processes: loads the application once and forks workers from it."""
