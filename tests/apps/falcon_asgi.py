import falcon.asgi

items = []


class Add:
    async def on_get(self, request, response, item):
        items.append(item)
        response.media = items


class View:
    async def on_get(self, request, response):
        response.media = items


api = falcon.asgi.App()
api.add_route("/add/{item}", Add())
api.add_route("/view", View())
