from flask import Flask

app = Flask(__name__)

# whose list is it? The worker's: everybody it serves shares it
the_list = []


@app.route("/view")
def view():
    return the_list


@app.route("/add/<item>")
def add(item):
    the_list.append(item)
    return the_list
