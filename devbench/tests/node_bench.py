"""What the tests of the asset builder and the realtime server run: real node programs in benches of their own."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue

import redis

NODE_PROGRAMS = Path(__file__).parents[1] / "node"
SOCKET_CLIENT = Path(__file__).with_name("socket_client.mjs")
PATIENCE_S = 120

# Who is at the other end of the tests' sockets: a desk user and a website user.
AGENT = "realtime-agent@example.com"
VISITOR = "realtime-visitor@example.com"


def node_modules() -> Path:
	"""The folder with the packages of devbench/node/package.json.

	AFTERSALES_NODE_MODULES names it; else it is the one that the bench shows to browsers.

	Raises: AssertionError when neither holds them.
	"""
	candidates = [
		os.environ.get("AFTERSALES_NODE_MODULES"),
		bench_folder() / "sites/assets/frappe/node_modules",
	]
	for folder in filter(None, candidates):
		lock = Path(folder, ".package-lock.json")
		if lock.exists() and json.loads(lock.read_text())["name"] == "aftersales-devbench":
			return Path(folder).resolve()
	raise AssertionError(
		"set AFTERSALES_NODE_MODULES to a folder with the packages of devbench/node/package.json"
	)


def bench_folder() -> Path:
	return Path(os.environ["AFTERSALES_BENCH"])


def free_port() -> int:
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		return probe.getsockname()[1]


def wait_until(condition, what: str, process: "Program | None" = None):
	"""Return the first true answer of `condition`; fail when it does not come or the process ends."""
	end = time.monotonic() + PATIENCE_S
	while time.monotonic() < end:
		if answer := condition():
			return answer
		if process and process.handle.poll() is not None:
			raise AssertionError(f"{what}: the process ended\n{process.text}")
		time.sleep(0.02)
	raise AssertionError(f"{what}: not within {PATIENCE_S} s\n{process.text if process else ''}")


class Program:
	"""A running process with all that it has printed."""

	def __init__(self, *command, **options):
		command = [str(part) for part in command]
		self.lines: Queue[str] = Queue()
		self.text = ""
		self.handle = subprocess.Popen(
			command,
			stdin=subprocess.PIPE,
			stdout=subprocess.PIPE,
			stderr=subprocess.STDOUT,
			text=True,
			**options,
		)
		self.reader = threading.Thread(target=self._read, daemon=True)
		self.reader.start()

	def _read(self):
		for line in self.handle.stdout:
			self.text += line
			self.lines.put(line.rstrip("\n"))

	def stop(self, number: int = signal.SIGTERM) -> int:
		"""Send a signal and return the exit code."""
		with suppress(ProcessLookupError):
			self.handle.send_signal(number)
		try:
			code = self.handle.wait(PATIENCE_S)
		except subprocess.TimeoutExpired:
			self.handle.kill()
			raise
		self.reader.join(PATIENCE_S)
		for pipe in (self.handle.stdin, self.handle.stdout):
			with suppress(BrokenPipeError):
				pipe.close()
		return code


class AssetBench:
	"""A bench-shaped folder with small apps, to build assets in."""

	def __init__(self, folder: Path, apps=("tiny",), **config):
		self.folder = folder
		self.assets = folder / "sites/assets"
		self.assets.mkdir(parents=True)
		(folder / "sites/apps.txt").write_text("\n".join(apps))
		(folder / "sites/common_site_config.json").write_text(json.dumps(config))
		for app in apps:
			self.public(app).mkdir(parents=True)

	def copy(self, folder: Path) -> "AssetBench":
		"""The same bench elsewhere, with all that was built."""
		copied = AssetBench.__new__(AssetBench)
		copied.folder = Path(shutil.copytree(self.folder, folder, symlinks=True))
		copied.assets = folder / "sites/assets"
		for link in copied.assets.iterdir():
			if link.is_symlink():
				link.unlink()
		return copied

	def public(self, app="tiny") -> Path:
		return self.folder / "apps" / app / app / "public"

	def write(self, name: str, text: str, app="tiny") -> Path:
		file = self.public(app) / name
		file.parent.mkdir(parents=True, exist_ok=True)
		file.write_text(text)
		return file

	def run(self, *options) -> subprocess.CompletedProcess:
		return subprocess.run(self.command(*options), capture_output=True, text=True, timeout=PATIENCE_S)

	def command(self, *options) -> list[str]:
		modules = str(node_modules())
		return [
			"node",
			str(NODE_PROGRAMS / "build.mjs"),
			"--bench",
			str(self.folder),
			"--modules",
			modules,
			*options,
		]

	def build(self, *options) -> str:
		"""Build, insist on success and return what was printed."""
		result = self.run(*options)
		assert result.returncode == 0, result.stderr
		assert result.stderr == ""
		return result.stdout

	def names(self, file="assets.json") -> dict[str, str]:
		return json.loads((self.assets / file).read_text())

	def file(self, address: str) -> Path:
		return self.folder / "sites" / address.lstrip("/")

	def built(self, bundle: str, names="assets.json") -> str:
		"""The text of a built bundle."""
		return self.file(self.names(names)[bundle]).read_text()

	def state(self) -> dict[str, tuple[int, bytes]]:
		"""Every file of the assets but those of a build that asks for the lock, to tell whether anything was touched."""
		folders = [self.assets, *(self.public(app) / "dist" for app in ("tiny", "other"))]
		files = (file for folder in folders for file in folder.rglob("*"))
		files = [file for file in files if file.is_file() and not file.name.startswith(".build.lock.")]
		return {str(file): (file.stat().st_mtime_ns, file.read_bytes()) for file in files}


@contextmanager
def redis_server(port: int):
	"""A Redis of the test's own, so that it may be stopped."""
	options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
	server = Program("redis-server", *options)
	try:
		wait_until(lambda: _answers(port), "redis-server", server)
		yield server
	finally:
		server.stop()


def _answers(port: int) -> bool:
	with socket.socket() as probe:
		return probe.connect_ex(("127.0.0.1", port)) == 0


INTERPRETER = """
import json, sys, frappe
for line in sys.stdin:
	code, values = json.loads(line)
	names = {"frappe": frappe, "values": values, "answer": None}
	frappe.init(sys.argv[1], sites_path=".")
	frappe.connect()
	exec(code, names)
	frappe.db.commit()
	frappe.destroy()
	print("answer: " + json.dumps(names["answer"]), flush=True)
"""


class SiteBench:
	"""A bench-shaped folder that shows the test site, with ports and a Redis queue of its own.

	The same site also answers under a second name: a bench with two sites whose users are the same people.
	"""

	def __init__(self, folder: Path, redis_port: int):
		real = bench_folder()
		self.site = os.environ["AFTERSALES_TEST_SITE"]
		self.neighbour = "neighbour.localhost"
		self.sites = folder / "sites"
		self.folder = folder
		self.sites.mkdir(parents=True)
		self.redis_port, self.web_port, self.realtime_port = redis_port, free_port(), None
		self.interpreter: Program | None = None
		config = json.loads((real / "sites/common_site_config.json").read_text())
		config.update(
			redis_queue=f"redis://127.0.0.1:{redis_port}",
			webserver_port=self.web_port,
		)
		config.pop("default_site", None)
		self.config = config
		self.write_config()
		(folder / "apps").symlink_to(real / "apps")
		(folder / "logs").mkdir()
		(self.sites / "apps.txt").write_text((real / "sites/apps.txt").read_text())
		(self.sites / "assets").symlink_to(real / "sites/assets")
		for name in (self.site, self.neighbour):
			(self.sites / name).symlink_to((real / "sites" / self.site).resolve())

	def write_config(self, **changes):
		text = json.dumps({**self.config, **changes})
		(self.sites / "common_site_config.json").write_text(text)

	@contextmanager
	def web_server(self):
		python = bench_folder() / "env/bin/python"
		address = f"127.0.0.1:{self.web_port}"
		threads = ["--worker-class", "gthread", "--threads", "4"]
		command = [python, "-m", "gunicorn", "-b", address, *threads, "--access-logfile", "-"]
		server = Program(*command, "frappe.app:application", cwd=self.sites)
		try:
			wait_until(self.site_answers, "the web server", server)
			yield server
		finally:
			server.stop()

	def site_answers(self) -> bool:
		connection = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=PATIENCE_S)
		with suppress(OSError):
			connection.request("GET", "/api/method/ping", headers={"Host": self.site})
			return connection.getresponse().status == 200
		return False

	def login(self, user: str) -> str:
		"""Open a session as the login page does, without a password. Returns its id."""
		return self.python(
			"from frappe.auth import CookieManager, LoginManager\n"
			"frappe.utils.set_request(path='/'); frappe.local.request_ip = '127.0.0.1'\n"
			"frappe.local.cookie_manager = CookieManager(); frappe.local.login_manager = LoginManager()\n"
			"frappe.local.login_manager.login_as(values['user']); answer = frappe.session.sid",
			user=user,
		)

	@contextmanager
	def realtime_server(self, **config):
		"""Run the realtime server on a port of its own; `config` changes the bench's configuration for it."""
		former, self.realtime_port = self.realtime_port, free_port()
		self.write_config(**{"socketio_port": self.realtime_port, **config})
		command = [
			"node",
			NODE_PROGRAMS / "realtime.mjs",
			"--bench",
			self.folder,
			"--modules",
			node_modules(),
		]
		server = Program(*command)
		try:
			wait_until(lambda: "Realtime server on" in server.text, "the realtime server", server)
			yield server
		finally:
			server.stop()
			self.realtime_port = former
			self.write_config()

	def python(self, code: str, **values):
		"""Run code in the site with `values`; returns what it puts in `answer`."""
		if not self.interpreter:
			python = bench_folder() / "env/bin/python"
			self.interpreter = Program(python, "-c", INTERPRETER, self.site, cwd=self.sites)
		self.interpreter.handle.stdin.write(json.dumps([code, values]) + "\n")
		self.interpreter.handle.stdin.flush()
		start = "answer: "
		while not (line := self.interpreter.lines.get(timeout=PATIENCE_S)).startswith(start):
			if line.startswith("Traceback"):
				broken, self.interpreter = self.interpreter, None
				broken.stop()
				raise AssertionError(broken.text)
		return json.loads(line.removeprefix(start))

	def close(self):
		if self.interpreter:
			self.interpreter.stop()

	@contextmanager
	def asked(self, web: Program, client: "Client", times: int = 1):
		"""Do something in a client that makes the realtime server ask the site; return after the answers."""
		count = web.text.count("frappe.realtime.can_subscribe") + times
		yield
		wait_until(lambda: web.text.count("frappe.realtime.can_subscribe") >= count, "the question", web)
		# The answer was sent before the log was written: with one more round it has been handled too.
		client.emit("ping")
		client.until("pong")

	def publish(self, event: str, message: dict | None = None, **target):
		"""frappe.publish_realtime, in a process of its own."""
		self.python("frappe.publish_realtime(**values)", event=event, message=message or {}, **target)

	def publish_raw(self, text: str | bytes, port: int | None = None):
		"""Put anything on the channel, of this bench's Redis or of another; it must have a listener."""
		with redis.Redis(port=port or self.redis_port) as client:
			assert client.publish("events", text) == 1


class Client:
	"""A browser's end: socket.io-client in a node process."""

	def __init__(
		self, bench: SiteBench, *, sid=None, site=None, namespace=None, origin=None, authorization=None
	):
		site = site or bench.site
		options = {
			"url": f"http://127.0.0.1:{bench.realtime_port}/{namespace or site}",
			"modules": str(node_modules()),
			"headers": {"Host": f"{site}:{bench.realtime_port}", "Origin": f"http://{site}:{bench.web_port}"},
		}
		if origin:
			options["headers"]["Origin"] = origin
		if sid:
			options["headers"]["Cookie"] = f"system_user=yes; sid={sid}; full_name=x"
		if authorization:
			options["headers"]["Authorization"] = authorization
		self.program = Program("node", SOCKET_CLIENT, json.dumps(options))
		self.seen: list[tuple[str, object]] = []

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.close()

	def close(self):
		self.program.stop(signal.SIGKILL)

	def emit(self, event: str, *values):
		self.program.handle.stdin.write(json.dumps([event, *values]) + "\n")
		self.program.handle.stdin.flush()

	def next(self) -> tuple[str, object]:
		"""The next event: its name and first value."""
		try:
			line = self.program.lines.get(timeout=PATIENCE_S)
		except Empty:
			raise AssertionError(f"nothing arrived; before: {self.seen}") from None
		event = tuple(json.loads(line))
		self.seen.append(event)
		return event

	def connected(self) -> "Client":
		assert self.next() == ("connect", None)
		return self

	def until(self, event: str) -> list[tuple[str, object]]:
		"""All events up to the first of this name, without it."""
		passed = []
		while (got := self.next())[0] != event:
			passed.append(got)
		return passed
