from flask import Flask

app = Flask(__name__)


@app.route("/view")
def view():
    return "here"


app.run(port=5999)
