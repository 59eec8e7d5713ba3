"""A to-do list with tokens, SQLAlchemy and dependencies. TODO_STORAGE says where the to-dos are kept."""
