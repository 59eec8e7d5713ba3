import sqlite3

from fastapi import FastAPI

app = FastAPI()
# a database, but in the memory of one process
db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
db.execute("CREATE TABLE wishes (name TEXT)")


@app.get("/view")
async def view() -> list[str]:
    return [name for (name,) in db.execute("SELECT name FROM wishes")]


@app.get("/add/{item}")
async def add(item: str) -> list[str]:
    db.execute("INSERT INTO wishes VALUES (?)", [item])
    return await view()
