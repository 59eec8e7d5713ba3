from flask import Flask, redirect, request

app = Flask(__name__)
todos = []


@app.route("/")
def index():
    items = "".join(f"<li>{t}</li>" for t in todos)
    return f"<h1>Todo</h1><ul>{items}</ul><form method=post action=/add><input name=title><button>Add</button></form>"


@app.route("/add", methods=["POST"])
def add():
    todos.append(request.form["title"])
    return redirect("/")


if __name__ == "__main__":
    app.run(debug=True)
