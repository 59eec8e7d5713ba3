from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    # once per start: later than the import, no more often
    app.state.fare = Path("price.txt").read_text()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/price")
async def show_price(request: Request) -> str:
    return request.app.state.fare
