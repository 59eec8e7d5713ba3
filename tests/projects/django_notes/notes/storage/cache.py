"""Not repaired: Django's cache, which is a dictionary of one worker as long as CACHES says nothing else."""

from django.core.cache import cache


def add(user, text):
    cache.set(f"notes-{user.pk}", [*notes_of(user), text], timeout=None)


def notes_of(user):
    return cache.get(f"notes-{user.pk}", [])
