"""System packages: installed by name without disturbing the machine's services, or told exactly."""

import subprocess

import pytest

from devbench import system
from devbench.errors import Stop
from devbench.system import Need

DATABASE = Need("the database", lambda: False, ("mariadb-server-core", "mariadb-server"))
PDF = Need("PDF prints", lambda: False, ("wkhtmltopdf",), optional=True)
THERE = Need("Python", lambda: True, ("python3",))


@pytest.fixture
def machine(tmp_path, monkeypatch):
	"""A machine whose apt knows some packages and notes what it is asked to do."""
	binaries = tmp_path / "bin"
	binaries.mkdir()
	journal = tmp_path / "journal"

	def make(known, answer="true"):
		cases = "|".join(known) or "nothing"
		scripts = {
			"apt-cache": f'case "$2" in {cases}) echo "  Candidate: 1.0";; *) echo "  Candidate: (none)";; esac',
			"apt-get": f'echo "$@" >> {journal}; test -x {tmp_path}/policy && echo still >> {journal}; {answer}',
		}
		for name, script in scripts.items():
			(binaries / name).write_text(f"#!/bin/sh\n{script}\n")
			(binaries / name).chmod(0o755)
		return journal

	monkeypatch.setenv("PATH", f"{binaries}:/usr/bin:/bin")
	monkeypatch.setattr(system, "SEARCH", f"{binaries}:/usr/bin:/bin")
	monkeypatch.setattr(system, "POLICY", tmp_path / "policy")
	monkeypatch.setattr(system, "administrator", lambda: [])
	return make


def test_nothing_missing_asks_for_nothing(machine):
	journal = machine(["mariadb-server"])
	system.ensure_packages((THERE,))
	assert not journal.exists()


def test_missing_packages_are_installed_while_services_are_kept_still(machine, tmp_path):
	journal = machine(["mariadb-server", "wkhtmltopdf"])
	system.ensure_packages((THERE, DATABASE, PDF))
	update, install, still = journal.read_text().splitlines()
	assert update.endswith("update")
	assert install.endswith("install -y --no-install-recommends --no-remove mariadb-server wkhtmltopdf")
	assert still == "still"
	assert not (tmp_path / "policy").exists()


def test_the_policy_goes_also_when_installing_fails(machine, tmp_path):
	machine(
		["mariadb-server"], answer='case "$*" in *install*) echo "E: held broken packages"; exit 100;; esac'
	)
	with pytest.raises(
		Stop, match="Could not install system packages: held broken packages Try by hand: apt-get install"
	):
		system.ensure_packages((DATABASE,))
	assert not (tmp_path / "policy").exists()


def test_a_policy_of_the_machine_stays_as_it_is(machine, tmp_path):
	policy = tmp_path / "policy"
	policy.write_text("#!/bin/sh\nexit 104\n")
	machine(["mariadb-server"])
	system.ensure_packages((DATABASE,))
	assert policy.read_text() == "#!/bin/sh\nexit 104\n"


def test_the_policy_forbids(machine, tmp_path):
	with system.services_kept_still([]):
		assert subprocess.run([tmp_path / "policy", "redis-server", "start"]).returncode == 101


def test_without_rights_the_exact_command_is_told(machine, monkeypatch):
	journal = machine(["mariadb-server", "wkhtmltopdf"])
	monkeypatch.setattr(system, "administrator", lambda: None)
	with pytest.raises(
		Stop,
		match=r"then the same command again: sudo apt-get install --no-install-recommends mariadb-server wkhtmltopdf$",
	):
		system.ensure_packages((DATABASE, PDF))
	assert not journal.exists()


def test_a_package_that_the_system_does_not_have(machine, capsys):
	machine([])
	system.ensure_packages((PDF,))
	assert "PDF prints will not work" in capsys.readouterr().err
	with pytest.raises(Stop, match=r"No package mariadb-server-core or mariadb-server \(for the database\)"):
		system.ensure_packages((DATABASE,))


@pytest.mark.parametrize("version", ["v16.20.2", "garbage", ""])
def test_an_old_node_is_one_sentence(tmp_path, monkeypatch, version):
	node = tmp_path / "node"
	node.write_text(f"#!/bin/sh\necho {version}\n")
	node.chmod(0o755)
	monkeypatch.setattr(system, "SEARCH", str(tmp_path))
	with pytest.raises(Stop, match="Node 18 or newer is needed and"):
		system.check_node()
	node.write_text("#!/bin/sh\necho v18.19.0\n")
	assert system.check_node() == 18
