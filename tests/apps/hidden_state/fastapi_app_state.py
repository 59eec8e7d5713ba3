"""FastAPI: hidden in the state of the app."""

from fastapi import FastAPI, Request

app = FastAPI()
app.state.wishes = []


@app.get("/add/{item}")
async def add(item: str, request: Request) -> str:
    request.app.state.wishes.append(item)
    return "added"


@app.get("/view")
async def view(request: Request) -> list[str]:
    return request.app.state.wishes
