"""Hidden in a descriptor, which belongs to the class and not to its objects."""

from flask import Flask

app = Flask(__name__)


class Field:
    def __init__(self):
        self.value = ""

    def __get__(self, instance, owner=None):
        return self.value

    def __set__(self, instance, value):
        self.value = value


class Visitor:
    items = Field()


@app.route("/add/<item>")
def add(item):
    Visitor().items = f"{Visitor().items} {item}"
    return "added"


@app.route("/view")
def view():
    return Visitor().items
