"""A site with nothing but the framework, made once a machine and copied into every bench."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from devbench import ports
from devbench.cache import Entry, link, remove, write_atomically
from devbench.database import Server, initialise, write_settings
from devbench.framework import Framework
from devbench.layout import DEMO_SITE, DEVBENCH, cache_root, digest
from devbench.processes import bound, run
from devbench.progress import step
from devbench.system import program

ADMIN_PASSWORD = "admin"
DATABASE_NAME = "aftersales_demo"


def template(framework: Framework) -> Entry:
	"""The cache entry that holds a MariaDB data directory and a site with nothing but the framework."""
	version = run([program("mariadbd"), "--version"], "asking MariaDB's version")
	environment = framework.environment.entry.path.name
	key = digest(framework.key, environment, version, Path(__file__), DEVBENCH / "database.py")
	return Entry(cache_root() / f"site-{key}")


def make_template(framework: Framework) -> Entry:
	"""Make the cache entry of `template` unless it is there."""
	entry = template(framework)
	if not entry.has("site"):
		with step("Making a site with the framework (once on this machine)"):
			entry.make("site", lambda path: _make_site(path, framework), fresh=True)
	return entry


def _make_site(path: Path, framework: Framework) -> None:
	"""Initialise MariaDB below `path`, run it and Redis there, and create the site."""
	(path / "run").mkdir(parents=True)
	(path / "logs").mkdir()
	(path / "sites" / "assets").mkdir(parents=True)
	link(path / "apps" / "frappe", framework.app)
	(path / "sites" / "apps.txt").write_text("frappe\n", encoding="utf-8")
	initialise(path / "mysql")
	database, redis = ports.pick(23306), ports.pick(23000)
	server = Server(database, path / "mysql.json")
	commands = [
		write_settings(path / "mariadb.cnf", path / "mysql", database),
		[
			program("redis-server"),
			"--bind",
			ports.HOST,
			"--port",
			str(redis),
			"--dir",
			str(path / "run"),
			"--save",
			"",
		],
	]
	running = []
	try:
		for command in commands:
			with open(path / "logs" / f"{Path(command[0]).name}.log", "ab") as log:
				running.append(
					subprocess.Popen(bound(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
				)
		server.wait(lambda: running[0].poll() is None)
		server.secure()
		_new_site(path / "sites", framework, server, redis)
	finally:
		for process in running:
			process.send_signal(signal.SIGTERM)
		for process in running:
			process.wait(60)
	remove(path / "apps")


def _new_site(sites: Path, framework: Framework, server: Server, redis: int) -> None:
	address = f"redis://{ports.HOST}:{redis}"
	settings = {"db_host": ports.HOST, "db_port": server.port, "redis_cache": address, "redis_queue": address}
	write_atomically(sites / "common_site_config.json", json.dumps(settings))
	command = [
		framework.environment.python, "-m", "frappe.utils.bench_helper", "frappe", "new-site", DEMO_SITE,
		"--mariadb-root-username", "root", "--mariadb-root-password", server.password, "--admin-password", ADMIN_PASSWORD,
		"--no-mariadb-socket", "--db-host", ports.HOST, "--db-port", str(server.port), "--db-name", DATABASE_NAME,
	]  # fmt: skip
	environment = {**os.environ, "PYTHONPATH": str(framework.app)}
	run(command, "creating a site", cwd=sites, env=environment, log=sites.parent / "logs" / "new-site.log")
	remove(sites / "common_site_config.json")
	_drop_settings(sites / DEMO_SITE, "db_host", "db_port")


def _drop_settings(site: Path, *names: str) -> None:
	"""Take settings out of a site's own file that the bench's common file gives."""
	change_settings(site, lambda settings: [settings.pop(name, None) for name in names])


def change_settings(site: Path, change: Callable[[dict], object]) -> None:
	"""Change a site's settings file. change: is given the settings and changes them in place."""
	path = site / "site_config.json"
	settings = json.loads(path.read_text(encoding="utf-8"))
	change(settings)
	write_atomically(path, json.dumps(settings, indent=1, sort_keys=True), mode=0o600)
