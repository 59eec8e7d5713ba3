"""A package that imports a neighbour as if it were at the top."""

from models import User
