"""Where things lie: the checkout, a bench inside it, and the cache outside it."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
APP = "aftersales"
APP_PACKAGE = CHECKOUT / "apps" / APP
DEVBENCH = CHECKOUT / "devbench"
LOCKS = DEVBENCH / "locks"
NODE = DEVBENCH / "node"
BRIDGE = CHECKOUT / "hardware_bridge"
ARTIFACTS = CHECKOUT / ".artifacts"
DEMO_SITE = "aftersales.localhost"
TEST_SITE = "test.localhost"
# Of the tests that run beside those.
BESIDE_SITE = "beside.localhost"


@dataclass(frozen=True)
class Bench:
	"""One bench: its folder, shaped as Frappe's own tools expect, and the first ports to try.

	Two exist in a checkout, with servers and data of their own, so that a test run never touches what somebody
	is just trying out: `.bench` for `make start` and `.bench/test` for `make test`.
	"""

	root: Path
	kind: str  # "demo" or "test"
	web_port: int
	realtime_port: int
	database_port: int
	redis_port: int

	@property
	def sites(self) -> Path:
		return self.root / "sites"

	@property
	def apps(self) -> Path:
		return self.root / "apps"

	@property
	def config(self) -> Path:
		return self.root / "config"

	@property
	def logs(self) -> Path:
		return self.root / "logs"

	@property
	def run(self) -> Path:
		"""Records of running processes."""
		return self.root / "run"

	@property
	def database(self) -> Path:
		"""MariaDB's data directory."""
		return self.root / "mysql"

	@property
	def stamps(self) -> Path:
		return self.config / "stamps"

	@property
	def python(self) -> Path:
		return self.root / "env" / "bin" / "python"


def demo_bench() -> Bench:
	"""The bench of `make start`."""
	return Bench(CHECKOUT / ".bench", "demo", 8000, 9000, 13306, 13000)


def test_bench() -> Bench:
	"""The bench of `make test`."""
	return Bench(CHECKOUT / ".bench" / "test", "test", 8100, 9100, 13406, 13100)


def cache_root() -> Path:
	"""Folder of what does not depend on the app: $AFTERSALES_DEVBENCH_CACHE, else below the user's cache folder."""
	named = os.environ.get("AFTERSALES_DEVBENCH_CACHE")
	if named:
		return Path(named).expanduser().absolute()
	base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
	return Path(base) / "aftersales-devbench"


def digest(*parts: str | bytes | Path) -> str:
	"""Short hash of texts and of the files' contents; what a cache entry or stamp is known by."""
	total = hashlib.sha256()
	for part in parts:
		data = (
			part.read_bytes() if isinstance(part, Path) else part.encode() if isinstance(part, str) else part
		)
		total.update(str(len(data)).encode() + b":" + data)
	return total.hexdigest()[:16]


def tree_digest(root: Path, skip=lambda path: False) -> str:
	"""Hash of every file's name and content below `root`, except caches and what `skip(relative path)` says."""
	total = hashlib.sha256()
	for folder, folders, files in os.walk(root):
		folders[:] = sorted(name for name in folders if name not in ("__pycache__", "node_modules", ".git"))
		for name in sorted(files):
			path = Path(folder, name)
			relative = path.relative_to(root)
			if name.endswith((".pyc", ".tmp", "~")) or skip(relative):
				continue
			try:
				data = path.read_bytes()
			except FileNotFoundError:  # an editor's temporary file, gone meanwhile, or a dangling link
				continue
			total.update(f"{relative}\0{len(data)}\0".encode() + data)
	return total.hexdigest()[:16]
