"""A module beside the app (other_module.py)."""

items = []


def put(item):
    items.append(item)
