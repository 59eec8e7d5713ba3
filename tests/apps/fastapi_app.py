import logging
import time

from fastapi import FastAPI

app = FastAPI()
items = []


@app.get("/add/{item}")
def add(item: str):
    items.append(item)
    return items


@app.get("/view")
async def view():
    return items


@app.get("/boom")
async def boom():
    raise ValueError("boom")


@app.get("/talk")
def talk():
    logging.getLogger("shop").error("from a thread")
    return "talked"


@app.get("/sleep")
def sleep():
    time.sleep(3600)
