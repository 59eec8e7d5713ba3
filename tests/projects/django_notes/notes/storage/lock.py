"""Not repaired: a list for each user, and a lock, both in the memory of one worker."""

from collections import defaultdict
from threading import RLock

notes = defaultdict(list)
lock = RLock()


def add(user, text):
    with lock:
        notes[user.pk].append(text)


def notes_of(user):
    with lock:
        return list(notes[user.pk])
