from flask import Flask

app = Flask(__name__)


class Visitor:
    # a new Visitor for each request, but the list belongs to the class
    the_list = []


@app.route("/view")
def view():
    return Visitor().the_list


@app.route("/add/<item>")
def add(item):
    visitor = Visitor()
    visitor.the_list.append(item)
    return visitor.the_list
