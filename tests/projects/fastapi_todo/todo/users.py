"""Who is asking: the bearer of a token that was given out at login."""

from secrets import token_hex
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import select

from todo.database import Database
from todo.models import Login, Token, User

router = APIRouter()


@router.post("/login")
def login(who: Login, db: Database) -> Token:
    user = User(name=who.name, token=token_hex(16))
    db.add(user)
    db.commit()
    return Token(token=user.token)


def current_user(db: Database, bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> User:
    user = db.scalar(select(User).where(User.token == bearer.credentials))
    if user is None:
        raise HTTPException(401, "log in first")
    return user


CurrentUser = Annotated[User, Depends(current_user)]
