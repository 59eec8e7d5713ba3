"""`workersim run` as people and programs use it: streams, exit codes, files, and where its settings come from."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

Workersim = Callable[..., Any]
Approve = Callable[..., None]

APPS = Path(__file__).parent / "apps"
PATHS = ("--write", "/add/VALUE", "--read", "/view")
CONFIG = '[tool.workersim]\napp = "broken.py"\nwrite = "/add/VALUE"\nread = "/view"\norder = "{order}"\n'
ONCE = ("--order", "2:aabb")


@pytest.fixture
def site(workersim: Workersim, tmp_path: Path) -> Path:
    """The folder in which commands run, with the apps of these tests in it."""
    shutil.copytree(APPS, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "stories" / "syntax.py").write_text("STORY = (\n")
    return tmp_path


@pytest.mark.usefixtures("site")
def test_json_is_one_object_and_nothing_else(workersim: Workersim) -> None:
    ran = workersim("run", "broken.py", *PATHS, "--json")
    assert (ran.code, ran.err) == (1, "")
    result = json.loads(ran.out)
    assert (result["schema"], result["verdict"], result["app"], result["workers"]) == (1, "problem", "broken.py", 2)
    assert result["orders"]["run"] == 6
    assert result["orders"]["complete"] is True
    assert {"lost-write", "cross-user-leak"} <= {finding["name"] for finding in result["findings"]}
    assert {"name", "order", "user", "step", "worker", "expected", "got"} <= set(result["findings"][0])


@pytest.mark.usefixtures("site")
def test_json_with_every_file_still_is_one_object(workersim: Workersim) -> None:
    files = ("--junit", "a/j.xml", "--sarif", "s.sarif", "--trace", "t.json", "--har", "h.har", "--html")
    ran = workersim("run", "broken.py", *PATHS, *ONCE, "--json", *files, env={"GITHUB_ACTIONS": "true"})
    assert json.loads(ran.out)["verdict"] == "problem"
    assert ElementTree.parse("a/j.xml").getroot().tag == "testsuites"
    assert json.loads(Path("s.sarif").read_text())["version"] == "2.1.0"
    assert json.loads(Path("t.json").read_text())["traceEvents"]
    assert json.loads(Path("h.har").read_text())["log"]["entries"]
    assert "<html" in Path(".workersim/latest.html").read_text()
    assert "::error" in ran.err
    assert [line for line in ran.err.splitlines() if line.startswith("Wrote ")] == [
        f"Wrote {name}" for name in ("a/j.xml", "s.sarif", ".workersim/latest.html", "t.json", "h.har")
    ]
    assert "wsim" not in Path("t.json").read_text()


@pytest.mark.usefixtures("site")
def test_on_github_findings_are_annotations_and_a_summary(workersim: Workersim, tmp_path: Path) -> None:
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    ran = workersim("run", "broken.py", *PATHS, *ONCE, "-q", env=env)
    assert any(line.startswith("::error ") and "W002" in line for line in ran.out.splitlines())
    assert "\x1b[" not in ran.out
    assert "| broken.py |" in (tmp_path / "summary.md").read_text()


@pytest.mark.usefixtures("site")
def test_quiet_is_one_line(workersim: Workersim) -> None:
    ran = workersim("run", "broken.py", *PATHS, *ONCE, "-q")
    assert (ran.code, ran.err, ran.out.count("\n")) == (1, "", 1)
    assert ran.out.startswith("✗ problem   broken.py: 2 problems")


@pytest.mark.usefixtures("site")
def test_very_verbose_shows_what_workers_said_on_stderr(workersim: Workersim) -> None:
    ran = workersim("run", "talks.py", *PATHS, *ONCE, "-vv")
    assert "somebody looks" not in ran.out
    assert "somebody looks" in ran.err
    assert "warning shop: one more item" in ran.err.lower()
    assert "Every order" in ran.out


@pytest.mark.usefixtures("site")
def test_settings_come_from_the_file_the_environment_and_the_options(workersim: Workersim) -> None:
    Path("pyproject.toml").write_text(CONFIG.format(order="2:aa"))

    def order_run(*options: str, **env: str) -> str:
        """The order of the last run, out of its record: what was asked for is what happened."""
        assert workersim("run", "-q", *options, env=env).code in (1, 4)
        return str(json.loads(Path(".workersim/latest.jsonl").read_text().splitlines()[0])["order"])

    assert order_run() == "2:aa"
    assert order_run(WORKERSIM_ORDER="2:ab") == "2:ab"
    assert order_run("--order", "2:ba", WORKERSIM_ORDER="2:ab") == "2:ba"


@pytest.mark.usefixtures("site")
def test_a_project_is_found_from_a_folder_inside_it(workersim: Workersim, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("pyproject.toml").write_text(CONFIG.format(order="2:aa"))
    monkeypatch.chdir("stories")
    assert workersim("run", "-q").code == 1


def test_show_config_tells_where_each_value_came_from(workersim: Workersim, approve: Approve) -> None:
    Path("pyproject.toml").write_text('[tool.workersim]\napp = "broken.py"\ntimeout = 2.5\nenv = {KEY = "hunter2"}\n')
    env = {"WORKERSIM_WORKERS": "4", "WORKERSIM_WROKERS": "4"}
    ran = workersim("run", "--show-config", "--seed", "7", "--load", "per-worker", env=env)
    assert "hunter2" not in ran.out
    approve(ran.text, exit_code=ran.code)
    shown = json.loads(workersim("run", "--show-config", "--json", env=env).out)["settings"]
    assert shown["timeout"] == {"value": "2.5", "source": "pyproject.toml"}


def test_a_projects_file_says_nothing_about_our_scenarios(workersim: Workersim) -> None:
    Path("pyproject.toml").write_text("[tool.workersim]\nworkers = 9\nwrokers = 9\n")
    ran = workersim("run", "lost-write", "--show-config")
    assert ran.code == 0
    assert "9" not in ran.out


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "line",
    [
        "broken.py --story stories/mistake.story",
        "broken.py --story stories/raises.py",
        "broken.py --story stories/without.py",
        "broken.py --story stories/syntax.py",
        "broken.py --story stories/none.story",
        "broken.py --story stories/long.story --read /view",
        "broken.py --write /add --read /view",
        "broken.py --write /add/VALUE --read /view --store nosuch://x",
        "broken.py --write /add/VALUE --read /view --order 2:xyz",
        "broken.py --write /add/VALUE --read /view --order abba",
        "broken.py",
        "two_apps_are_here",
    ],
)
def test_what_users_do_must_be_clear(workersim: Workersim, approve: Approve, line: str) -> None:
    ran = workersim("run", *line.split())
    assert (ran.code, ran.out) == (2, "")
    approve(ran.err, exit_code=ran.code)


@pytest.mark.usefixtures("site")
def test_a_store_is_put_back_after_the_run(workersim: Workersim) -> None:
    with sqlite3.connect("items.db") as database:
        database.execute("CREATE TABLE items (owner TEXT, item TEXT)")
        database.execute("INSERT INTO items VALUES ('somebody', 'mine')")
    database.close()
    assert workersim("run", "fixed.py", *PATHS, *ONCE, "--store", "items.db", "-q").code == 0
    with sqlite3.connect("items.db") as database:
        assert database.execute("SELECT * FROM items").fetchall() == [("somebody", "mine")]
    database.close()


@pytest.mark.usefixtures("site")
def test_the_record_has_its_own_gitignore_and_what_was_asked(workersim: Workersim) -> None:
    workersim("run", "broken.py", *PATHS, *ONCE, "-q", "--env", "SECRET=hunter2", "--html", "x.html")
    assert Path(".workersim/.gitignore").read_text() == "*\n"
    header = json.loads(Path(".workersim/latest.jsonl").read_text().splitlines()[0])
    assert header["app"] == "broken.py"
    last = json.loads(Path(".workersim/latest.json").read_text())
    assert last["given"] == {"app": "broken.py", "write": "/add/VALUE", "read": "/view", "order": "2:aabb"}
    assert last["withheld"] == ["--env SECRET=..."]
    assert not [path for path in Path(".workersim").iterdir() if "hunter2" in path.read_text()]


@pytest.mark.usefixtures("site")
def test_where_nothing_can_be_written_the_run_goes_on(workersim: Workersim) -> None:
    Path(".workersim").write_text("in the way")
    ran = workersim("run", "broken.py", *PATHS, *ONCE, "-q")
    assert ran.code == 1
    assert "warning: the record" in ran.err


@pytest.mark.usefixtures("site")
def test_over_http_the_port_can_be_chosen(workersim: Workersim) -> None:
    line = ("run", "broken.py", *PATHS, "--order", "2:aa", "-q")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        busy = workersim(*line, "--http", "--port", port)
        assert (busy.code, busy.out) == (2, "")
        assert busy.err.startswith(f"error E202: port {port} on 127.0.0.1 is in use")
        assert "take another port: --port " in " ".join(busy.err.split())
    assert workersim(*line, "--http", "--port", port).code == 1
    alone = workersim(*line, "--port", port)
    assert (alone.code, "--port is for --http" in alone.err) == (2, True)


@pytest.mark.usefixtures("site")
def test_a_file_that_cannot_be_written_is_wrong_use(workersim: Workersim) -> None:
    ran = workersim("run", "broken.py", *PATHS, *ONCE, "-q", "--junit", "broken.py/x.xml")
    assert ran.code == 2
    assert ran.err.startswith("error E200: broken.py/x.xml cannot be written")


def test_what_a_story_raises_names_values_by_their_labels(workersim: Workersim, tmp_path: Path) -> None:
    shutil.copy(APPS / "broken.py", tmp_path)
    Path("told.py").write_text(
        "from simulator import Story, items\n"
        "data = items('data')\n"
        "def alice(user):\n"
        "    item = user.token()\n"
        "    user.get(f'/add/{item}', adds=data[item])\n"
        "    {}[item]\n"
        "STORY = Story(users={'alice': alice})\n"
    )
    ran = workersim("run", "broken.py", "--story", "told.py", "--order", "2:a")
    assert ran.code == 4
    assert "KeyError: 'alice-1'" in ran.out
