"""The routes."""

import os
from importlib import import_module
from typing import Any

from fastapi import FastAPI

from todo import users
from todo.database import Database
from todo.models import NewTodo
from todo.users import CurrentUser

app = FastAPI()
app.include_router(users.router)
storage: Any = import_module(f"todo.storage.{os.environ.get('TODO_STORAGE', 'broken')}")


@app.get("/todos")
def show(user: CurrentUser, db: Database) -> list[str]:
    return storage.todos_of(db, user)


@app.post("/todos", status_code=201)
def add(new: NewTodo, user: CurrentUser, db: Database) -> NewTodo:
    storage.add(db, user, new.title)
    return new
