"""A small bench of its own, whose servers a test may kill at will: a copy of the test site's database on a MariaDB, a
Redis and a web server that nobody else uses."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

SITE = "bridge.localhost"
DATABASE = "bridge_kill_test"
BRIDGE_ID = "kill-test"
AGENT = "kill-test-agent@test.example"

SET_UP = """
import json, sys, frappe
from aftersales.testing.factories import make_user
frappe.init("{site}", sites_path="."); frappe.connect(); frappe.set_user("Administrator")
frappe.flags.mute_emails = True
user = make_user("Aftersales Bridge", email="kill-test-bridge@test.example")
user.api_key, secret = frappe.generate_hash(length=15), frappe.generate_hash(length=15)
user.api_secret = secret
user.save(ignore_permissions=True)
agent = make_user("Service Agent", email="{agent}")
frappe.get_doc(doctype="Caller ID Bridge", bridge_id="{bridge}", user=user.name, enabled=1).insert()
for number in range(1, {lines} + 1):
	frappe.get_doc(
		doctype="Phone Line", line_title=f"Kill Test {{number}}", bridge="{bridge}", source_line=str(number), enabled=1,
		agents=[dict(user=agent.name)],
	).insert()
frappe.db.commit()
with open(sys.argv[1], "w") as target:
	target.write(f"{{user.api_key}}:{{secret}}")
"""


def free_port() -> int:
	"""A TCP port of this machine that nobody listens on."""
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		return probe.getsockname()[1]


class PrivateBench:
	"""MariaDB, Redis and gunicorn as children of the test.

	:param folder: an empty directory for everything.
	:param bench: the bench whose test site is copied.
	:param site: name of that site.
	:param lines: how many Phone Lines to make.
	"""

	def __init__(self, folder: Path, bench: Path, site: str, lines: int):
		self.folder, self.bench, self.source, self.lines = folder, bench, site, lines
		self.sites = folder / "sites"
		self.token = folder / "token"
		self.database_port, self.redis_port, self.web_port = free_port(), free_port(), free_port()
		self.url = f"http://{SITE}:{self.web_port}"
		self._running: dict[str, subprocess.Popen] = {}

	def __enter__(self) -> "PrivateBench":
		try:
			self._make_database()
			self._start_redis()
			self._make_site()
			self.start("web")
		except BaseException:
			self.__exit__()
			raise
		return self

	def __exit__(self, *_exception) -> None:
		for name in list(self._running):
			self.kill(name)

	def start(self, name: str) -> None:
		"""Start `web` or `database`, and wait until it listens."""
		command, port = {"web": self._web, "database": self._mariadb}[name]()
		self._spawn(name, command, port)

	def kill(self, name: str) -> None:
		"""kill -9 of a server with everything it has started."""
		process = self._running.pop(name)
		os.killpg(process.pid, signal.SIGKILL)
		process.wait()

	def query(self, statement: str) -> list[list[str]]:
		"""The rows of an SQL statement, as text."""
		done = self._client("mariadb", "-N", "-B", DATABASE, "-e", statement)
		return [line.split("\t") for line in done.stdout.decode().splitlines()]

	def _spawn(self, name: str, command: list, port: int) -> None:
		env = {**os.environ, "FRAPPE_BENCH_ROOT": str(self.folder)}
		with open(self.folder / f"{name}.log", "ab") as log:
			process = subprocess.Popen(
				[str(part) for part in command],
				cwd=self.sites if self.sites.exists() else self.folder,
				env=env,
				stdin=subprocess.DEVNULL,
				stdout=log,
				stderr=subprocess.STDOUT,
				start_new_session=True,
			)
		self._running[name] = process
		limit = time.monotonic() + 60
		while time.monotonic() < limit:
			assert process.poll() is None, (self.folder / f"{name}.log").read_text()[-2000:]
			with socket.socket() as probe:
				if probe.connect_ex(("127.0.0.1", port)) == 0:
					return
			time.sleep(0.05)
		raise TimeoutError(f"{name} does not listen; see {self.folder / name}.log")

	def _mariadb(self) -> tuple[list, int]:
		options = [
			f"--datadir={self.folder / 'mysql'}",
			f"--socket={self.folder / 'mysql.sock'}",
			f"--port={self.database_port}",
			"--bind-address=127.0.0.1",
			# Every account may do everything: it holds nothing but this copy.
			"--skip-grant-tables",
			"--character-set-server=utf8mb4",
			"--collation-server=utf8mb4_unicode_ci",
			"--innodb-buffer-pool-size=128M",
			# The default, said aloud because the test stands on it: a commit is on disk.
			"--innodb-flush-log-at-trx-commit=1",
			"--user=root" if os.geteuid() == 0 else "--skip-name-resolve",
		]
		return [program_path("mariadbd"), "--no-defaults", *options], self.database_port

	def _web(self) -> tuple[list, int]:
		options = ["--workers", 2, "--threads", 4, "--worker-class", "gthread", "--chdir", self.sites]
		address = f"127.0.0.1:{self.web_port}"
		return [
			sys.executable,
			"-m",
			"gunicorn",
			"-b",
			address,
			*options,
			"frappe.app:application",
		], self.web_port

	def _start_redis(self) -> None:
		options = ["--port", self.redis_port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
		self._spawn("redis", [program_path("redis-server"), *options, "--dir", self.folder], self.redis_port)

	def _make_database(self) -> None:
		data = self.folder / "mysql"
		install = [program_path("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--skip-test-db"]
		if os.geteuid() == 0:
			install.append("--user=root")
		subprocess.run(install, check=True, capture_output=True, timeout=120)
		self.start("database")
		self._client("mariadb", "-e", f"create database {DATABASE} character set utf8mb4")
		common, own = self._source_settings()
		dump = self.folder / "dump.sql"
		with dump.open("wb") as target:
			subprocess.run(
				[
					program_path("mariadb-dump"),
					"--no-defaults",
					"--single-transaction",
					"--skip-lock-tables",
					f"--host={own.get('db_host') or common.get('db_host') or '127.0.0.1'}",
					f"--port={own.get('db_port') or common.get('db_port') or 3306}",
					f"--user={own.get('db_user') or own['db_name']}",
					own["db_name"],
				],
				env={**os.environ, "MYSQL_PWD": own["db_password"]},
				stdout=target,
				check=True,
				timeout=120,
			)
		with dump.open("rb") as source:
			self._client("mariadb", DATABASE, stdin=source)

	def _source_settings(self) -> tuple[dict, dict]:
		sites = self.bench / "sites"
		common = json.loads((sites / "common_site_config.json").read_text(encoding="utf-8"))
		return common, json.loads((sites / self.source / "site_config.json").read_text(encoding="utf-8"))

	def _make_site(self) -> None:
		(self.folder / "logs").mkdir()
		for part in ("private/files", "public/files", "logs", "locks"):
			(self.sites / SITE / part).mkdir(parents=True)
		shutil.copy(self.bench / "sites" / "apps.txt", self.sites / "apps.txt")
		_, own = self._source_settings()
		redis = f"redis://127.0.0.1:{self.redis_port}"
		own |= {
			"db_name": DATABASE,
			"db_user": DATABASE,
			"db_host": "127.0.0.1",
			"db_port": self.database_port,
			"redis_cache": redis,
			"redis_queue": redis,
			"redis_socketio": redis,
		}
		own.pop("db_socket", None)
		(self.sites / SITE / "site_config.json").write_text(json.dumps(own))
		(self.sites / "common_site_config.json").write_text(
			json.dumps({key: own[key] for key in ("redis_cache", "redis_queue", "redis_socketio")})
		)
		script = SET_UP.format(site=SITE, agent=AGENT, bridge=BRIDGE_ID, lines=self.lines)
		self.token.touch(mode=0o600)
		done = subprocess.run(
			[sys.executable, "-c", script, self.token],
			cwd=self.sites,
			env={**os.environ, "FRAPPE_BENCH_ROOT": str(self.folder)},
			capture_output=True,
			timeout=120,
		)
		assert done.returncode == 0, done.stderr.decode()[-3000:]

	def _client(self, program: str, *arguments: str, stdin=subprocess.DEVNULL) -> subprocess.CompletedProcess:
		place = ["--no-defaults", f"--socket={self.folder / 'mysql.sock'}"]
		done = subprocess.run(
			[program_path(program), *place, *arguments], stdin=stdin, capture_output=True, timeout=120
		)
		assert done.returncode == 0, done.stderr.decode()[-2000:]
		return done


def program_path(name: str) -> str:
	"""Path of a program of the machine."""
	found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
	assert found, f"{name} is not installed"
	return found
