"""A shop with an application factory, blueprints and SQLAlchemy. SHOP_STORAGE says where the baskets are kept."""

import os
from importlib import import_module

from flask import Flask

from shop import basket, customers
from shop.database import close_session, init_db


def create_app() -> Flask:
    app = Flask(__name__)
    app.secret_key = os.environ.get("SHOP_SECRET_KEY", "the same in every worker")
    app.extensions["basket_storage"] = import_module(f"shop.storage.{os.environ.get('SHOP_STORAGE', 'broken')}")
    app.register_blueprint(customers.blueprint)
    app.register_blueprint(basket.blueprint)
    app.teardown_appcontext(close_session)
    app.cli.command("init-db")(init_db)
    return app
