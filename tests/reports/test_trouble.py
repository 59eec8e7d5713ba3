from __future__ import annotations

import pytest

from simulator.errors import (
    AppAmbiguous,
    AppCrashed,
    AppImportFailed,
    AppLoadTimedOut,
    AppNotFound,
    PlatformError,
    PortInUse,
    ScenarioNotFound,
    WorkersimError,
)
from simulator.reports.layout import width_of
from simulator.reports.style import Style
from simulator.reports.trouble import error

TROUBLES = {
    "no-file": AppNotFound("no file flask_ap.py here (/home/mia/mysite)", do=["Did you mean flask_app.py?"]),
    "import": AppImportFailed(
        'module "mysite" was found but failed while it was imported',
        why=["mysite/__init__.py:3   from models import User", "ModuleNotFoundError: No module named 'models'"],
        do=["Perhaps: from mysite.models import User. Searched: /home/mia"],
    ),
    "two-apps": AppAmbiguous(
        'flask_app.py has two apps: "app" (line 6) and "admin" (line 31)',
        do=["Say which: workersim run flask_app.py:app"],
    ),
    "server": AppLoadTimedOut(
        "flask_app.py was still being imported after 10 s",
        why=["flask_app.py:22   serve(app, port=8080)"],
        do=["A server seems to start during import. Put that line under", '  if __name__ == "__main__":'],
    ),
    "crash": AppCrashed(
        "worker 2 crashed before its first answer (killed by SIGSEGV)",
        why=["flask_app.py:17   rows = conn.execute(...)   in view"],
        do=[
            "Connections and threads opened at import often break after the fork.",
            "To see if that is the cause:  workersim run flask_app.py --load per-worker",
        ],
    ),
    "scenario": ScenarioNotFound('no scenario "lost-lits". Did you mean lost-write?', do=["All: workersim list"]),
    "port": PortInUse(
        "port 8765 on 127.0.0.1 is in use by python3 (pid 4711, you)",
        do=['Another "workersim workshop"? Stop it, or: workersim workshop --port 8766 (free)'],
    ),
    "windows": PlatformError(
        "this needs os.fork, which Windows does not have",
        do=[
            "Use WSL (wsl --install), a Codespace, or PythonAnywhere's own console.",
            "Reports and lessons can be read here: workersim explain, workersim list",
        ],
    ),
    "internal": WorkersimError(
        "workersim itself failed (KeyError: 'w3' in proxy.py:88)",
        do=["Your app is not to blame. Please report with .workersim/crash-20261122.txt"],
    ),
    "deep": AppImportFailed(
        "\x1b[31mflask_app.py raised while it was imported",
        why=[f"app/part{number}.py:{number}   call(\x07)" for number in range(1, 40)] + ["RecursionError: too deep"],
        do=["Run it by itself:  python flask_app.py"],
    ),
}
STYLES = {"80": Style(), "40": Style(width=40), "80-colour": Style(colour=True), "80-ascii": Style(unicode=False)}


@pytest.mark.parametrize("look", STYLES)
@pytest.mark.parametrize("which", TROUBLES)
def test_error(which, look, approve):
    trouble = TROUBLES[which]
    approve(error(trouble, STYLES[look]), exit_code=trouble.exit_status)


@pytest.mark.parametrize("which", TROUBLES)
def test_an_error_has_six_lines_at_most(which):
    assert len(error(TROUBLES[which], Style()).splitlines()) <= 6


@pytest.mark.parametrize("which", TROUBLES)
def test_an_error_fits_a_narrow_terminal(which):
    assert all(width_of(line) <= 40 for line in error(TROUBLES[which], Style(width=40)).splitlines())
