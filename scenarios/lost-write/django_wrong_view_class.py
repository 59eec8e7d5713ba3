import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path
from django.views import View

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)


class Notes(View):
    # belongs to the class, and each worker has its own class
    notes = []

    def get(self, request, item=None):
        if item is not None:
            self.notes.append(item)
        return JsonResponse(self.notes, safe=False)


urlpatterns = [path("view", Notes.as_view()), path("add/<item>", Notes.as_view())]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
