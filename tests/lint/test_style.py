"""Style and format of every Python file, as `make lint` checks them."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("command", [("check",), ("format", "--check")], ids=["check", "format"])
def test_ruff(command):
	done = subprocess.run(
		[sys.executable, "-m", "ruff", *command, "."], cwd=ROOT, capture_output=True, text=True, timeout=120
	)
	assert done.returncode == 0, f"run `make format`\n{done.stdout}{done.stderr}"
