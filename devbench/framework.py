"""The framework's folder with its node packages and built assets, shared by all benches of the machine."""

import os
import threading
from pathlib import Path

from devbench import sources
from devbench.cache import Entry, link
from devbench.environment import Environment
from devbench.layout import APP, APP_PACKAGE, DEVBENCH, NODE, Bench, cache_root, digest, tree_digest
from devbench.processes import run
from devbench.progress import step
from devbench.sources import Source
from devbench.system import check_node, program


class Framework:
	"""A framework source made ready: tree, Python environment, node packages, built assets.

	The tree lies in a folder shaped like a bench (apps/, sites/), because a checkout's asset builder works only there.
	"""

	def __init__(self, source: Source):
		self.source = source
		self.key = sources.key(source)
		self.entry = Entry(cache_root() / f"frappe-{self.key}")
		self.app = self.entry.path / "apps" / "frappe"
		self.environment = Environment(source, self.app)

	@property
	def complete(self) -> bool:
		"""Whether nothing is left to build."""
		return (
			self.environment.complete and self.entry.has("tree") and self._has_packages and self._assets_done
		)

	def build(self) -> None:
		"""Build what is missing; Python packages and assets side by side, since one waits for the network, the other computes."""
		if self.complete:
			return
		check_node()
		if not self.entry.has("tree"):
			with step(f"Fetching the framework: {self.source.label}"):
				self.entry.make("tree", self._fetch, fresh=True)
		failures: list[BaseException] = []

		def assets() -> None:
			try:
				self._install_node_packages()
				self._build_assets()
			except BaseException as failure:
				failures.append(failure)

		beside = threading.Thread(target=assets, daemon=True)
		beside.start()
		self.environment.install()
		beside.join()
		if failures:
			raise failures[0]

	def _fetch(self, path: Path) -> None:
		sources.fetch(self.source, self.app, self.environment.make_venv)
		if self.source.official:
			sources.node_packages(self.app)
		sites = path / "sites"
		(sites / "assets").mkdir(parents=True, exist_ok=True)
		(sites / "apps.txt").write_text("frappe\n", encoding="utf-8")
		(sites / "common_site_config.json").write_text("{}\n", encoding="utf-8")

	# --- node packages -------------------------------------------------------------------------------------------

	@property
	def _own_packages(self) -> Entry:
		"""The packages of our own asset builder and realtime server."""
		return Entry(cache_root() / f"node-{digest(NODE / 'package-lock.json', NODE / 'package.json')}")

	@property
	def own_modules(self) -> Path:
		"""The node_modules folder of our own programs, whichever source the framework has; tests need it."""
		return self._own_packages.path / "node_modules"

	@property
	def modules(self) -> Path:
		"""The node_modules folder that the framework is built with: a checkout has its own, the registry's copy uses ours."""
		return self.app / "node_modules" if self.source.official else self.own_modules

	@property
	def _has_packages(self) -> bool:
		return self._own_packages.has("packages") and (not self.source.official or self.entry.has("packages"))

	def _install_node_packages(self) -> None:
		if self._has_packages:
			return
		with step("Installing the node packages"):
			if self.source.official:
				command = ["install", "--no-package-lock", "--omit=dev"]
				self.entry.make("packages", lambda path: self._npm(path.name, self.app, *command))
			self._own_packages.make("packages", self._install_locked, fresh=True)

	def _install_locked(self, path: Path) -> None:
		for name in ("package.json", "package-lock.json"):
			(path / name).write_bytes((NODE / name).read_bytes())
		self._npm(path.name, path, "ci")

	def _npm(self, name: str, cwd: Path, *command: str) -> None:
		quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
		log = cache_root() / "logs" / f"{name}-npm.log"
		run([program("npm"), *command, *quiet], "installing node packages", cwd=cwd, log=log)

	# --- assets --------------------------------------------------------------------------------------------------

	@property
	def _assets_step(self) -> str:
		"""Name of the step, which holds what the result depends on besides the tree."""
		if self.source.official:
			return "assets"
		return f"assets-{digest(NODE / 'package-lock.json', *sorted(NODE.rglob('*.*js')))}"

	@property
	def _assets_done(self) -> bool:
		return self.entry.has(self._assets_step)

	def _build_assets(self) -> None:
		if self._assets_done:
			return
		with step("Building the framework's assets"):
			self.entry.make(self._assets_step, lambda path: self._bundle(path, ["frappe"]))

	def _bundle(self, bench: Path, apps: list[str]) -> None:
		"""Build the bundles of `apps` of the bench-shaped folder `bench`, with the builder that belongs to the source."""
		for app in ["frappe", *apps]:
			inside = bench / "apps" / app / app / "public"
			link(bench / "sites" / "assets" / app, inside)
		log = bench / "logs" / "assets.log"
		node = program("node")
		if not self.source.official:
			command = [
				node,
				NODE / "build.mjs",
				"--bench",
				bench,
				"--modules",
				self.modules,
				"--apps",
				",".join(apps),
			]
			run(command, "building assets", log=log)
			return
		driver = bench / "apps" / "frappe" / "esbuild"
		command = [
			node,
			"--preserve-symlinks",
			"--preserve-symlinks-main",
			driver,
			"--production",
			"--apps",
			",".join(apps),
		]
		environment = {**os.environ, "FRAPPE_BENCH_ROOT": str(bench), "CI": "1"}
		run(command, "building assets", cwd=bench / "apps" / "frappe", env=environment, log=log)

	def build_app_assets(self, bench: Bench) -> None:
		"""Build the app's bundles into the bench, and show the framework's beside them. Quick when nothing changed."""
		assets = bench.sites / "assets"
		for name in ("assets.json", "assets-rtl.json"):
			built = self.entry.path / "sites" / "assets" / name
			if built.exists() and not (assets / name).exists():
				assets.mkdir(parents=True, exist_ok=True)
				(assets / name).write_bytes(built.read_bytes())
		self._bundle(bench.root, ["frappe", APP] if not self.source.official else [APP])

	def realtime_command(self, bench: Bench) -> list[str]:
		"""The realtime server that belongs to the source."""
		if not self.source.official:
			return [
				program("node"),
				str(NODE / "realtime.mjs"),
				"--bench",
				str(bench.root),
				"--modules",
				str(self.modules),
			]
		loopback = DEVBENCH / "loopback.cjs"
		return [program("node"), "--require", str(loopback), str(self.app / "socketio.js")]


def app_digest() -> str:
	"""Tells versions of the app apart by what a site would have to be migrated for: all but tests and the browser's part."""

	def skip(path: Path) -> bool:
		return path.parts[0] == "public" or path.name.startswith("test_")

	return tree_digest(APP_PACKAGE, skip)
