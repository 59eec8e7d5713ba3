"""Logging in, and who is asking."""

from flask import Blueprint, abort, g, redirect, render_template, request, session, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from shop import database
from shop.models import Customer

blueprint = Blueprint("customers", __name__)


@blueprint.before_app_request
def load_customer() -> None:
    customer_id = session.get("customer_id")
    g.customer = None if customer_id is None else database.session().get(Customer, customer_id)


@blueprint.get("/login")
def login_form() -> str:
    return render_template("login.html")


@blueprint.post("/login")
def login() -> Response:
    name = request.form["name"]
    db = database.session()
    customer = db.scalar(select(Customer).where(Customer.name == name))
    if customer is None:
        customer = Customer(name=name)
        db.add(customer)
        db.commit()
    session["customer_id"] = customer.id
    return redirect(url_for("basket.show"), 303)


def logged_in() -> Customer:
    """The customer who is asking; nobody else gets in."""
    if g.customer is None:
        abort(401)
    return g.customer
