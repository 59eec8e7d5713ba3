from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
# the import reads it, the requests do not
fare = Path("price.txt").read_text()


@app.get("/price")
async def show_price() -> str:
    return fare
