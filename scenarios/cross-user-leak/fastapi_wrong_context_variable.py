from contextvars import ContextVar

from fastapi import FastAPI

app = FastAPI()
# each context finds this same list
wishes: ContextVar[list[str]] = ContextVar("wishes", default=[])


@app.get("/view")
async def view() -> list[str]:
    return wishes.get()


@app.get("/add/{item}")
async def add(item: str) -> list[str]:
    wishes.get().append(item)
    return wishes.get()
