from flask import Flask


def create_app(name="shop", *, items=()):
    app = Flask(name)
    kept = list(items)
    app.add_url_rule("/add/<item>", view_func=lambda item: [kept.append(item), kept][1], endpoint="add")
    app.add_url_rule("/view", view_func=lambda: kept)
    return app
