import logging

from flask import Flask

app = Flask(__name__)
the_list = []


@app.route("/view")
def view():
    print("somebody looks")
    return the_list


@app.route("/add/<item>")
def add(item):
    logging.getLogger("shop").warning("one more item")
    the_list.append(item)
    return the_list
