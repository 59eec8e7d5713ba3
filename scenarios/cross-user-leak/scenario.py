"""Bob is shown what alice added: the application never asks who is asking."""

from collections.abc import Iterable

from simulator.story.scenario import Scenario, Variant, Where
from simulator.story.story import Story

MIGRATE = ("django_fixed.py", "migrate", "--run-syncdb", "--verbosity=0")


def shows(
    name: str,
    framework: str,
    app: str,
    findings: Iterable[str],
    *,
    variable: str,
    defined: str,
    changed: str,
    at_one_worker: Iterable[str] = (),
    reason: str = "",
) -> Variant:
    """A variant with a problem: `findings` are its names with several workers, and with one after a reload."""
    return Variant(
        name=name,
        framework=framework,
        app=app,
        expects=frozenset(findings),
        at_one_worker=frozenset(at_one_worker),
        after_reload=frozenset(findings),
        where=Where(file=app, text=defined, variable=variable),
        changed=Where(file=app, text=changed, variable=variable),
        fewest_steps=2,
        reason=reason,
    )


LEAK = ("cross-user-leak",)
LOST = ("lost-write",)

SCENARIO = Scenario(
    name="cross-user-leak",
    title="Bob sees what alice put on her own list",
    summary="One list serves everybody whom a worker serves. Tell users apart, and keep their data apart.",
    story=Story("""
        the_list: private items
        alice: GET /add/VALUE    adds the_list
        alice: GET /view         shows the_list
        bob: GET /add/VALUE      adds the_list
        bob: GET /view           shows the_list
    """),
    stores=("items.db",),
    variants=(
        shows(
            "broken",
            "flask",
            "broken.py",
            LEAK + LOST,
            at_one_worker=LEAK,
            variable="the_list",
            defined="the_list = []",
            changed="the_list.append(item)",
        ),
        Variant(name="fixed", framework="flask", app="fixed.py"),
        shows(
            "wrong-class-attribute",
            "flask",
            "wrong_class_attribute.py",
            LEAK + LOST,
            at_one_worker=LEAK,
            variable="Visitor.the_list",
            defined="the_list = []",
            changed="visitor.the_list.append(item)",
            reason="Each request makes a new Visitor, but a list in the body of a class belongs to the class: all "
            "Visitors share it.",
        ),
        shows(
            "wrong-dict-by-user",
            "flask",
            "wrong_dict_by_user.py",
            LOST,
            variable="lists",
            defined="lists = {}",
            changed="mine().append(item)",
            reason="A list for each user ends the leak. The lists still live in one worker, so the other workers do "
            "not know them and a reload empties them.",
        ),
        Variant(
            name="wrong-flask-g",
            framework="flask",
            app="wrong_flask_g.py",
            expects=frozenset(LOST),
            at_one_worker=frozenset(LOST),
            after_reload=frozenset(LOST),
            fewest_steps=2,
            reason="flask.g is made for one request and thrown away after it. Nobody else sees what is in it, and "
            "alice herself does not see it again either.",
        ),
        shows(
            "broken",
            "django",
            "django_broken.py",
            LEAK + LOST,
            at_one_worker=LEAK,
            variable="notes",
            defined="def view(request, item=None, notes=[]):",
            changed="notes.append(item)",
        ),
        Variant(name="fixed", framework="django", app="django_fixed.py", prepare=MIGRATE),
        shows(
            "wrong-middleware",
            "django",
            "django_wrong_middleware.py",
            LEAK + LOST,
            at_one_worker=LEAK,
            variable="notes",
            defined="self.notes = []",
            changed="request.notes.append(item)",
            reason="A middleware is built once for each worker. What hangs on self belongs to all requests of that "
            "worker, whoever sent them.",
        ),
        shows(
            "wrong-dict-by-user",
            "django",
            "django_wrong_dict_by_user.py",
            LOST,
            variable="notes",
            defined="notes = {}",
            changed="notes[user] = [*notes.get(user, []), item]",
            reason="The session tells users apart, so nobody reads along. The dictionary itself is still one for "
            "each worker.",
        ),
        shows(
            "broken",
            "fastapi",
            "fastapi_broken.py",
            LEAK + LOST,
            at_one_worker=LEAK,
            variable="basket.wishes",
            defined="self.wishes: list[str] = []",
            changed="basket.wishes.append(item)",
        ),
        Variant(name="fixed", framework="fastapi", app="fastapi_fixed.py"),
        shows(
            "wrong-context-variable",
            "fastapi",
            "fastapi_wrong_context_variable.py",
            LEAK + LOST,
            at_one_worker=LEAK,
            variable="wishes",
            defined='wishes: ContextVar[list[str]] = ContextVar("wishes", default=[])',
            changed="wishes.get().append(item)",
            reason="A context variable is separate for each request only once it is set there. Its default is one "
            "list, and every request gets that one.",
        ),
        shows(
            "wrong-dict-by-user",
            "fastapi",
            "fastapi_wrong_dict_by_user.py",
            LOST,
            variable="wishes",
            defined="wishes: defaultdict[str, list[str]] = defaultdict(list)",
            changed="mine.append(item)",
            reason="Sorted by user, alice's wishes are hers alone. But each worker has its own defaultdict, and a "
            "user whom it has not met has an empty list there.",
        ),
    ),
)
