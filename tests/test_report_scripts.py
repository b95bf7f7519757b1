"""Scripts of reports: Frappe runs one anew, at the top level, for each report that a site saves from it."""

import re
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parents[1] / "apps" / "aftersales"
SCRIPTS = sorted(APP.glob("*/report/*/*.js"))


def test_there_are_scripts():
	assert SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_may_run_twice(script):
	assert re.findall(r"^(?:const|let|class) \w+", script.read_text(encoding="utf-8"), re.M) == []
