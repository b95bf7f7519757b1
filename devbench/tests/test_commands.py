"""The commands as a person runs them: the right Python, one sentence for a mistake, help for the rest."""

import os
import shutil
import subprocess
import sys

import pytest

from devbench import cli
from devbench.errors import Stop
from devbench.layout import CHECKOUT

LAUNCHER = CHECKOUT / "devbench" / "launch.sh"


@pytest.fixture
def shell(tmp_path):
	"""Runs the launcher with nothing on the path but the named Pythons; gives exit code and output."""

	def run(pythons, *arguments, **environment):
		for name, script in pythons.items():
			(tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
			(tmp_path / name).chmod(0o755)
		for name in ("dirname", "uname"):
			if not (tmp_path / name).exists():
				(tmp_path / name).symlink_to(shutil.which(name))
		launcher = LAUNCHER.read_text().replace("/usr/bin/python3", str(tmp_path / "system-python"))
		copy = tmp_path / "devbench" / "launch.sh"
		copy.parent.mkdir(exist_ok=True)
		copy.write_text(launcher)
		environment = {"PATH": str(tmp_path), "HOME": str(tmp_path), **environment}
		done = subprocess.run(
			["/bin/sh", copy, *arguments], env=environment, capture_output=True, text=True, timeout=30
		)
		return done.returncode, done.stdout + done.stderr

	return run


TOO_NEW = "exit 1"
FITS = 'case "$1" in -c) exit 0;; *) echo "$0 $@";; esac'


def test_another_python_is_taken_when_python3_does_not_fit(shell, tmp_path):
	code, output = shell({"python3": TOO_NEW, "python3.11": FITS}, "status")
	assert (code, output) == (0, f"{tmp_path}/python3.11 -m devbench status\n")


def test_python3_goes_first_when_it_fits(shell, tmp_path):
	assert shell({"python3": FITS, "python3.12": FITS}, "status")[1].startswith(f"{tmp_path}/python3 ")


def test_no_fitting_python_is_one_sentence(shell):
	code, output = shell({"python3": TOO_NEW}, "start")
	assert code == 1
	assert output.startswith("Python 3.10, 3.11 or 3.12 is needed and none was found: install one")
	assert output.count("\n") == 1


def test_a_named_python_that_does_not_fit_is_one_sentence(shell, tmp_path):
	code, output = shell({"python3": FITS, "odd": TOO_NEW}, "start", PYTHON=str(tmp_path / "odd"))
	assert code == 1
	assert (
		output
		== f"PYTHON={tmp_path}/odd is not a Python 3.10, 3.11 or 3.12: point it to one, or leave it out.\n"
	)


def test_the_real_launcher_finds_a_python():
	done = subprocess.run(["sh", LAUNCHER, "--help"], capture_output=True, text=True, timeout=60, cwd="/")
	assert done.returncode == 0
	for name in cli.COMMANDS:
		assert f"\n  {name} " in done.stdout


def test_every_command_is_a_make_target():
	makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
	named = makefile.partition("COMMANDS :=")[2].partition("\n")[0].split()
	assert sorted(named) == sorted(cli.COMMANDS)


@pytest.mark.parametrize(
	("failure", "code", "said"),
	[
		(Stop("Port 80 is taken: name another."), 1, "\nPort 80 is taken: name another.\n"),
		(KeyboardInterrupt(), 130, "\nInterrupted. The same command goes on from here.\n"),
		(
			OSError(28, "No space"),
			1,
			"\nThe disk is full: free some gigabytes and run the same command again.\n",
		),
	],
)
def test_mistakes_are_told_in_one_sentence(monkeypatch, capsys, failure, code, said):
	def fail(_arguments):
		raise failure

	monkeypatch.setitem(cli.COMMANDS, "start", fail)
	monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
	assert cli.main(["start"]) == code
	assert capsys.readouterr().err == said


def test_other_errors_are_not_hidden(monkeypatch):
	def fail(_arguments):
		raise PermissionError(13, "Permission denied")

	monkeypatch.setitem(cli.COMMANDS, "start", fail)
	monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
	with pytest.raises(PermissionError):
		cli.main(["start"])


@pytest.mark.parametrize("command", ["status", "console", "ring"])
def test_commands_on_a_bench_that_is_down(monkeypatch, tmp_path, capsys, command):
	from devbench.layout import Bench

	monkeypatch.setattr(cli, "demo_bench", lambda: Bench(tmp_path / ".bench", "demo", 0, 0, 0, 0))
	monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
	assert cli.main([command]) == 1
	shown = capsys.readouterr()
	assert "make start" in shown.out + shown.err


def test_building_needs_nothing_but_the_standard_library():
	"""What runs before the bench has its packages must not import any of them."""
	code = "import devbench.cli, devbench.framework, sys; print([n for n in ('mariadb', 'frappe', 'pytest') if n in sys.modules])"
	environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
	done = subprocess.run(
		[sys.executable, "-S", "-c", code], env=environment, capture_output=True, text=True, timeout=60
	)
	assert done.stdout == "[]\n", done.stderr
