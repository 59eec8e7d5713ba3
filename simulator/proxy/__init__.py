"""Spreads requests over the workers, directly or behind HTTP."""
