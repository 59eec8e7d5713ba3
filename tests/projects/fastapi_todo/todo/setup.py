"""`python -m todo.setup`: the tables. Done once, before the workers start."""

from todo.database import engine
from todo.models import Base

if __name__ == "__main__":
    Base.metadata.create_all(engine)
