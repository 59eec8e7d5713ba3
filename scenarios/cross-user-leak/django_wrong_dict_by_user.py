import sys
from uuid import uuid4

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

sessions = "django.contrib.sessions"
settings.configure(
    SECRET_KEY="one key for all workers",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[f"{sessions}.middleware.SessionMiddleware"],
    SESSION_ENGINE=f"{sessions}.backends.signed_cookies",
)

# by user, so nobody reads along; by worker too, so half of it is always missing
notes = {}


def view(request):
    user = request.session.setdefault("user", uuid4().hex)
    return JsonResponse(notes.get(user, []), safe=False)


def add(request, item):
    user = request.session.setdefault("user", uuid4().hex)
    notes[user] = [*notes.get(user, []), item]
    return view(request)


urlpatterns = [path("view", view), path("add/<item>", add)]
application = get_wsgi_application()
if __name__ == "__main__":
    execute_from_command_line(sys.argv)
