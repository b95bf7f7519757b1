"""A copy of a site on the bench that serves it, for a journey that changes the site for good.

The bench's own servers serve it: a request names the site in the header X-Frappe-Site-Name.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from tests.private_bench import program_path


class SiteCopy:
	"""Copies a site's database and folder; drops both at the end.

	:param bench: the bench directory.
	:param source: name of the site that is copied.
	:param root_password: password of the database's administrator.
	"""

	def __init__(self, bench: Path, source: str, root_password: str):
		self.sites = bench / "sites"
		self.source = source
		token = secrets.token_hex(4)
		self.name = f"copy-{token}.localhost"
		self._database = f"copy_{token}"
		self._root_password = root_password
		common = json.loads((self.sites / "common_site_config.json").read_text(encoding="utf-8"))
		self._server = [f"--host={common['db_host']}", f"--port={common['db_port']}", "--user=root"]

	@property
	def headers(self) -> dict[str, str]:
		"""What a request to the bench's web server must carry."""
		return {"X-Frappe-Site-Name": self.name}

	def __enter__(self) -> "SiteCopy":
		try:
			self._copy()
		except BaseException:
			self.__exit__()
			raise
		return self

	def __exit__(self, *_exception) -> None:
		# The folder first: without it no server takes the copy for a site any more.
		shutil.rmtree(self.sites / self.name, ignore_errors=True)
		self._sql(f"drop database if exists {self._database}; drop user if exists {self._database}@'%';")

	def _copy(self) -> None:
		settings = json.loads((self.sites / self.source / "site_config.json").read_text(encoding="utf-8"))
		password = secrets.token_hex(8)
		self._sql(
			f"create database {self._database} character set utf8mb4 collate utf8mb4_unicode_ci;"
			f"create user {self._database}@'%' identified by '{password}';"
			f"grant all privileges on {self._database}.* to {self._database}@'%';"
		)
		dump = self._command(
			"mariadb-dump", "--single-transaction", "--skip-lock-tables", settings["db_name"]
		)
		load = self._command("mariadb", self._database)
		with subprocess.Popen(dump, env=self._environment, stdout=subprocess.PIPE) as source:
			subprocess.run(load, env=self._environment, stdin=source.stdout, check=True, timeout=120)
		assert source.returncode == 0
		folder = self.sites / self.name
		shutil.copytree(
			self.sites / self.source,
			folder,
			symlinks=True,
			ignore=shutil.ignore_patterns("site_config.json", "locks", "logs", "backups"),
		)
		for needed in ("locks", "logs"):
			(folder / needed).mkdir()
		settings |= {"db_name": self._database, "db_password": password, "pause_scheduler": 1}
		settings.pop("db_user", None)
		# Last: from here on it is a site.
		(folder / "site_config.json").write_text(json.dumps(settings), encoding="utf-8")

	def migrate(self, app: Path | None = None) -> str:
		"""Migrate as `bench migrate` does; returns what it says.

		:param app: folder that holds the package of the app to migrate to; without it the one that is installed.
		"""
		command = [
			sys.executable,
			"-m",
			"frappe.utils.bench_helper",
			"frappe",
			"--site",
			self.name,
			"migrate",
		]
		paths = [str(app), os.environ.get("PYTHONPATH")] if app else [os.environ.get("PYTHONPATH")]
		done = subprocess.run(
			[*command, "--skip-search-index"],
			cwd=self.sites,
			env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
			capture_output=True,
			text=True,
			timeout=300,
		)
		assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
		return done.stdout

	def _sql(self, statements: str) -> None:
		subprocess.run(
			self._command("mariadb", "-e", statements), env=self._environment, check=True, timeout=60
		)

	def _command(self, name: str, *arguments: str) -> list[str]:
		return [program_path(name), "--no-defaults", *self._server, *arguments]

	@property
	def _environment(self) -> dict[str, str]:
		return {**os.environ, "MYSQL_PWD": self._root_password}
