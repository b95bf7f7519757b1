"""Where the framework comes from: the Python package registry, the public git repository, or a folder."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from devbench import names
from devbench.cache import remove, write_atomically
from devbench.errors import Stop
from devbench.layout import CHECKOUT, LOCKS, digest, tree_digest
from devbench.processes import run
from devbench.progress import say

REPOSITORY = "https://github.com/frappe/frappe.git"
BRANCH = "version-15"
GIT_SECONDS = 6.0
CHOICE = CHECKOUT / ".bench" / "framework.json"
# To be raised when this module makes something else of the same source.
RECIPE = "4"
# Frappe takes it from a git fork; this release of the registry works in its place.
AIR_DATEPICKER = "2.2.3"


@dataclass(frozen=True)
class Source:
	"""A framework source that has been decided on.

	kind: pypi, git or path; asked: the words of FRAPPE_SOURCE; identity: the wheel's hash, commit or content hash;
	place: address or folder it is taken from.
	"""

	kind: str
	asked: str
	identity: str
	place: str

	@property
	def label(self) -> str:
		if self.kind == "pypi":
			return f"the copy in the Python package registry ({self.place})"
		if self.kind == "git":
			return f"{self.place}, branch {BRANCH}, commit {self.identity[:10]}"
		return f"the folder {self.place}"

	@property
	def official(self) -> bool:
		"""Whether it brings its own asset builder and realtime server."""
		return self.kind != "pypi"


def choose() -> Source:
	"""Decide on the source by FRAPPE_SOURCE: auto (the default), git, pypi or path:DIR.

	A checkout keeps what it decided on; naming another source in FRAPPE_SOURCE decides anew, and so does `make reset`.
	Raises Stop when FRAPPE_SOURCE is none of these, or names a folder or repository that cannot be used.
	"""
	asked = os.environ.get("FRAPPE_SOURCE", "").strip()
	former = _former()
	if former and former.kind != "path" and (not asked or asked == former.asked):
		return former
	if not asked:
		asked = former.asked if former else "auto"
	source = _decide(asked)
	write_atomically(CHOICE, json.dumps(asdict(source)))
	return source


def _former() -> Source | None:
	try:
		return Source(**json.loads(CHOICE.read_text(encoding="utf-8")))
	except (OSError, ValueError, TypeError):
		return None


def _decide(asked: str) -> Source:
	if asked == "pypi":
		return _pypi(asked)
	if asked.startswith("path:"):
		return _path(asked)
	if asked == "git":
		commit = _remote_commit()
		if not commit:
			raise Stop(
				f"The repository {REPOSITORY} cannot be reached with git: check the network, or leave FRAPPE_SOURCE out to take the copy in the Python package registry."
			)
		return Source("git", asked, commit, REPOSITORY)
	if asked == "auto":
		commit = _remote_commit()
		if commit:
			return Source("git", asked, commit, REPOSITORY)
		say("  · the public git repository is out of reach from here")
		return _pypi(asked)
	raise Stop(
		f"FRAPPE_SOURCE={asked} is not known: use auto, git, pypi or path:DIR with the folder of a Frappe 15 checkout."
	)


def wheel_lock() -> tuple[str, str]:
	"""Requirement and SHA-256 of the framework copy, as locked."""
	text = (LOCKS / "framework.lock").read_text(encoding="utf-8")
	found = re.search(r"^(\S+==\S+) --hash=sha256:([0-9a-f]{64})$", text, re.M)
	if not found:
		raise Stop("devbench/locks/framework.lock names no package with its hash: restore the file with git.")
	return found[1], found[2]


def _pypi(asked: str) -> Source:
	requirement, sha256 = wheel_lock()
	return Source("pypi", asked, sha256, requirement)


def _path(asked: str) -> Source:
	folder = Path(asked.removeprefix("path:")).expanduser().absolute()
	version = folder / "frappe" / "__init__.py"
	if not version.is_file() or not (folder / "package.json").is_file():
		raise Stop(
			f"{asked} is no Frappe checkout: name the folder that holds frappe/, package.json and pyproject.toml."
		)
	major = re.search(r'__version__ = "(\d+)', version.read_text(encoding="utf-8"))
	if not major or major[1] != "15":
		raise Stop(f"{asked} is not Frappe 15: check out its branch {BRANCH} there, or name another folder.")
	identity = tree_digest(
		folder, skip=lambda path: path.parts[0] in ("cypress", ".github") or "dist" in path.parts
	)
	return Source("path", asked, identity, str(folder))


def _remote_commit() -> str | None:
	"""Commit of the branch in the public repository, or None when git does not get it within a few seconds."""
	if not shutil.which("git"):
		return None
	command = ["git", "-c", "http.lowSpeedTime=5", "ls-remote", REPOSITORY, f"refs/heads/{BRANCH}"]
	environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true"}
	try:
		done = subprocess.run(
			command,
			env=environment,
			stdin=subprocess.DEVNULL,
			capture_output=True,
			text=True,
			timeout=GIT_SECONDS,
		)
	except subprocess.TimeoutExpired:
		return None
	return done.stdout.split()[0] if done.returncode == 0 and done.stdout.strip() else None


def verify(wheel: Path, sha256: str) -> None:
	"""Raise Stop unless the file has exactly this content."""
	found = hashlib.sha256(wheel.read_bytes()).hexdigest()
	if found != sha256:
		raise Stop(
			f"{wheel.name} is not the file that is locked (its SHA-256 is {found[:16]}…, {sha256[:16]}… is wanted), so it was refused: check the mirror that pip uses."
		)


def fetch(source: Source, app: Path, python: Callable[[], Path]) -> None:
	"""Put the framework into the folder `app`, shaped as a checkout: app/frappe/ and what lies beside it.

	python: gives a Python that has pip; it is asked only when pip is needed. The source itself is never written to.
	"""
	remove(app)
	app.parent.mkdir(parents=True, exist_ok=True)
	if source.kind == "pypi":
		_fetch_wheel(source, app, python())
	elif source.kind == "git":
		run(
			["git", "clone", "-q", "--depth", "1", "--branch", BRANCH, source.place, str(app)],
			"cloning Frappe's repository",
		)
		run(
			["git", "-C", str(app), "fetch", "-q", "--depth", "1", "origin", source.identity],
			"fetching Frappe's commit",
		)
		run(["git", "-C", str(app), "checkout", "-q", source.identity], "checking out Frappe's commit")
		remove(app / ".git")
	else:
		ignored = shutil.ignore_patterns(".git", "node_modules", "__pycache__", "*.pyc", "cypress", "dist")
		shutil.copytree(source.place, app, symlinks=True, ignore=ignored)


def _fetch_wheel(source: Source, app: Path, python: Path) -> None:
	folder = app.parent / "wheel"
	remove(folder)
	pip = [
		python,
		"-m",
		"pip",
		"--disable-pip-version-check",
		"--no-input",
		"download",
		"--no-deps",
		"--only-binary=:all:",
	]
	run([*pip, "--require-hashes", "-r", LOCKS / "framework.lock", "-d", folder], "downloading the framework")
	wheel = next(folder.glob("*.whl"))
	verify(wheel, source.identity)
	names.unpack(wheel, app)
	remove(folder)


def node_packages(app: Path) -> None:
	"""Change the checkout's package.json: nothing from outside the npm registry, and the versions of its yarn.lock.

	Newer releases within its ranges have left out files that Frappe imports.
	"""
	file = app / "package.json"
	package = json.loads(file.read_text(encoding="utf-8"))
	locked = yarn_versions(app / "yarn.lock")
	package["dependencies"] = {
		name: AIR_DATEPICKER if name == "air-datepicker" else locked.get((name, wanted), wanted)
		for name, wanted in package["dependencies"].items()
	}
	package.pop("optionalDependencies", None)  # native helpers that only make it faster
	package["overrides"] = _settled(locked, package["dependencies"])
	outside = [name for name, version in package["dependencies"].items() if re.search(r"[:/]", version)]
	if outside:
		raise Stop(
			f"Frappe's package.json takes {', '.join(outside)} from outside the npm registry, which the private bench does not know yet: use FRAPPE_SOURCE=pypi."
		)
	file.write_text(json.dumps(package, indent=2) + "\n", encoding="utf-8")


def _settled(locked: dict[tuple[str, str], str], direct: dict[str, str]) -> dict[str, str]:
	"""npm's overrides that hold what other packages need at the lock's version, where it has but one of a package."""
	versions: dict[str, set[str]] = {}
	for (name, _wanted), version in locked.items():
		versions.setdefault(name, set()).add(version)
	return {
		name: f"${name}" if name in direct else next(iter(found))
		for name, found in sorted(versions.items())
		if len(found) == 1 and name != "air-datepicker"
	}


def yarn_versions(lock: Path) -> dict[tuple[str, str], str]:
	"""Versions that a yarn.lock settled on, by package name and wanted range; empty without the file."""
	if not lock.is_file():
		return {}
	versions = {}
	for block in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8")):
		heading, _, rest = block.partition(":\n")
		version = re.search(r'^  version "([^"]+)"', rest, re.M)
		for entry in heading.split(", ") if version else []:
			name, _, wanted = entry.strip('"').rpartition("@")
			versions[name, wanted] = version[1]
	return versions


def python_requirements(pyproject: dict) -> list[str]:
	"""The requirements of a checkout's pyproject.toml, those from git replaced by the registry's release."""
	plain = []
	for requirement in pyproject["project"]["dependencies"]:
		name, at, _address = requirement.partition("@")
		plain.append(name.strip() if at and "git+" in requirement else requirement)
	return plain


def key(source: Source) -> str:
	"""What a cache entry of this source is known by."""
	return digest(RECIPE, source.kind, source.identity)
