"""The programs that make up a running bench: how each is started, and in which order they start and end."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from devbench import ports
from devbench.cache import write_atomically
from devbench.database import Server, write_settings
from devbench.framework import Framework
from devbench.layout import DEMO_SITE, Bench
from devbench.ports import HOST
from devbench.system import program

WEB_WORKERS = 2
WEB_THREADS = 4


@dataclass(frozen=True)
class Service:
	"""One program of the bench.

	patience: seconds it gets to end by itself; vital: the bench is of no use without it.
	"""

	name: str
	command: list[str]
	cwd: Path
	env: dict[str, str] = field(default_factory=dict)
	port: int | None = None
	patience: float = 10.0
	vital: bool = True


@dataclass(frozen=True)
class Ports:
	"""Where the bench's servers listen."""

	web: int
	realtime: int
	database: int
	cache: int
	queue: int

	@property
	def url(self) -> str:
		return f"http://{HOST}:{self.web}"


def pick_ports(bench: Bench) -> Ports:
	"""Free ports for this run; those that AFTERSALES_PORT and AFTERSALES_REALTIME_PORT name are taken as they are."""
	named = os.environ if bench.kind == "demo" else {}
	taken: set[int] = set()

	def pick(first: int, setting: str = "") -> int:
		port = ports.pick(first, named.get(setting), setting, taken)
		taken.add(port)
		return port

	return Ports(
		web=pick(bench.web_port, "AFTERSALES_PORT"),
		realtime=pick(bench.realtime_port, "AFTERSALES_REALTIME_PORT"),
		database=pick(bench.database_port),
		cache=pick(bench.redis_port),
		queue=pick(bench.redis_port + 1),
	)


class Services:
	"""The programs of one bench, on the ports of this run."""

	def __init__(self, bench: Bench, framework: Framework, chosen: Ports):
		self.bench = bench
		self.framework = framework
		self.ports = chosen
		# Minutes may pass before these two start, and another bench on the machine may be looking for ports.
		self._held = [ports.hold(chosen.web), ports.hold(chosen.realtime)]
		self.server = Server(chosen.database, bench.database.with_name("mysql.json"))

	def let_ports_go(self) -> None:
		"""Give up the ports that are held for web and realtime server, just before these start."""
		while self._held:
			self._held.pop().close()

	def configure(self) -> None:
		"""Write what Frappe reads about its surroundings."""
		path = self.bench.sites / "common_site_config.json"
		try:
			settings = json.loads(path.read_text(encoding="utf-8"))
		except (OSError, ValueError):
			settings = {}
		settings |= {
			"db_host": HOST,
			"db_port": self.ports.database,
			"redis_cache": f"redis://{HOST}:{self.ports.cache}",
			"redis_queue": f"redis://{HOST}:{self.ports.queue}",
			"redis_socketio": f"redis://{HOST}:{self.ports.queue}",
			"webserver_port": self.ports.web,
			"socketio_port": self.ports.realtime,
			"host_name": self.ports.url,
			"default_site": DEMO_SITE,
			"frappe_user": os.environ.get("USER") or "root",
			"serve_default_site": True,
			"background_workers": 1,
		}
		write_atomically(path, json.dumps(settings, indent=1, sort_keys=True))

	@property
	def environment(self) -> dict[str, str]:
		"""Variables that every Python program of the bench runs with."""
		inherited = {
			name: value
			for name, value in os.environ.items()
			if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
		}
		return {
			**inherited,
			"PATH": f"{self.bench.root / 'env' / 'bin'}:{os.environ.get('PATH', '')}:/usr/sbin:/sbin",
			"PYTHONUNBUFFERED": "1",
			"FRAPPE_BENCH_ROOT": str(self.bench.root),
			# Tells the desk that realtime has a port of its own here, as `bench start` does.
			"DEV_SERVER": "1",
		}

	# --- the programs --------------------------------------------------------------------------------------------

	def stores(self) -> list[Service]:
		"""Database, cache and queue: what Frappe's commands need."""
		settings = self.bench.config / "mariadb.cnf"
		command = write_settings(settings, self.bench.database, self.ports.database)
		return [
			Service("mariadb", command, self.bench.root, port=self.ports.database, patience=60),
			self._redis(
				"redis-cache", self.ports.cache, "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru"
			),
			self._redis("redis-queue", self.ports.queue),
		]

	def _redis(self, name: str, port: int, *more: str) -> Service:
		command = [
			program("redis-server"), "--bind", HOST, "--port", str(port), "--dir", str(self.bench.run),
			"--save", "", "--appendonly", "no", *more,
		]  # fmt: skip
		return Service(name, command, self.bench.root, port=port)

	def desk(self) -> list[Service]:
		"""What people and jobs work with: web server, realtime server, background worker; of the demo, the scheduler, too.

		Tests choose themselves when a job runs.
		"""
		sites, env = self.bench.sites, self.environment
		web = [
			str(self.bench.python), "-m", "gunicorn", "devbench.wsgi:application", "--bind", f"{HOST}:{self.ports.web}",
			"--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS), "--worker-class", "gthread", "--timeout", "120",
			"--graceful-timeout", "5", "--max-requests", "20000", "--max-requests-jitter", "2000", "--preload",
			"--worker-tmp-dir", "/dev/shm", "--chdir", str(sites),
		]  # fmt: skip
		realtime = self.framework.realtime_command(self.bench)
		services = [
			Service("web", web, sites, env, self.ports.web),
			Service("realtime", realtime, self.bench.root, env, self.ports.realtime, patience=5),
			Service(
				"worker",
				self.frappe("worker", "--queue", "short,default,long", "--quiet"),
				sites,
				env,
				patience=15,
			),
		]
		if self.bench.kind == "demo":
			scheduler = self.frappe("schedule")
			services.append(Service("scheduler", scheduler, sites, env, patience=5, vital=False))
		return services

	def frappe(self, *arguments: str, site: str | None = None) -> list[str]:
		"""Command line of one of Frappe's own commands; it runs in the folder `sites`."""
		chosen = ["--site", site] if site else []
		return [str(self.bench.python), "-m", "frappe.utils.bench_helper", "frappe", *chosen, *arguments]
