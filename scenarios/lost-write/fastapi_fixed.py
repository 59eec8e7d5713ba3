import sqlite3
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


def connect() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect("items.db", isolation_level=None, check_same_thread=False)
    connection.execute("CREATE TABLE IF NOT EXISTS wishes (name TEXT)")
    yield connection
    connection.close()


Database = Annotated[sqlite3.Connection, Depends(connect)]


@app.get("/view")
def view(db: Database) -> list[str]:
    return [name for (name,) in db.execute("SELECT name FROM wishes")]


@app.get("/add/{item}")
def add(item: str, db: Database) -> list[str]:
    db.execute("INSERT INTO wishes VALUES (?)", [item])
    return view(db)
