import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path


class Notebook:
    def __init__(self, get_response):
        self.get_response = get_response
        # a middleware is built once for each process, not for each request
        self.notes = []

    def __call__(self, request):
        request.notes = self.notes
        return self.get_response(request)


settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.Notebook"])


def view(request):
    return JsonResponse(request.notes, safe=False)


def add(request, item):
    request.notes.append(item)
    return view(request)


urlpatterns = [path("view", view), path("add/<item>", add)]
application = get_wsgi_application()
if __name__ == "__main__":
    execute_from_command_line(sys.argv)
