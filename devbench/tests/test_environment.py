"""A bench's own view of the shared Python packages."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from devbench import environment
from devbench.layout import CHECKOUT, Bench


@pytest.fixture
def shared(tmp_path):
	"""A shared environment with one package, one program, and a .pth file as setuptools has it."""
	packages = (
		tmp_path / "shared" / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
	)
	packages.mkdir(parents=True)
	(packages / "colours.py").write_text("RED = 1\n")
	(packages / "hook.pth").write_text("import sys; sys.hooked = True\n")
	(tmp_path / "shared" / "bin").mkdir()
	ruff = tmp_path / "shared" / "bin" / "ruff"
	ruff.write_text("#!/bin/sh\necho the real ruff\n")
	ruff.chmod(0o755)
	return SimpleNamespace(packages=packages, python=tmp_path / "shared" / "bin" / "python")


@pytest.fixture
def bench(tmp_path):
	made = Bench(tmp_path / ".bench", "demo", 0, 0, 0, 0)
	(made.apps / "frappe" / "frappe").mkdir(parents=True)
	(made.apps / "frappe" / "frappe" / "__init__.py").write_text("")
	return made


def output(bench, code):
	return subprocess.run(
		[bench.python, "-c", code], capture_output=True, text=True, check=True, cwd="/"
	).stdout.strip()


def test_it_finds_packages_framework_app_bridge_and_tools(bench, shared):
	environment.make_view(bench, shared)
	code = "import colours, frappe, aftersales, aftersales_bridge, devbench; print(frappe.__file__, aftersales.__file__)"
	frappe, aftersales = output(bench, code).split()
	assert frappe == str(bench.apps / "frappe" / "frappe" / "__init__.py")
	assert aftersales == str(CHECKOUT / "apps" / "aftersales" / "__init__.py")


def test_pth_files_of_the_shared_packages_count(bench, shared):
	environment.make_view(bench, shared)
	assert output(bench, "import sys; print(sys.hooked)") == "True"


def test_ruff_is_the_program_itself(bench, shared):
	"""`python -m ruff` runs what lies beside Python; a script there that runs `python -m ruff` would never end."""
	environment.make_view(bench, shared)
	assert (
		subprocess.run([bench.root / "env/bin/ruff"], capture_output=True, text=True, timeout=10).stdout
		== "the real ruff\n"
	)


def test_it_is_kept_while_it_fits_and_made_anew_when_not(bench, shared):
	environment.make_view(bench, shared)
	(bench.root / "env" / "kept").write_text("")
	environment.make_view(bench, shared)
	assert (bench.root / "env" / "kept").exists()
	bench.python.unlink()
	environment.make_view(bench, shared)
	assert not (bench.root / "env" / "kept").exists()
	assert output(bench, "print(1)") == "1"


def test_a_view_that_was_interrupted_is_made_anew(bench, shared):
	environment.make_view(bench, shared)
	(bench.stamps / "env").unlink()
	Path(bench.root / "env" / "half").write_text("")
	environment.make_view(bench, shared)
	assert not (bench.root / "env" / "half").exists()
