import sqlite3
from contextlib import closing
from uuid import uuid4

from fastapi import FastAPI, Request
from starlette.middleware.sessions import SessionMiddleware

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key="the same in every worker, for as long as the app lives")


def database() -> closing[sqlite3.Connection]:
    connection = sqlite3.connect("items.db", isolation_level=None)
    connection.execute("CREATE TABLE IF NOT EXISTS wishes (owner TEXT, name TEXT)")
    return closing(connection)


@app.get("/view")
def view(request: Request) -> list[str]:
    owner = request.session.setdefault("user", uuid4().hex)
    with database() as db:
        return [name for (name,) in db.execute("SELECT name FROM wishes WHERE owner = ?", [owner])]


@app.get("/add/{item}")
def add(item: str, request: Request) -> list[str]:
    owner = request.session.setdefault("user", uuid4().hex)
    with database() as db:
        db.execute("INSERT INTO wishes VALUES (?, ?)", [owner, item])
    return view(request)
