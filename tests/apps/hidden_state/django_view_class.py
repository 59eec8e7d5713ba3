"""Django: hidden in an attribute of a view class."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path
from django.views import View

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)


class Notes(View):
    notes = []

    def get(self, request, item=None):
        if item is not None:
            self.notes.append(item)
        return JsonResponse(self.notes, safe=False)


urlpatterns = [path("add/<item>", Notes.as_view()), path("view", Notes.as_view())]
application = get_wsgi_application()
