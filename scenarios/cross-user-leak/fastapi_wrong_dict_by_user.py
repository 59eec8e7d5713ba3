from collections import defaultdict
from uuid import uuid4

from fastapi import FastAPI, Request
from starlette.middleware.sessions import SessionMiddleware

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key="the same in every worker, for as long as the app lives")
# by user, but each worker has its own
wishes: defaultdict[str, list[str]] = defaultdict(list)


@app.get("/view")
async def view(request: Request) -> list[str]:
    return wishes[request.session.setdefault("user", uuid4().hex)]


@app.get("/add/{item}")
async def add(item: str, request: Request) -> list[str]:
    mine = wishes[request.session.setdefault("user", uuid4().hex)]
    mine.append(item)
    return mine
