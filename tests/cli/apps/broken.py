from flask import Flask

app = Flask(__name__)
the_list = []


@app.route("/view")
def view():
    return the_list


@app.route("/add/<item>")
def add(item):
    the_list.append(item)
    return the_list
