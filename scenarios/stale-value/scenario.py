"""The price was changed, and the page goes on showing the old one: it was read when the app was loaded."""

from simulator.story.scenario import Scenario, Variant, Where
from simulator.story.story import Story

STALE = frozenset({"stale-value"})


def old(
    name: str,
    framework: str,
    app: str,
    *,
    variable: str,
    defined: str | None,
    changed: str | None = None,
    fewest_steps: int = 2,
    reason: str = "",
) -> Variant:
    """A variant that shows old prices, at any number of workers. Fixed at load: `changed` is None."""
    return Variant(
        name=name,
        framework=framework,
        app=app,
        expects=STALE,
        at_one_worker=STALE,
        after_reload=STALE,
        where=None if defined is None else Where(file=app, text=defined, variable=variable),
        changed=None if changed is None else Where(file=app, text=changed, variable=variable),
        fewest_steps=fewest_steps,
        reason=reason,
    )


SCENARIO = Scenario(
    name="stale-value",
    title="The price has changed, but the page shows the old one",
    summary="A line outside the views runs when the app is loaded, never again. Read inside the view what may change.",
    story=Story("""
        price: shared register
        alice: GET /price    shows price
        alice: GET /price    shows price
        bob: GET /price      shows price
        world: write price.txt VALUE    writes price
    """),
    stores=("price.txt",),
    variants=(
        old(
            "broken",
            "flask",
            "broken.py",
            variable="price",
            defined='price = Path("price.txt").read_text()',
        ),
        Variant(name="fixed", framework="flask", app="fixed.py"),
        old(
            "wrong-default-argument",
            "flask",
            "wrong_default_argument.py",
            variable="price",
            defined="def show_price(price=read_price()):",
            reason="It looks as if it were read in the view, but a default is computed once, when Python runs the "
            "line with def.",
        ),
        old(
            "wrong-lru-cache",
            "flask",
            "wrong_lru_cache.py",
            variable="read_price",
            defined="def read_price():",
            changed="return read_price()",
            fewest_steps=3,
            reason="The file is read in the view, but lru_cache keeps the first answer for as long as the worker "
            "lives.",
        ),
        Variant(
            name="wrong-update-view",
            framework="flask",
            app="wrong_update_view.py",
            expects=STALE,
            where=Where(file="wrong_update_view.py", text='price = Path("price.txt").read_text()', variable="price"),
            changed=Where(file="wrong_update_view.py", text='price = request.form["price"]', variable="price"),
            fewest_steps=2,
            reason="A view that sets the variable reaches one worker, the one that got this request. The others keep "
            "what they had.",
            story=Story("""
                price: shared register
                alice: POST /price price=VALUE    writes price
                alice: GET /price    shows price
                bob: GET /price      shows price
            """),
        ),
        old(
            "broken",
            "django",
            "django_broken.py",
            variable="TICKET_PRICE",
            defined='TICKET_PRICE = Path("price.txt").read_text()',
        ),
        Variant(name="fixed", framework="django", app="django_fixed.py"),
        old(
            "wrong-class-body",
            "django",
            "django_wrong_class_body.py",
            variable="Price.ticket_price",
            defined='ticket_price = Path("price.txt").read_text()',
            reason="The body of a class is run once, when the app is loaded. Only what is inside its methods is run "
            "for a request.",
        ),
        old(
            "wrong-cache",
            "django",
            "django_wrong_cache.py",
            variable="cache",
            defined=None,
            changed='ticket_price = cache.get_or_set("price", Path("price.txt").read_text)',
            fewest_steps=3,
            reason="A cache answers with what it kept until its time is over, five minutes here, and each worker "
            "keeps its own.",
        ),
        old(
            "broken",
            "fastapi",
            "fastapi_broken.py",
            variable="fare",
            defined='fare = Path("price.txt").read_text()',
        ),
        Variant(name="fixed", framework="fastapi", app="fastapi_fixed.py"),
        old(
            "wrong-startup",
            "fastapi",
            "fastapi_wrong_startup.py",
            variable="app.state.fare",
            defined='app.state.fare = Path("price.txt").read_text()',
            reason="A start-up function runs later than the import, but no more often: once for each start of a "
            "worker.",
        ),
        old(
            "wrong-cached-dependency",
            "fastapi",
            "fastapi_wrong_cached_dependency.py",
            variable="read_fare",
            defined="def read_fare() -> str:",
            fewest_steps=3,
            reason="FastAPI asks the dependency anew for each request, but lru_cache answers with the first value "
            "it ever saw.",
        ),
    ),
)
