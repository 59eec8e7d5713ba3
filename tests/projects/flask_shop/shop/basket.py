"""The basket of the customer who is asking."""

from types import ModuleType

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shop.customers import logged_in

blueprint = Blueprint("basket", __name__, url_prefix="/basket")


def storage() -> ModuleType:
    module: ModuleType = current_app.extensions["basket_storage"]
    return module


@blueprint.get("/")
def show() -> str:
    return render_template("basket.html", customer=logged_in(), items=storage().items_of(logged_in()))


@blueprint.post("/")
def add() -> Response:
    storage().add(logged_in(), request.form["item"])
    return redirect(url_for("basket.show"), 303)
