import sys
from pathlib import Path

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from django.views import View

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)


class Price(View):
    # inside the view, yet a class body runs at load
    ticket_price = Path("price.txt").read_text()

    def get(self, request):
        return HttpResponse(self.ticket_price)


urlpatterns = [path("price", Price.as_view())]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
