import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="notes.views",
    INSTALLED_APPS=["notes"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "items.db"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
application = get_wsgi_application()

if __name__ == "__main__":  # once, before the first start: python django_fixed.py migrate --run-syncdb
    execute_from_command_line(sys.argv)
