"""What a server is pointed at: `uvicorn main:app`. Before the first start: `python -m todo.setup`."""

from todo.app import app

__all__ = ["app"]
