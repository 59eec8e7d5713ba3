"""The fixture in tests as people write them; each run is a pytest of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import psutil
import pytest

pytest_plugins = ["pytester"]

APP = """
from flask import Flask

app = Flask(__name__)
the_list = []


@app.route("/add/<item>")
def add(item):
    the_list.append(item)
    return the_list


@app.route("/view")
def view():
    return the_list
"""
SHARED_TABLE = """
import sqlite3
from flask import Flask

app = Flask(__name__)


def rows(sql, *values):
    with sqlite3.connect("items.db") as base:
        return [row[0] for row in base.execute(sql, values)]


rows("CREATE TABLE IF NOT EXISTS items (name)")


@app.route("/add/<item>")
def add(item):
    rows("INSERT INTO items VALUES (?)", item)
    return "ok"


@app.route("/view")
def view():
    return rows("SELECT name FROM items")
"""
STORY = '''
from simulator import Story

SHOPPING = Story("""
    alice: GET /add/VALUE
    alice: GET /view        shows
    bob: GET /add/VALUE
    bob: GET /view          shows
""")
'''
STRICT = ("-W", "error", "--strict-markers", "--strict-config", "-p", "no:cacheprovider")


@pytest.fixture(autouse=True)
def _warm():
    """What the inner runs need is imported before, so that not each of them imports it again."""
    import simulator.explore.run
    import simulator.testing

    assert simulator.testing
    assert simulator.explore.run


@pytest.fixture
def project(pytester, monkeypatch):
    """A folder with the article's app; `GITHUB_ACTIONS` and the like do not change what pytest prints."""
    for name in ("CI", "BUILD_NUMBER", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    pytester.makepyfile(flask_app=APP, table_app=SHARED_TABLE)
    return pytester


def test_a_pinned_order_fails_with_the_example_and_the_lines_to_paste_and_nothing_of_ours(project):
    project.makepyfile(
        test_pinned=STORY
        + """
def test_lost(multiworker):
    multiworker("flask_app:app").check(SHOPPING, order="2:aa")

def test_parity_trap(multiworker):
    multiworker("flask_app:app").check(SHOPPING, order="2:abab")
"""
    )
    result = project.runpytest_inprocess(*STRICT, "test_pinned.py")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "____* test_lost ____*",
            "W002 lost write, order 2:aa (1 of 1 order fail)",
            '   1  alice  GET /add/alice-1  worker 1  [[]"alice-1"[]]',
            "   2  alice  GET /view         worker 2  [[][]]           <- alice-1 is missing",
            "replay: workersim replay 2:aa --test test_pinned-test_lost",
            "FAILED test_pinned.py::test_lost - W002 lost *",
        ]
    )
    text = result.stdout.str()
    assert "simulator/" not in text
    assert "Traceback" not in text


def test_every_order_and_routing(project):
    project.makepyfile(
        test_all=STORY
        + """
def test_all(multiworker):
    multiworker("flask_app:app", workers=2, load="once").check(SHOPPING)

def test_repaired(multiworker):
    multiworker("table_app:app", load="once", stores=["items.db"]).check(SHOPPING.shared())
"""
    )
    result = project.runpytest_inprocess(*STRICT, "-o", "junit_family=xunit2", "--junit-xml=out.xml", "test_all.py")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "W002 lost write, order 2:aa (4 of 6 orders fail)",
            'pin:    multiworker("flask_app:app").check(SHOPPING, order="2:aa")',
            "W003 leak, order 1:ab (6 of 6 orders fail)",
        ]
    )
    cases = {case.get("name"): case for case in ET.parse(project.path / "out.xml").iter("testcase")}
    properties = [(one.get("name"), one.get("value")) for one in cases["test_all"].iter("property")]
    expected = [("workers", "2"), ("order", "2:aa"), ("code", "W002")]
    assert properties == [*expected, ("workers", "1"), ("order", "1:ab"), ("code", "W003")]
    assert next(cases["test_all"].iter("failure")).get("message").startswith("W002 lost write, order 2:aa")
    assert not list(cases["test_repaired"].iter("property"))


def test_an_executor_plays_what_is_played_for_real(project):
    project.makepyfile(
        test_executor=STORY
        + """
from concurrent.futures import ThreadPoolExecutor
from simulator.explore import shares

class Counted(ThreadPoolExecutor):
    asked = 0

    def submit(self, *work):
        self.asked += 1
        return super().submit(*work)

def test_others(multiworker, monkeypatch):
    monkeypatch.setattr(shares, "WORTH_S", 0.0)
    with Counted(2) as executor:
        app = multiworker("flask_app:app", workers=1, load="once", routing="sticky", orders=3, executor=executor)
        app.run(SHOPPING)
    assert executor.asked == 2
"""
    )
    project.runpytest_inprocess(*STRICT, "test_executor.py").assert_outcomes(passed=1)


def test_the_line_of_the_variable_is_named(project):
    project.makepyfile(
        test_line=STORY
        + """
def test_line(multiworker):
    multiworker("flask_app:app", load="once").check(SHOPPING, order="2:aa")
"""
    )
    result = project.runpytest_inprocess(*STRICT, "test_line.py")
    result.stdout.fnmatch_lines(["flask_app.py:4: the_list = [[][]] *worker 1 [[]'alice-1'[]] *worker 2 [[][]]"])


def test_the_printed_lines_work_when_they_are_pasted(project):
    project.makepyfile(
        test_paste=STORY
        + """
def test_lost(multiworker):
    multiworker("table_app:app", stores=["items.db"]).check(SHOPPING, order="1:abb")
"""
    )
    result = project.runpytest_inprocess(*STRICT, "test_paste.py")
    (line,) = [line for line in result.stdout.lines if line.startswith("replay: workersim")]
    again = workersim(project.path, *line.split()[2:])
    assert again.returncode == 1, again.stdout + again.stderr
    assert "W003 leak" in again.stdout
    pinned = workersim(project.path, *line.split()[2:], "--as-pytest")
    assert pinned.returncode == 0, pinned.stderr
    project.makepyfile(test_printed=pinned.stdout)
    printed = project.runpytest_inprocess(*STRICT, "test_printed.py")
    printed.assert_outcomes(failed=1)
    printed.stdout.fnmatch_lines(["W003 leak, order 1:abb *"])


def workersim(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from simulator.commands import main; sys.exit(main())"
    return subprocess.run([sys.executable, "-c", code, *words], cwd=folder, capture_output=True, text=True, timeout=60)


def test_statements(project):
    project.makepyfile(
        test_statements=STORY
        + """
import pytest

@pytest.fixture
def report(multiworker):
    return multiworker("flask_app:app", load="once").run(SHOPPING.shared())

def test_no_lost_writes(report):
    report.no_lost_writes()

def test_no_leaks(report):
    report.no_leaks().never_stale()

def test_same_on_every_worker(report):
    report.same_on_every_worker()

def test_survives_reload(report):
    report.survives_reload()
"""
    )
    result = project.runpytest_inprocess(*STRICT, "-rA", "test_statements.py")
    result.assert_outcomes(failed=3, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_survives_reload _*",
            "* operator  reload*",
            "PASSED test_statements.py::test_no_leaks",
            "FAILED test_statements.py::test_no_lost_writes - W002 *",
            "FAILED test_statements.py::test_same_on_every_worker - W002 *",
            "FAILED test_statements.py::test_survives_reload - W002 *",
        ]
    )


def test_unknown_fails_with_its_reason_and_mistakes_are_told_as_text(project):
    project.makepyfile(
        test_unknown=STORY
        + """
def test_nothing_there(multiworker):
    story = Story("alice: GET /ad/VALUE\\nalice: GET /vew shows")
    multiworker("flask_app:app").check(story, order="2:aa")

def test_no_leaks_in_nothing(multiworker):
    story = Story("alice: GET /ad/VALUE\\nalice: GET /vew shows")
    multiworker("flask_app:app").run(story, order="2:aa").no_leaks()

def test_no_such_app(multiworker):
    multiworker("flask_ap:app").check(SHOPPING)

def test_no_such_order(multiworker):
    multiworker("flask_app:app").check(SHOPPING, order="2:axa")

def test_no_such_number(multiworker):
    multiworker("flask_app:app", workers=0).check(SHOPPING)

def test_made_here(multiworker):
    import flask
    multiworker(flask.Flask("flask_app")).check(SHOPPING)
"""
    )
    result = project.runpytest_inprocess(*STRICT, "test_unknown.py")
    result.assert_outcomes(failed=6)
    result.stdout.fnmatch_lines(
        [
            "unknown: *404*",
            "unknown: *404*",
            'error E101: no module "flask_ap" *',
            "   Did you mean flask_app:app?",
            "error E204: *",
            'error E207: * is "0", but must be a whole number from 1 to 64',
            "error E200: this Flask object was made inside of a fixture or test, *",
            '   Name what makes it: multiworker("*:create_app()")',
        ]
    )
    assert "simulator/" not in result.stdout.str()


def test_a_story_in_python(project):
    project.makepyfile(
        test_python="""
from simulator import Story, items

cart = items("cart")

def shop(user):
    item = user.token()
    user.get(f"/add/{item}", adds=cart[item])
    user.get("/view", reads=cart)

STORY = Story(users={"alice": shop}, keys=[cart])

def test_python(multiworker):
    multiworker("flask_app:app").check(STORY, order="2:aa")
"""
    )
    result = project.runpytest_inprocess(*STRICT, "test_python.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["W002 lost write, order 2:aa *"])
    assert "replay:" not in result.stdout.str()


def test_the_marker_makes_a_test_of_each_way(project):
    project.makepyfile(
        test_marker=STORY
        + """
import pytest

pytestmark = pytest.mark.multiworker(workers=[2, 3])

@pytest.mark.multiworker(load=["once", "per-worker"])
def test_each(multiworker):
    report = multiworker("flask_app:app").run(SHOPPING, order="1:ab")
    assert report.result.workers in (2, 3)

@pytest.mark.multiworker(workers=1)
def test_twice(multiworker):
    multiworker("flask_app:app", workers=2)
"""
    )
    result = project.runpytest_inprocess(*STRICT, "-v", "test_marker.py")
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines_random(
        [f"*::test_each[[]{workers}-{load}[]] PASSED*" for load in ("once", "per-worker") for workers in (2, 3)]
    )
    result.stdout.fnmatch_lines(["error E200: workers is said twice*"])


def test_a_marker_of_another_form_is_refused(project):
    project.makepyfile(
        test_wrong="""
import pytest

@pytest.mark.multiworker(wrokers=[2])
def test_wrong(multiworker):
    pass
"""
    )
    result = project.runpytest_inprocess(*STRICT, "test_wrong.py")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*the marker multiworker takes workers=[[]...[]], load=[[]...[]], routing=[[]...[]]*"])


def test_settings_come_from_ini_over_pyproject_under_the_call(project):
    project.makefile(
        ".toml",
        pyproject='[tool.workersim]\napp = "flask_app:app"\nworkers = 4\nwrite = "/add/VALUE"\nread = "/view"\n',
    )
    project.makefile(".ini", pytest="[pytest]\nworkersim_workers = 3\nworkersim_store =\n    items.db\n")
    (project.path / "items.db").write_bytes(b"")
    project.makepyfile(
        test_settings="""
import pytest

def test_said_nowhere_else(multiworker):
    report = multiworker().run(order="1:ab")
    assert (report.result.app, report.result.workers) == ("flask_app:app", 3)

def test_called(multiworker):
    assert multiworker(workers=2).run(order="1:ab").result.workers == 2

def test_variable(multiworker, monkeypatch):
    monkeypatch.setenv("WORKERSIM_WORKERS", "5")
    assert multiworker().run(order="1:ab").result.workers == 5
"""
    )
    project.runpytest_inprocess(*STRICT, "test_settings.py").assert_outcomes(passed=3)
    project.makefile(".ini", pytest="[pytest]\nworkersim_workers = many\n")
    result = project.runpytest_inprocess(*STRICT, "test_settings.py")
    result.stdout.fnmatch_lines(['error E207: pytest.ini: workersim_workers is "many", but must be a whole number *'])


def test_pages(project):
    project.makepyfile(
        test_pages=STORY
        + """
def test_two(multiworker):
    multiworker("flask_app:app").run(SHOPPING, order="2:aa")
    multiworker("flask_app:app").run(SHOPPING, order="2:abab")
"""
    )
    project.runpytest_inprocess(*STRICT, "--workersim-html", "pages", "test_pages.py").assert_outcomes(passed=1)
    pages = sorted((project.path / "pages").iterdir())
    assert [path.name for path in pages] == ["test_pages-test_two-2.html", "test_pages-test_two.html"]
    assert "alice-1 is missing" in pages[1].read_text()


def test_several_processes_of_xdist(project):
    project.makepyfile(
        test_many=STORY
        + """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_fails(multiworker, number):
    report = multiworker("flask_app:app").run(SHOPPING, order="2:aa")
    with open("said.txt", "a") as said:
        print([(one.finding, one.steps, one.blame) for one in report.result.examples], file=said)
    report.ok()

@pytest.mark.parametrize("number", range(3))
def test_passes(multiworker, number):
    multiworker("table_app:app", stores=["items.db"]).check(SHOPPING.shared(), order="2:aabb")
"""
    )
    result = project.runpytest_subprocess(
        "-W", "error", "--strict-markers", "-n", "2", "--junit-xml=o.xml", timeout=180
    )
    result.assert_outcomes(failed=3, passed=3)
    result.stdout.fnmatch_lines(
        ["W002 lost write, order 2:aa (1 of 1 order fail)", "FAILED test_many.py::test_fails* - W002 *"]
    )
    names = [one.get("name") for one in ET.parse(project.path / "o.xml").iter("property")]
    assert names == ["workers", "order", "code"] * 3
    said = (project.path / "said.txt").read_text().splitlines()
    assert (len(said), len(set(said))) == (3, 1)


def test_last_failed_and_first_failure(project):
    project.makepyfile(
        test_last=STORY
        + """
def test_fails(multiworker):
    multiworker("flask_app:app").check(SHOPPING, order="2:aa")

def test_passes(multiworker):
    multiworker("flask_app:app").check(SHOPPING, order="2:abab")
"""
    )
    assert project.runpytest_inprocess("-W", "error", "-x", "test_last.py").parseoutcomes() == {"failed": 1}
    project.runpytest_inprocess("-W", "error", "test_last.py").assert_outcomes(failed=1, passed=1)
    assert project.runpytest_inprocess("-W", "error", "--lf", "test_last.py").parseoutcomes() == {
        "failed": 1,
        "deselected": 1,
    }


def test_nothing_of_the_package_is_imported_before_the_fixture_is_used(project):
    project.makepyfile(
        test_other="""
import sys

def test_other():
    ours = sorted(name for name in sys.modules if name.startswith("simulator"))
    assert ours == ["simulator", "simulator.pytest_plugin"]
    assert not {"httpx", "rich", "typer", "greenlet"} & set(sys.modules)
"""
    )
    project.runpytest_subprocess(*STRICT, timeout=60).assert_outcomes(passed=1)


def test_the_package_itself_is_cheap_to_import():
    code = "import sys; import simulator; print(sorted(n for n in sys.modules if n.startswith('simulator')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "['simulator']"


def test_public_names():
    import simulator

    for name in simulator.__all__:
        assert getattr(simulator, name).__module__.startswith("simulator.story")
    with pytest.raises(AttributeError, match="Storey"):
        _ = simulator.Storey


def test_a_test_says_the_same_alone_first_last_and_after_others(project, monkeypatch):
    """What is kept from one test to the next is the zygote; what an application is started with is each test's own."""
    project.makepyfile(
        named_app="""
import os
from flask import Flask

app = Flask(__name__)
first = []

@app.route("/add/<item>")
def add(item):
    first.append(item)
    return [os.environ.get("SHOP", "none"), os.environ["PYTEST_CURRENT_TEST"], *first]
""",
        test_named="""
import os
from simulator import Story

STORY = Story("alice: GET /add/VALUE\\nbob: GET /add/VALUE")

def say(report, name):
    shown = [(one.finding.name, one.steps, one.blame) for one in report.result.examples]
    with open(f"{name}.txt", "a") as file:
        print(shown, report.result.orders, report.result.notes, report.result.rows, file=file)

def test_plain(multiworker):
    say(multiworker("named_app:app").run(STORY, order="2:ab"), "plain")

def test_shop(multiworker, monkeypatch):
    monkeypatch.setenv("SHOP", "other")
    say(multiworker("named_app:app").run(STORY, order="2:ab"), "shop")

def test_end(multiworker):
    say(multiworker("named_app:app").run(STORY, order="2:aRb"), "end")
""",
    )
    plain, shop, end = (f"test_named.py::test_{name}" for name in ("plain", "shop", "end"))
    for tests in ([plain, shop, end], [end, plain], [shop]):
        project.runpytest_inprocess(*STRICT, *tests).assert_outcomes(passed=len(tests))
    said = [(project.path / f"{name}.txt").read_text().splitlines() for name in ("plain", "shop", "end")]
    assert [len(set(lines)) for lines in said] == [1, 1, 1], said


ENDING = """
import os, signal
from flask import Flask

app = Flask(__name__)

@app.route("/")
def home():
    return "home"

@app.route("/end")
def end():
    open("written.txt", "w").write("of a run that does not end")
    os.kill(int(os.environ["PYTEST"]), getattr(signal, os.environ["END"]))
    return "ended"
"""


@pytest.mark.parametrize("end", ["SIGINT", "SIGKILL"])
@pytest.mark.parametrize("where", ["in a check", "between two"])
def test_nothing_is_left_however_pytest_ends(project, monkeypatch, eventually, where, end):
    monkeypatch.setenv("END", end)
    project.makepyfile(
        ending=ENDING,
        test_ending=f"""
import os, signal, pytest
from simulator import Story

@pytest.fixture(autouse=True)
def _process(monkeypatch):
    monkeypatch.setenv("PYTEST", str(os.getpid()))

def test_before(multiworker):
    multiworker("ending:app").run(Story("alice: GET /"), order="2:a")

def test_end(multiworker):
    if {where == "between two"}:
        os.kill(os.getpid(), signal.{end})
    multiworker("ending:app").run(Story("alice: GET /end"), order="2:a")
""",
    )
    command = [sys.executable, "-m", "pytest", *STRICT, "test_ending.py"]
    done = subprocess.run(command, cwd=project.path, capture_output=True, text=True, timeout=60)
    assert done.returncode == (pytest.ExitCode.INTERRUPTED if end == "SIGINT" else -signal.SIGKILL), done.stdout
    assert eventually(lambda: not _with_folder(project.path))
    assert eventually(lambda: not (project.path / "written.txt").exists())


def _with_folder(folder: Path) -> list[psutil.Process]:
    """Those that work in `folder`, but for this one; one that has ended has none."""
    others = (process for process in psutil.process_iter(["cwd"]) if process.pid != os.getpid())
    return [process for process in others if process.info["cwd"] == str(folder)]


REPEATS = os.environ.get("WORKERSIM_REPEATS")
AGAIN = {"one order": (20, "SHOPPING, order='2:abba'"), "every routing": (3, "SHOPPING")}


@pytest.mark.parametrize("what", AGAIN)
def test_the_same_again_and_again(what, project, tmp_path, monkeypatch):
    """WORKERSIM_REPEATS=100 for more; with a busy machine beside it, it must say the same."""
    times, asked = AGAIN[what]
    times = int(REPEATS or times)
    project.makepyfile(
        test_again=STORY
        + f"""
import pytest

@pytest.mark.parametrize("number", range({times}))
def test_again(multiworker, number):
    result = multiworker("flask_app:app").run({asked}).result
    shown = [(one.finding.name, one.order, one.steps, one.blame) for one in result.examples]
    with open("seen.txt", "a") as seen:
        print(repr((result.verdict, result.rows, result.orders, result.notes, shown)), file=seen)
"""
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    before = traces(temporary)
    project.runpytest_inprocess(*STRICT, "-q", "test_again.py").assert_outcomes(passed=times)
    seen = (project.path / "seen.txt").read_text().splitlines()
    assert len(seen) == times
    assert len(set(seen)) == 1
    assert traces(temporary) == before
    assert not (project.path / ".workersim").exists()


def traces(temporary: Path) -> tuple[set[int], set[str], int]:
    """Processes of ours, temporary files, open descriptors."""
    children = {child.pid for child in psutil.Process().children(recursive=True)}
    files = {path.name for path in temporary.iterdir() if not path.name.startswith("pytest-of-")}
    return children, files, len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0
