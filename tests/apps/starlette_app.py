import asyncio
import contextlib
import time

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute

items = []
ticks = []


@contextlib.asynccontextmanager
async def lifespan(app):
    async def tick():
        while True:
            ticks.append(len(ticks))
            await asyncio.sleep(0.001)

    task = asyncio.create_task(tick())
    print("startup")
    yield {"greeting": "hello"}
    task.cancel()
    print("shutdown")


async def add(request):
    items.append(request.path_params["item"])
    return JSONResponse(items)


async def view(request):
    return JSONResponse(items)


async def length(request):
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return JSONResponse({"length": size})


async def stream(request):
    async def chunks():
        for number in range(3):
            yield f"chunk {number}\n"
            await asyncio.sleep(0.01)

    return StreamingResponse(chunks())


async def boom(request):
    raise ValueError("boom")


async def sleep(request):
    await asyncio.sleep(3600)


async def sleep_in_thread(request):
    await run_in_threadpool(wait_long)


def wait_long():
    time.sleep(3600)


async def count(request):
    return JSONResponse({"ticks": len(ticks), "greeting": request.state.greeting})


async def until_gone(request):
    while not await request.is_disconnected():
        await asyncio.sleep(0.01)
    print("the client is gone")
    return JSONResponse({})


async def chat(websocket):
    await websocket.accept(subprotocol="chat")
    async for text in websocket.iter_text():
        await websocket.send_text(f"you said {text}")


async def rude(websocket):
    raise ValueError("no WebSocket here")


app = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/add/{item}", add),
        Route("/view", view),
        Route("/length", length, methods=["POST"]),
        Route("/stream", stream),
        Route("/boom", boom),
        Route("/sleep", sleep),
        Route("/sleep_in_thread", sleep_in_thread),
        Route("/count", count),
        Route("/until_gone", until_gone),
        WebSocketRoute("/chat", chat),
        WebSocketRoute("/rude", rude),
    ],
)
