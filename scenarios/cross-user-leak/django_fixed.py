import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application

settings.configure(
    SECRET_KEY="one key for all workers, today and after the next reload",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="notes.views",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "notes"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",  # puts the user on each request
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "items.db"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
application = get_wsgi_application()

if __name__ == "__main__":  # once, before the first start: python django_fixed.py migrate --run-syncdb
    execute_from_command_line(sys.argv)
