"""`python manage.py setup`: the tables, and users alice, bob, carol and dan (password: open-sesame)."""

from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, call_command


class Command(BaseCommand):
    help = "Makes the tables and four users. Done once, before the workers start."

    def handle(self, *args, **options):
        call_command("migrate", verbosity=0)
        for name in ("alice", "bob", "carol", "dan"):
            get_user_model().objects.create_user(name, password="open-sesame")
