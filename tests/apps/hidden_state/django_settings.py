"""Django: hidden in the settings."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)

settings.NOTES = []


def add(request, item):
    settings.NOTES.append(item)
    return HttpResponse("added")


def view(request):
    return JsonResponse(settings.NOTES, safe=False)


urlpatterns = [path("add/<item>", add), path("view", view)]
application = get_wsgi_application()
