from fastapi import FastAPI

app = FastAPI()
# lives and dies with one worker
wishes: list[str] = []


@app.get("/view")
async def view() -> list[str]:
    return wishes


@app.get("/add/{item}")
async def add(item: str) -> list[str]:
    wishes.append(item)
    return wishes
