import sys

from django.conf import settings
from django.core.cache import cache
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)


def view(request):
    return JsonResponse(cache.get("notes", []), safe=False)


def add(request, item):
    notes = cache.get("notes", [])
    # Django's cache is the worker's own memory, unless CACHES names another
    cache.set("notes", [*notes, item])
    return view(request)


urlpatterns = [path("view", view), path("add/<item>", add)]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
