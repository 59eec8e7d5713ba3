"""At home everything works: the framework's own development server is one process. The same file, two workers."""

from simulator.story.scenario import Scenario, Server, Variant, Where
from simulator.story.story import Story

LOST = frozenset({"lost-write"})


def guest_book(framework: str, app: str, *, defined: str, changed: str, server: Server) -> Variant:
    """One guest book in one variable, with the command that everybody uses for it at home."""
    return Variant(
        name="broken",
        framework=framework,
        app=app,
        expects=LOST,
        after_reload=LOST,
        where=Where(file=app, text=defined, variable="guests"),
        changed=Where(file=app, text=changed, variable="guests"),
        fewest_steps=2,
        server=server,
    )


SCENARIO = Scenario(
    name="why-not-locally",
    title="It works on my computer: one process there, two on the host",
    summary="The development server keeps one process running, so there is one list. Two workers have two.",
    story=Story("""
        guests: shared items
        alice: GET /sign/VALUE    adds guests
        alice: GET /book          shows guests
        bob: GET /sign/VALUE      adds guests
        bob: GET /book            shows guests
    """),
    variants=(
        guest_book(
            "flask",
            "broken.py",
            defined="guests = []",
            changed="guests.append(name)",
            server=Server(
                name="flask run", arguments=("-m", "flask", "--app", "broken", "run", "--no-reload", "--port", "{port}")
            ),
        ),
        guest_book(
            "django",
            "django_broken.py",
            defined="guests = set()",
            changed="guests.add(name)",
            server=Server(
                name="manage.py runserver", arguments=("django_broken.py", "runserver", "--noreload", "{port}")
            ),
        ),
        guest_book(
            "fastapi",
            "fastapi_broken.py",
            defined="guests: dict[str, str] = {}",
            changed='guests[name] = "was here"',
            server=Server(name="uvicorn", arguments=("-m", "uvicorn", "fastapi_broken:app", "--port", "{port}")),
        ),
    ),
)
