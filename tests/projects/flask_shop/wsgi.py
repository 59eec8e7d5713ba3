"""What a server is pointed at: `gunicorn wsgi:app`. Before the first start: `flask --app wsgi init-db`."""

from shop import create_app

app = create_app()
