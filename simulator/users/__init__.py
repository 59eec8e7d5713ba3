"""Scripted people: an httpx client each, gated by the runner."""
