"""The Python environment: every package locked and hashed, shared by all benches of the machine, and a bench's own view of it."""

import json
import re
import sys
import sysconfig
import venv
from pathlib import Path

from devbench.cache import Entry, remove, write_atomically
from devbench.layout import BRIDGE, CHECKOUT, LOCKS, Bench, cache_root, digest
from devbench.processes import run
from devbench.progress import step
from devbench.sources import Source, python_requirements

# What builds packages that come as source only. Installed first, so that no build downloads something unlocked.
BUILDERS = ("setuptools", "wheel", "packaging")
READ_PYPROJECT = """
import json, sys
try:
	import tomllib
except ImportError:
	import tomli as tomllib
print(json.dumps(tomllib.load(open(sys.argv[1], "rb"))))
"""


def python_label() -> str:
	"""Tells apart Pythons whose compiled packages do not fit each other."""
	return f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}-{Path(sys.base_prefix)}"


class Environment:
	"""The shared environment for a framework source."""

	def __init__(self, source: Source, app: Path):
		"""app: the framework's folder; for a checkout its pyproject.toml must be there when packages get installed."""
		self.source = source
		self.app = app
		pyproject = Path(source.place, "pyproject.toml") if source.kind == "path" else None
		lock = LOCKS / ("tools.lock" if source.official else "python.lock")
		parts = [python_label(), lock]
		if source.official:
			parts.append(pyproject if pyproject else source.identity)
		self.entry = Entry(cache_root() / f"python-{digest(*parts)}")

	@property
	def python(self) -> Path:
		return self.entry.path / "bin" / "python"

	@property
	def packages(self) -> Path:
		"""Its site-packages."""
		version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
		return self.entry.path / "lib" / version / "site-packages"

	@property
	def complete(self) -> bool:
		return self.entry.has("packages")

	def make_venv(self) -> Path:
		"""Make the bare environment, with pip. Returns its Python."""
		self.entry.make("venv", self._bare, fresh=True)
		return self.python

	def _bare(self, path: Path) -> None:
		run([sys.executable, "-m", "venv", path], "making a Python environment")

	def install(self) -> None:
		"""Install every package. An interrupted installation is completed by the next."""
		if self.complete:
			return
		self.make_venv()
		with step("Installing the Python packages"):
			if self.source.official:
				self.entry.make("packages", self._install_for_checkout)
			else:
				self.entry.make("packages", self._install_locked)

	def _pip(self, *arguments, doing: str = "installing Python packages") -> None:
		log = cache_root() / "logs" / f"{self.entry.path.name}.log"
		pip = [
			self.python,
			"-m",
			"pip",
			"--disable-pip-version-check",
			"--no-input",
			"install",
			"--no-compile",
		]
		run([*pip, *arguments], doing, log=log)

	def _install_lock(self, path: Path, lock: Path) -> None:
		builders = path / "builders.lock"
		builders.write_text(only(lock.read_text(encoding="utf-8"), BUILDERS), encoding="utf-8")
		self._pip("--require-hashes", "--no-deps", "-r", builders)
		self._pip("--require-hashes", "--no-deps", "--no-build-isolation", "-r", lock)

	def _install_locked(self, path: Path) -> None:
		self._install_lock(path, LOCKS / "python.lock")
		self._compile()

	def _install_for_checkout(self, path: Path) -> None:
		"""A checkout says itself what it needs; our own tools come from our lock, before it."""
		self._install_lock(path, LOCKS / "tools.lock")
		text = run(
			[self.python, "-c", READ_PYPROJECT, self.app / "pyproject.toml"],
			"reading Frappe's pyproject.toml",
		)
		requirements = path / "framework.txt"
		requirements.write_text("\n".join(python_requirements(json.loads(text))) + "\n", encoding="utf-8")
		self._pip("-r", requirements)
		self._compile()

	def _compile(self) -> None:
		"""Byte-code for all, on every core, so that the first start is not slower than the next."""
		run([self.python, "-m", "compileall", "-q", "-j", "0", self.packages], "compiling Python packages")


def only(lock: str, names: tuple[str, ...]) -> str:
	"""The entries of a lock file for these packages, with their hashes."""
	blocks = re.split(r"\n(?=\S)", lock)
	return (
		"\n".join(
			block
			for block in blocks
			if re.match(r"([A-Za-z0-9._-]+)==", block) and block.split("==")[0] in names
		)
		+ "\n"
	)


def make_view(bench: Bench, environment: Environment) -> None:
	"""Give the bench an `env` of its own: the shared packages, the framework, the app from this checkout, and our tools.

	It costs a tenth of a second, so it is made anew whenever it would look different.
	"""
	paths = [environment.packages, bench.apps / "frappe", CHECKOUT / "apps", BRIDGE, CHECKOUT]
	stamp = digest(Path(__file__), python_label(), *map(str, paths))
	marker = bench.stamps / "env"
	if marker.is_file() and marker.read_text() == stamp and bench.python.exists():
		return
	folder = bench.root / "env"
	remove(folder)
	marker.unlink(missing_ok=True)
	venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
	packages = folder / "lib" / environment.packages.parent.name / "site-packages"
	# The shared packages as a site folder of its own, so that their own .pth files count: setuptools' brings distutils back.
	lines = [f"import site; site.addsitedir({str(environment.packages)!r})", *map(str, paths[1:])]
	(packages / "devbench.pth").write_text("\n".join(lines) + "\n", encoding="utf-8")
	for tool in ("pytest", "playwright"):
		script = folder / "bin" / tool
		script.write_text(f'#!/bin/sh\nexec "{bench.python}" -m {tool} "$@"\n', encoding="utf-8")
		script.chmod(0o755)
	# A program of its own: `python -m ruff` looks for it beside the Python that runs.
	(folder / "bin" / "ruff").symlink_to(environment.python.with_name("ruff"))
	write_atomically(marker, stamp)
