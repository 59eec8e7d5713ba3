from flask import Flask, redirect, request

app = Flask(__name__)
cart = []


@app.get("/cart")
def view():
    return "<ul>" + "".join(f"<li>{item}</li>" for item in cart) + "</ul>"


@app.post("/cart")
def add():
    cart.append(request.form["item"])
    return redirect("/cart")
