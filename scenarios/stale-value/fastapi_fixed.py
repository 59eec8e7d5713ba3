from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


def read_fare() -> str:
    return Path("price.txt").read_text()


@app.get("/price")
def show_price(fare: Annotated[str, Depends(read_fare)]) -> str:
    return fare
