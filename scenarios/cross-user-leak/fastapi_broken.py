from fastapi import FastAPI

app = FastAPI()


class Basket:
    def __init__(self) -> None:
        self.wishes: list[str] = []


# one object for all who come by
basket = Basket()


@app.get("/view")
async def view() -> list[str]:
    return basket.wishes


@app.get("/add/{item}")
async def add(item: str) -> list[str]:
    basket.wishes.append(item)
    return basket.wishes
