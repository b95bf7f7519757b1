"""The private MariaDB server: its files, accounts and databases, through MariaDB Connector/Python."""

import getpass
import json
import secrets
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import mariadb

from devbench.cache import remove, write_atomically
from devbench.errors import Stop
from devbench.ports import HOST
from devbench.processes import run
from devbench.system import program

SETTINGS = """[mariadbd]
datadir={data}
# Relative to datadir: the path of a socket may have 107 bytes, and a checkout may lie deep.
socket=mariadbd.sock
pid-file=mariadbd.pid
port={port}
bind-address={host}
skip-name-resolve
skip-log-bin
character-set-server=utf8mb4
collation-server=utf8mb4_unicode_ci
innodb_buffer_pool_size={pool}M
innodb_log_file_size=64M
# Written at each commit, on disk within a second: a killed server loses nothing.
innodb_flush_log_at_trx_commit=2
max_allowed_packet=64M
max_connections=100
"""


def initialise(data: Path) -> None:
	"""Make an empty data directory that only `secure` has still to be called for."""
	remove(data)
	data.parent.mkdir(parents=True, exist_ok=True)
	run(
		[
			program("mariadb-install-db"),
			"--no-defaults",
			f"--datadir={data}",
			f"--user={getpass.getuser()}",
			"--auth-root-authentication-method=normal",
			"--skip-test-db",
			"--innodb-log-file-size=64M",
		],
		"preparing MariaDB's data directory",
	)


def write_settings(path: Path, data: Path, port: int, pool: int = 256) -> list[str]:
	"""Write the server's settings file. pool: megabytes of buffer. Returns the command that runs the server."""
	write_atomically(path, SETTINGS.format(data=data, port=port, host=HOST, pool=pool))
	return [program("mariadbd"), f"--defaults-file={path}", f"--user={getpass.getuser()}"]


class Server:
	"""The accounts and databases of a running server.

	secret: file that keeps root's password; it lies beside the data directory and is copied with it.
	"""

	def __init__(self, port: int, secret: Path):
		self.port = port
		self.secret = secret

	@property
	def password(self) -> str:
		"""Root's password; empty before `secure`."""
		if not self.secret.exists():
			return ""
		return json.loads(self.secret.read_text(encoding="utf-8"))["password"]

	def connect(self, database: str | None = None) -> mariadb.Connection:
		"""A connection as root, committing each statement by itself."""
		return mariadb.connect(
			host=HOST,
			port=self.port,
			user="root",
			password=self.password,
			database=database,
			connect_timeout=5,
			autocommit=True,
		)

	def wait(self, running: Callable[[], bool], seconds: float = 60.0) -> None:
		"""Wait until the server answers.

		running: whether its process still lives. Raises Stop when it has ended or the time is over.
		"""
		limit = time.monotonic() + seconds
		while True:
			try:
				self.connect().close()
				return
			except mariadb.Error as error:
				problem = str(error)
			if not running():
				raise Stop(
					"MariaDB ended while starting: its log in .bench tells why (make logs); `make reset` makes the data anew."
				)
			if time.monotonic() > limit:
				raise Stop(
					f"MariaDB did not answer within {seconds:.0f} s ({problem}): see its log with `make logs`."
				)
			time.sleep(0.05)

	def secure(self) -> None:
		"""Give root a password and drop every account that has none."""
		password = secrets.token_hex(16)
		with closing(self.connect()) as connection:
			cursor = connection.cursor()
			write_atomically(self.secret, json.dumps({"password": password}), mode=0o600)
			cursor.execute("SELECT user, host FROM mysql.global_priv WHERE user != 'mariadb.sys'")
			for user, host in cursor.fetchall():
				if user != "root" or host not in (HOST, "localhost"):
					cursor.execute("DELETE FROM mysql.global_priv WHERE user = ? AND host = ?", (user, host))
			cursor.execute("FLUSH PRIVILEGES")
			for host in ("localhost", HOST):
				# The account to sign in with comes last: after it the old, empty password is gone.
				cursor.execute(f"ALTER USER root@'{host}' IDENTIFIED BY '{password}'")

	def databases(self) -> list[str]:
		"""Names of the databases that are not the server's own."""
		own = {"information_schema", "mysql", "performance_schema", "sys"}
		with closing(self.connect()) as connection:
			cursor = connection.cursor()
			cursor.execute("SHOW DATABASES")
			return [name for (name,) in cursor.fetchall() if name not in own]

	def drop(self, database: str) -> None:
		"""Drop a database and its account."""
		with closing(self.connect()) as connection:
			cursor = connection.cursor()
			cursor.execute(f"DROP DATABASE IF EXISTS {quoted(database)}")
			cursor.execute(f"DROP USER IF EXISTS {quoted(database)}@'%'")

	def clone(self, source: str, target: str, password: str) -> None:
		"""Make database `target` a copy of `source`, with an account of its own name and the given password."""
		self.drop(target)
		with closing(self.connect()) as connection:
			cursor = connection.cursor()
			cursor.execute(f"CREATE DATABASE {quoted(target)}")
			cursor.execute(f"CREATE USER {quoted(target)}@'%' IDENTIFIED BY {literal(password)}")
			cursor.execute(f"GRANT ALL PRIVILEGES ON {quoted(target)}.* TO {quoted(target)}@'%'")
			cursor.execute(f"SHOW FULL TABLES FROM {quoted(source)}")
			for name, kind in cursor.fetchall():
				old, new = f"{quoted(source)}.{quoted(name)}", f"{quoted(target)}.{quoted(name)}"
				if kind == "SEQUENCE":
					self._clone_sequence(cursor, old, new)
				else:
					cursor.execute(f"CREATE TABLE {new} LIKE {old}")
					cursor.execute(f"INSERT INTO {new} SELECT * FROM {old}")

	@staticmethod
	def _clone_sequence(cursor: mariadb.Cursor, old: str, new: str) -> None:
		cursor.execute(f"SELECT next_not_cached_value, increment, cache_size FROM {old}")
		start, increment, cached = cursor.fetchone()
		cache = f"CACHE {cached}" if cached else "NOCACHE"
		cursor.execute(f"CREATE SEQUENCE {new} START WITH {start} INCREMENT BY {increment} {cache}")


def quoted(name: str) -> str:
	"""A name as SQL writes it."""
	return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
	"""A text as SQL writes it; for statements that take no parameters. Only for what we generate ourselves."""
	return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
