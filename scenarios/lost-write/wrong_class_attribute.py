from flask import Flask

app = Flask(__name__)


class Shop:
    # one for all objects of this process, none for the other processes
    the_list = []

    def add(self, item):
        self.the_list.append(item)


@app.route("/view")
def view():
    return Shop().the_list


@app.route("/add/<item>")
def add(item):
    shop = Shop()
    shop.add(item)
    return shop.the_list
