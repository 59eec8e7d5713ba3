"""The engine of this process, and a session for each request."""

from flask import g
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from shop.models import Base

engine = create_engine("sqlite:///shop.db")


def session() -> Session:
    """The session of this request."""
    if "session" not in g:
        g.session = Session(engine)
    return g.session


def close_session(error: BaseException | None = None) -> None:
    opened = g.pop("session", None)
    if opened is not None:
        opened.close()


def init_db() -> None:
    """Make the tables. Done once, before the workers start."""
    Base.metadata.create_all(engine)
    engine.dispose()
