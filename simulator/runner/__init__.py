"""Runs schedules: one, 1 worker against N, and all orders of a story."""
