"""Not repaired: an object for each request, with a list that belongs to its class."""


class Notebook:
    notes = []

    def __init__(self, user):
        self.user = user

    def add(self, text):
        self.notes.append(text)


def add(user, text):
    Notebook(user).add(text)


def notes_of(user):
    return Notebook(user).notes
