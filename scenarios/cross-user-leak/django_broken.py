import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)


# the default is one list, made when the "def" ran
def view(request, item=None, notes=[]):
    if item is not None:
        notes.append(item)
    return JsonResponse(notes, safe=False)


urlpatterns = [path("view", view), path("add/<item>", view)]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
