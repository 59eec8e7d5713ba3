"""Frames between the proxy and its workers."""
