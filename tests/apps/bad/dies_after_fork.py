import os
import signal


def app(environ, start_response):
    start_response("200 OK", [])
    return []


def after_fork():
    os.kill(os.getpid(), signal.SIGSEGV)


os.register_at_fork(after_in_child=after_fork)
