"""Where notes are kept. Each module has `add(user, text)` and `notes_of(user)`."""
