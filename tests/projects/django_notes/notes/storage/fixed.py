"""Repaired: rows that say whose they are, outside the workers."""

from notes.models import Note


def add(user, text):
    Note.objects.create(owner=user, text=text)


def notes_of(user):
    return Note.objects.filter(owner=user).order_by("id")
