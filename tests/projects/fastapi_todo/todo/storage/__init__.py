"""Where to-dos are kept. Each module has `add(db, user, title)` and `todos_of(db, user)`."""
