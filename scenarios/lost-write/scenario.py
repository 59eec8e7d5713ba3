"""What was saved a moment ago is missing: each worker keeps a list of its own."""

from simulator.story.scenario import Scenario, Variant, Where
from simulator.story.story import Story

LOST = frozenset({"lost-write"})
MIGRATE = ("django_fixed.py", "migrate", "--run-syncdb", "--verbosity=0")


def loses(
    name: str,
    framework: str,
    app: str,
    *,
    variable: str,
    defined: str | None,
    changed: str,
    file: str | None = None,
    reason: str = "",
    routing: str = "round-robin",
    fewest_steps: int = 2,
) -> Variant:
    """A variant that forgets: the lines that define and change `variable` in `file` (the application's own)."""
    return Variant(
        name=name,
        framework=framework,
        app=app,
        expects=LOST,
        after_reload=LOST,
        where=None if defined is None else Where(file=file or app, text=defined, variable=variable),
        changed=Where(file=file or app, text=changed, variable=variable),
        fewest_steps=fewest_steps,
        reason=reason,
        routing=routing,
    )


SCENARIO = Scenario(
    name="lost-write",
    title="Alice adds an item, looks again, and it is gone",
    summary="A list in a variable exists once in each worker. What one worker was told, the others do not know.",
    story=Story("""
        the_list: shared items
        alice: GET /add/VALUE    adds the_list
        alice: GET /view         shows the_list
        bob: GET /add/VALUE      adds the_list
        bob: GET /view           shows the_list
    """),
    stores=("items.db",),
    variants=(
        loses(
            "broken",
            "flask",
            "broken.py",
            variable="the_list",
            defined="the_list = []",
            changed="the_list.append(item)",
        ),
        Variant(name="fixed", framework="flask", app="fixed.py"),
        loses(
            "wrong-lock",
            "flask",
            "wrong_lock.py",
            variable="the_list",
            defined="the_list = []",
            changed="the_list.append(item)",
            reason="A lock makes the requests of one worker wait for each other. It does not turn the lists of two "
            "workers into one.",
        ),
        loses(
            "wrong-class-attribute",
            "flask",
            "wrong_class_attribute.py",
            variable="Shop.the_list",
            defined="the_list = []",
            changed="self.the_list.append(item)",
            reason="A class is a variable of its process too: each worker has its own class, with its own list.",
        ),
        loses(
            "wrong-module",
            "flask",
            "wrong_module.py",
            file="shelf.py",
            variable="the_list",
            defined="the_list = []",
            changed="the_list = [*the_list, item]",
            reason="A module is run once in each process, so a list in a module of its own is as private to a worker "
            "as before, and `global` only reaches the end of that module.",
        ),
        loses(
            "wrong-sticky",
            "flask",
            "broken.py",
            variable="the_list",
            defined="the_list = []",
            changed="the_list.append(item)",
            reason="When each user always meets the same worker, users of different workers still see different "
            "lists, and a reload empties them all.",
            routing="sticky",
            fewest_steps=3,
        ),
        loses(
            "broken",
            "django",
            "django_broken.py",
            variable="notes",
            defined="notes = []",
            changed="notes.append(item)",
        ),
        Variant(name="fixed", framework="django", app="django_fixed.py", prepare=MIGRATE),
        loses(
            "wrong-cache",
            "django",
            "django_wrong_cache.py",
            variable="cache",
            defined=None,
            changed='cache.set("notes", [*notes, item])',
            reason="Unless CACHES names a server or a database, Django's cache is a dictionary in the memory of one "
            "worker.",
        ),
        loses(
            "wrong-view-class",
            "django",
            "django_wrong_view_class.py",
            variable="Notes.notes",
            defined="notes = []",
            changed="self.notes.append(item)",
            reason="A list in the body of a view class is shared by the views of one worker, and by nobody else.",
        ),
        loses(
            "broken",
            "fastapi",
            "fastapi_broken.py",
            variable="wishes",
            defined="wishes: list[str] = []",
            changed="wishes.append(item)",
        ),
        Variant(name="fixed", framework="fastapi", app="fastapi_fixed.py"),
        loses(
            "wrong-app-state",
            "fastapi",
            "fastapi_wrong_app_state.py",
            variable="app.state.wishes",
            defined="app.state.wishes = []",
            changed="request.app.state.wishes.append(item)",
            reason="app.state hangs on the app object, and each worker has an app object of its own.",
        ),
        loses(
            "wrong-memory-database",
            "fastapi",
            "fastapi_wrong_memory_database.py",
            variable="db",
            defined='db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)',
            changed='db.execute("INSERT INTO wishes VALUES (?)", [item])',
            reason='A SQLite database called ":memory:" is a variable that speaks SQL: each worker has its own.',
        ),
    ),
)
