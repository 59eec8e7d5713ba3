from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
notes = []


class Note(BaseModel):
    text: str
    stars: int


@app.get("/notes")
def read():
    return notes


@app.post("/notes")
def add(note: Note):
    notes.append(note.text)
    return {"notes": len(notes)}
