"""FastAPI: hidden in a list of the module."""

from fastapi import FastAPI

app = FastAPI()
wishes: list[str] = []


@app.get("/add/{item}")
async def add(item: str) -> str:
    wishes.append(item)
    return "added"


@app.get("/view")
async def view() -> list[str]:
    return wishes
