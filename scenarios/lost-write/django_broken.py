import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)

# every worker that runs this file has one
notes = []


def view(request):
    return JsonResponse(notes, safe=False)


def add(request, item):
    notes.append(item)
    return view(request)


urlpatterns = [path("view", view), path("add/<item>", add)]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
