import json

items = []


async def app(scope, receive, send):
    assert scope["type"] == "http"
    path = scope["path"]
    if path.startswith("/add/"):
        items.append(path.removeprefix("/add/"))
    if path == "/silent":
        return
    if path == "/cut":
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        raise RuntimeError("the stream broke")
    await send({"type": "http.response.start", "status": 200, "headers": iter([(b"Content-Type", b"text/plain")])})
    await send({"type": "http.response.body", "body": bytearray(json.dumps(items).encode())})
