"""Django's command line. Before the first start: `python manage.py setup`."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_site.settings")
    execute_from_command_line(sys.argv)
