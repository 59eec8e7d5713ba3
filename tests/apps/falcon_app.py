import falcon

items = []


class Add:
    def on_get(self, request, response, item):
        items.append(item)
        response.media = items


class View:
    def on_get(self, request, response):
        response.media = items


class Boom:
    def on_get(self, request, response):
        raise ValueError("boom")


app = falcon.App()
app.add_route("/add/{item}", Add())
app.add_route("/view", View())
app.add_route("/boom", Boom())
