"""SARIF against the schema of OASIS, JUnit against that of Jenkins' xunit plugin.

Neither schema is ours to ship, so this runs where `WORKERSIM_SCHEMAS` names a folder that has both
(sarif-schema-2.1.0.json, junit-10.xsd) and jsonschema and xmlschema are installed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from simulator.reports.junit import junit
from simulator.reports.sarif import sarif

FOLDER = os.environ.get("WORKERSIM_SCHEMAS")
pytestmark = pytest.mark.skipif(not FOLDER, reason="WORKERSIM_SCHEMAS names no folder with the schemas")
RESULTS = ["broken", "fixed", "stale", "unclear", "hostile"]


@pytest.mark.parametrize("which", RESULTS)
def test_sarif(which, request):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(Path(FOLDER, "sarif-schema-2.1.0.json").read_text())
    jsonschema.validate(json.loads(sarif([request.getfixturevalue(which)])), schema)


@pytest.mark.parametrize("which", RESULTS)
def test_junit(which, request):
    xmlschema = pytest.importorskip("xmlschema")
    schema = xmlschema.XMLSchema(str(Path(FOLDER, "junit-10.xsd")))
    schema.validate(junit([request.getfixturevalue(which)]).encode())
