import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)

guests = set()


def book(request):
    return JsonResponse({"guests": sorted(guests)})


def sign(request, name):
    guests.add(name)
    return HttpResponse(f"Welcome, {name}!")


urlpatterns = [path("book", book), path("sign/<name>", sign)]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
