import sys
from pathlib import Path

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)


def show_price(request):
    ticket_price = Path("price.txt").read_text()
    return HttpResponse(ticket_price)


urlpatterns = [path("price", show_price)]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
