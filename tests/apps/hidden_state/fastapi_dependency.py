"""FastAPI: hidden in an object that serves as a dependency."""

from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


class Basket:
    def __init__(self) -> None:
        self.wishes: list[str] = []

    async def __call__(self) -> list[str]:
        return self.wishes


Wishes = Annotated[list[str], Depends(Basket())]


@app.get("/add/{item}")
async def add(item: str, wishes: Wishes) -> str:
    wishes.append(item)
    return "added"


@app.get("/view")
async def view(wishes: Wishes) -> list[str]:
    return wishes
