from fastapi import FastAPI, Request

app = FastAPI()
# the app object is copied into each worker, with all that hangs on it
app.state.wishes = []


@app.get("/view")
async def view(request: Request) -> list[str]:
    return request.app.state.wishes


@app.get("/add/{item}")
async def add(item: str, request: Request) -> list[str]:
    request.app.state.wishes.append(item)
    return request.app.state.wishes
