"""Django: hidden in the default cache, which is one worker's memory."""

from django.conf import settings
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)


def add(request, item):
    cache.set("notes", [*cache.get("notes", []), item], timeout=None)
    return HttpResponse("added")


def view(request):
    return JsonResponse(cache.get("notes", []), safe=False)


urlpatterns = [path("add/<item>", add), path("view", view)]
application = get_wsgi_application()
