import contextlib

from starlette.applications import Starlette


@contextlib.asynccontextmanager
async def lifespan(app):
    connect()
    yield


def connect():
    raise ConnectionError("no database")


app = Starlette(lifespan=lifespan)
