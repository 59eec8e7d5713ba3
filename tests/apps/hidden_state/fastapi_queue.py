"""FastAPI: hidden in a queue of asyncio."""

import asyncio

from fastapi import FastAPI

app = FastAPI()
wishes: asyncio.Queue[str] = asyncio.Queue()


@app.get("/add/{item}")
async def add(item: str) -> str:
    wishes.put_nowait(item)
    return "added"


@app.get("/view")
async def view() -> list[str]:
    return list(wishes._queue)
