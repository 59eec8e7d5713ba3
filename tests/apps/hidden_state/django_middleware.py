"""Django: hidden in an attribute of a middleware, reached only through the handler's chain."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path


class Notebook:
    def __init__(self, get_response):
        self.get_response = get_response
        self.notes = []

    def __call__(self, request):
        request.notes = self.notes
        return self.get_response(request)


settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.Notebook"])


def view(request, item=None):
    if item is not None:
        request.notes.append(item)
    return JsonResponse(request.notes, safe=False)


urlpatterns = [path("add/<item>", view), path("view", view)]
application = get_wsgi_application()
