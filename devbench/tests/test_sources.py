"""Which framework source is taken, and that only what is locked gets in."""

import hashlib
import json
import os
import time

import pytest

from devbench import sources
from devbench.errors import Stop


@pytest.fixture(autouse=True)
def own_choice(tmp_path, monkeypatch):
	"""A checkout that has not decided yet, on a machine without git."""
	monkeypatch.setattr(sources, "CHOICE", tmp_path / "framework.json")
	monkeypatch.delenv("FRAPPE_SOURCE", raising=False)
	(tmp_path / "bin").mkdir()
	monkeypatch.setenv("PATH", str(tmp_path / "bin"))


@pytest.fixture
def git(tmp_path):
	"""Puts a `git` on the path that does what the shell script says."""

	def install(script):
		program = tmp_path / "bin" / "git"
		program.write_text(f"#!/bin/sh\n{script}\n")
		program.chmod(0o755)

	return install


@pytest.fixture
def checkout(tmp_path):
	"""A folder that looks like a checkout of Frappe 15."""
	folder = tmp_path / "frappe"
	(folder / "frappe").mkdir(parents=True)
	(folder / "frappe" / "__init__.py").write_text('__version__ = "15.55.1"\n')
	(folder / "package.json").write_text(
		'{"dependencies": {"air-datepicker": "github:frappe/air-datepicker", "vue": "^3.3.0"}}'
	)
	(folder / "pyproject.toml").write_text('[project]\ndependencies = ["Click~=8.1"]\n')
	(folder / ".git").mkdir()
	(folder / ".git" / "HEAD").write_text("ref")
	return folder


def test_auto_takes_git_where_it_answers(git):
	git("echo 2115b6410c0000000000000000000000000000aa	refs/heads/version-15")
	source = sources.choose()
	assert (source.kind, source.identity) == ("git", "2115b6410c0000000000000000000000000000aa")


@pytest.mark.parametrize(
	"script", ["exit 128", "exec /bin/sleep 30", "true"], ids=["fails", "hangs", "says nothing"]
)
def test_auto_takes_the_registry_where_git_does_not_answer(git, monkeypatch, capsys, script):
	monkeypatch.setattr(sources, "GIT_SECONDS", 0.3)
	git(script)
	began = time.monotonic()
	assert sources.choose().kind == "pypi"
	assert time.monotonic() - began < 20
	assert "out of reach" in capsys.readouterr().out


def test_auto_without_git(monkeypatch):
	assert sources.choose().kind == "pypi"


def test_a_checkout_keeps_its_choice(git):
	assert sources.choose().kind == "pypi"
	git("echo 2115b6410c0000000000000000000000000000aa	refs/heads/version-15")
	assert sources.choose().kind == "pypi"


def test_naming_another_source_decides_anew(monkeypatch, checkout):
	assert sources.choose().kind == "pypi"
	monkeypatch.setenv("FRAPPE_SOURCE", f"path:{checkout}")
	assert sources.choose().kind == "path"
	monkeypatch.delenv("FRAPPE_SOURCE")
	assert sources.choose().kind == "path"


def test_a_broken_record_of_the_choice_is_passed_over():
	sources.CHOICE.write_text('{"kind": "pyp')
	assert sources.choose().kind == "pypi"


def test_git_out_of_reach_is_one_sentence(monkeypatch):
	monkeypatch.setenv("FRAPPE_SOURCE", "git")
	with pytest.raises(Stop, match="cannot be reached with git: check the network"):
		sources.choose()


@pytest.mark.parametrize("asked", ["github", "path:/nowhere/at/all", "PYPI"])
def test_unusable_sources_are_one_sentence(monkeypatch, asked):
	monkeypatch.setenv("FRAPPE_SOURCE", asked)
	with pytest.raises(Stop, match=r"use auto, git, pypi or path:DIR|no Frappe checkout: name the folder"):
		sources.choose()


def test_another_version_is_refused(monkeypatch, checkout):
	(checkout / "frappe" / "__init__.py").write_text('__version__ = "14.9.0"\n')
	monkeypatch.setenv("FRAPPE_SOURCE", f"path:{checkout}")
	with pytest.raises(Stop, match="is not Frappe 15"):
		sources.choose()


def test_a_changed_checkout_is_another_source(monkeypatch, checkout):
	monkeypatch.setenv("FRAPPE_SOURCE", f"path:{checkout}")
	former = sources.key(sources.choose())
	assert sources.key(sources.choose()) == former
	(checkout / "frappe" / "new.py").write_text("x = 1\n")
	assert sources.key(sources.choose()) != former


def test_a_checkout_is_copied_and_never_written_to(monkeypatch, checkout, tmp_path):
	monkeypatch.setenv("PATH", os.defpath)
	before = {path: path.read_bytes() for path in checkout.rglob("*") if path.is_file()}
	source = sources._path(f"path:{checkout}")
	copy = tmp_path / "cache" / "apps" / "frappe"
	sources.fetch(source, copy, python=lambda: pytest.fail("no Python is needed for a copy"))
	sources.node_packages(copy)
	assert not (copy / ".git").exists()
	assert json.loads((copy / "package.json").read_text())["dependencies"] == {
		"air-datepicker": "2.2.3",
		"vue": "^3.3.0",
	}
	assert {path: path.read_bytes() for path in checkout.rglob("*") if path.is_file()} == before


def test_node_packages_are_those_of_the_lock_where_it_names_them(tmp_path):
	package = {
		"dependencies": {
			"vue": "^3.3.0",
			"@vue-flow/core": "^1.16.2",
			"plyr": "^3.7.8",
			"quill": "2.0.0-dev.4",
		}
	}
	(tmp_path / "package.json").write_text(json.dumps(package))
	(tmp_path / "yarn.lock").write_text(
		"# yarn lockfile v1\n\n\n"
		'"@vue-flow/core@^1.16.2":\n  version "1.17.0"\n  resolved "x"\n\n'
		'plyr@^3.0.0, plyr@^3.7.8:\n  version "3.7.8"\n  dependencies:\n    vue "^9"\n\n'
		'vue@^2.0.0:\n  version "2.7.0"\n\n'
		'"@vue/compiler-sfc@^3.0.0", "@vue/compiler-sfc@3.3.9":\n  version "3.3.9"\n\n'
		'ms@2.0.0:\n  version "2.0.0"\n\nms@^2.1.1:\n  version "2.1.3"\n'
	)
	sources.node_packages(tmp_path)
	package = json.loads((tmp_path / "package.json").read_text())
	assert package["overrides"] == {
		"@vue-flow/core": "$@vue-flow/core",
		"@vue/compiler-sfc": "3.3.9",
		"plyr": "$plyr",
		"vue": "$vue",
	}
	assert package["dependencies"] == {
		"vue": "^3.3.0",
		"@vue-flow/core": "1.17.0",
		"plyr": "3.7.8",
		"quill": "2.0.0-dev.4",
	}


def test_other_node_packages_from_outside_are_told(tmp_path):
	(tmp_path / "package.json").write_text('{"dependencies": {"new-thing": "git+https://example.com/x.git"}}')
	with pytest.raises(Stop, match="new-thing"):
		sources.node_packages(tmp_path)


def test_python_requirements_come_from_the_registry():
	address = "git+https://github.com/frappe/gunicorn@2f5b4923399d18c28e4221f6514792b5cc7d2c21"
	pyproject = {"project": {"dependencies": ["Click~=8.1", f"gunicorn @ {address}", "bleach[css]~=6.0"]}}
	assert sources.python_requirements(pyproject) == ["Click~=8.1", "gunicorn", "bleach[css]~=6.0"]


def test_a_wheel_that_is_not_the_locked_one_is_refused(tmp_path):
	wheel = tmp_path / "framework.whl"
	wheel.write_bytes(b"right")
	sources.verify(wheel, hashlib.sha256(b"right").hexdigest())
	wheel.write_bytes(b"wrong")
	with pytest.raises(Stop, match="is not the file that is locked"):
		sources.verify(wheel, hashlib.sha256(b"right").hexdigest())
