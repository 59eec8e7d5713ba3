"""Not repaired: an object for each request, with a list that belongs to its class."""

from sqlalchemy.orm import Session

from todo.models import User


class TodoList:
    titles: list[str] = []

    def __init__(self, user: User) -> None:
        self.user = user

    def add(self, title: str) -> None:
        self.titles.append(title)


def add(db: Session, user: User, title: str) -> None:
    TodoList(user).add(title)


def todos_of(db: Session, user: User) -> list[str]:
    return TodoList(user).titles
