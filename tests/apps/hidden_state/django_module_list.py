"""Django: hidden in a list of the module."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)

notes = []


def add(request, item):
    notes.append(item)
    return HttpResponse("added")


def view(request):
    return JsonResponse(notes, safe=False)


urlpatterns = [path("add/<item>", add), path("view", view)]
application = get_wsgi_application()
