from wsgiref.simple_server import make_server


def app(environ, start_response):
    start_response("200 OK", [])
    return []


def serve():
    with make_server("127.0.0.1", 0, app) as server:
        server.serve_forever()


serve()
