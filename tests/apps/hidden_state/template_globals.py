"""Hidden among the globals of the templates."""

from flask import Flask, render_template_string

app = Flask(__name__)
app.jinja_env.globals["items"] = []


@app.route("/add/<item>")
def add(item):
    app.jinja_env.globals["items"].append(item)
    return "added"


@app.route("/view")
def view():
    return render_template_string("{{ items }}")
