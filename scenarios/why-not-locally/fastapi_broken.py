from fastapi import FastAPI

app = FastAPI()
guests: dict[str, str] = {}


@app.get("/book")
async def book() -> dict[str, str]:
    return guests


@app.get("/sign/{name}")
async def sign(name: str) -> str:
    guests[name] = "was here"
    return f"Welcome, {name}!"
