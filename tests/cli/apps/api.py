from fastapi import FastAPI

app = FastAPI()
notes = []


@app.post("/notes/{text}")
async def add(text: str):
    notes.append(text)


@app.get("/notes")
async def view():
    return notes


@app.get("/notes/{number}/of/{owner}")
async def one(number: int, owner: str):
    return notes[number]
