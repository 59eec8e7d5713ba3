from flask import Flask, g

app = Flask(__name__)


@app.before_request
def begin():
    # nobody else sees it, and it is gone when this request ends
    g.the_list = []


@app.route("/view")
def view():
    return g.the_list


@app.route("/add/<item>")
def add(item):
    g.the_list.append(item)
    return g.the_list
