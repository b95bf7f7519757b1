"""What the machine itself must have: Debian packages, Node, disk space."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devbench.cache import remove
from devbench.errors import Stop
from devbench.processes import explain
from devbench.progress import step, warn

POLICY = Path("/usr/sbin/policy-rc.d")
SEARCH = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


def program(*names: str) -> str | None:
	"""Path of the first of these programs that is installed, /usr/sbin included."""
	for name in names:
		found = shutil.which(name, path=SEARCH)
		if found:
			return found
	return None


def chromium() -> str | None:
	"""The browser for the journeys: Debian's Chromium, or a Chrome that somebody installed."""
	return program("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _has_chinese_font() -> bool:
	lister = program("fc-list")
	if not lister:
		return False
	return bool(subprocess.run([lister, ":lang=zh-cn"], capture_output=True, text=True).stdout.strip())


def _has_library(pattern: str) -> bool:
	folders = [Path("/usr/lib"), Path("/usr/local/lib"), *Path("/usr/lib").glob("*-linux-*")]
	return any(any(folder.glob(pattern)) for folder in folders)


def has_line_simulator() -> bool:
	"""Whether the modem implementation is there that the simulated telephone line needs."""
	return _has_library("libspandsp.so.2*")


def _has_venv() -> bool:
	return (
		subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True).returncode == 0
	)


def _has_headers() -> bool:
	return Path(sysconfig.get_path("include"), "Python.h").is_file()


@dataclass(frozen=True)
class Need:
	"""One thing that a Debian package brings.

	packages: names to try in order, since releases differ; the first that the machine's package lists know is taken.
	optional: the bench runs without it, only what `why` says does not work.
	"""

	why: str
	present: Callable[[], object]
	packages: tuple[str, ...]
	optional: bool = False


# MariaDB's core package has the server without the system service that the full package would set up.
NEEDS = (
	Need(
		"the database",
		lambda: program("mariadbd") and program("mariadb-install-db"),
		("mariadb-server-core", "mariadb-server-core-10.6", "mariadb-server"),
	),
	Need(
		"loading a database",
		lambda: program("mariadb") and program("mysql"),
		("mariadb-client-core", "mariadb-client-core-10.6", "mariadb-client"),
	),
	Need("cache and queues", lambda: program("redis-server"), ("redis-server",)),
	Need("MariaDB Connector/Python", lambda: program("mariadb_config"), ("libmariadb-dev",)),
	Need("building Python packages", lambda: program("gcc", "cc"), ("gcc",)),
	Need("building Python packages", lambda: Path("/usr/include/stdio.h").exists(), ("libc6-dev",)),
	Need("building Python packages", lambda: program("pkg-config"), ("pkg-config",)),
	Need("building Python packages", _has_headers, (f"python{VERSION}-dev",)),
	Need("Python environments", _has_venv, (f"python{VERSION}-venv",)),
	Need("the asset builder and realtime server", lambda: program("node"), ("nodejs",)),
	Need("the asset builder and realtime server", lambda: program("npm"), ("npm",)),
	Need("PDF prints", lambda: program("wkhtmltopdf"), ("wkhtmltopdf",), optional=True),
	Need("listing fonts", lambda: program("fc-list"), ("fontconfig",)),
	Need("Chinese text in prints", _has_chinese_font, ("fonts-wqy-zenhei", "fonts-noto-cjk"), optional=True),
	Need(
		"the simulated telephone line",
		lambda: has_line_simulator(),
		("libspandsp2", "libspandsp2t64"),
		optional=True,
	),
)
TEST_NEEDS = (
	*NEEDS,
	Need("browser tests", chromium, ("chromium", "chromium-browser")),
	Need(
		"looking at prints in tests",
		lambda: program("pdftotext") and program("pdftoppm"),
		("poppler-utils",),
	),
	Need(
		"comparing the bridge's decoders with other programs",
		lambda: program("multimon-ng"),
		("multimon-ng",),
		optional=True,
	),
	Need(
		"comparing the bridge's decoders with other programs",
		lambda: program("minimodem"),
		("minimodem",),
		optional=True,
	),
	Need("calling the bridge by SIP in tests", lambda: program("sipp"), ("sip-tester",), optional=True),
	Need("calling the bridge by SIP in tests", lambda: program("baresip"), ("baresip-core",), optional=True),
)


def missing(needs: tuple[Need, ...]) -> list[Need]:
	"""Those of `needs` that the machine does not have."""
	return [need for need in needs if not need.present()]


def known_package(names: tuple[str, ...]) -> str | None:
	"""The first of `names` that the machine's package lists offer for installing."""
	for name in names:
		policy = subprocess.run(["apt-cache", "policy", name], capture_output=True, text=True).stdout
		candidate = re.search(r"Candidate: (\S+)", policy)
		if candidate and candidate[1] != "(none)":
			return name
	return None


def administrator() -> list[str] | None:
	"""Prefix that runs a command as root without asking, or None if that cannot be had."""
	if os.geteuid() == 0:
		return []
	if program("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
		return ["sudo", "-n"]
	return None


@contextmanager
def services_kept_still(root: list[str]) -> Iterator[None]:
	"""While inside, no package that gets installed starts, stops or restarts a service of the machine."""
	if POLICY.exists():  # somebody's own policy, as in a container image; it stays
		yield
		return
	script = "#!/bin/sh\nexit 101\n"
	command = f"printf '%s' \"$1\" > {POLICY} && chmod 755 {POLICY}"
	subprocess.run([*root, "sh", "-c", command, "sh", script], check=True)
	try:
		yield
	finally:
		if root:
			subprocess.run([*root, "rm", "-f", str(POLICY)], check=False)
		else:
			remove(POLICY)


def ensure_packages(needs: tuple[Need, ...]) -> None:
	"""Install the Debian packages that are missing.

	Raises Stop with the exact command when we may not install, and when a package that is not optional is unknown.
	"""
	lacking = missing(needs)
	if not lacking:
		return
	if not program("apt-get"):
		names = " ".join(need.packages[0] for need in lacking)
		raise Stop(
			f"This machine has no apt-get: install what these Debian packages bring, then run the same command again: {names}"
		)
	root = administrator()
	if root is None:
		names = " ".join(dict.fromkeys(known_package(need.packages) or need.packages[0] for need in lacking))
		raise Stop(
			f"System packages are missing; run this, then the same command again: sudo apt-get install --no-install-recommends {names}"
		)
	with step("Updating the package lists"):
		_apt(root, "update")
	packages = _choose(lacking)
	if not packages:
		return
	with step(f"Installing system packages: {' '.join(packages)}"), services_kept_still(root):
		brings_service = "redis-server" in packages
		_apt(root, "install", "-y", "--no-install-recommends", "--no-remove", *packages)
		if brings_service and program(
			"systemctl"
		):  # ours is private; the machine's would start at its next boot
			subprocess.run([*root, "systemctl", "disable", "redis-server"], capture_output=True)


def _choose(lacking: list[Need]) -> list[str]:
	"""Package names for what is lacking; says which optional ones this release does not have."""
	packages = []
	for need in lacking:
		name = known_package(need.packages)
		if name:
			packages.append(name)
		elif need.optional:
			warn(f"  ! This system offers no package {' or '.join(need.packages)}: {need.why} will not work.")
		else:
			raise Stop(
				f"No package {' or '.join(need.packages)} (for {need.why}) in the package lists: use Debian 12 or Ubuntu 22.04 or later, or install it by hand."
			)
	return list(dict.fromkeys(packages))


def _apt(root: list[str], *arguments: str) -> None:
	environment = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"]
	done = subprocess.run(
		[*root, *environment, "apt-get", "-q", "-o", "DPkg::Lock::Timeout=120", *arguments],
		stdin=subprocess.DEVNULL,
		stdout=subprocess.PIPE,
		stderr=subprocess.STDOUT,
		text=True,
		errors="replace",
	)
	if done.returncode:
		errors = [line for line in done.stdout.splitlines() if line.startswith("E:")]
		cause = explain(done.stdout) or (errors[0][3:] if errors else "apt-get failed")
		raise Stop(f"Could not install system packages: {cause} Try by hand: apt-get {' '.join(arguments)}")


def check_node() -> int:
	"""Major version of Node. Raises Stop when it is missing or below 18."""
	found = program("node")
	text = subprocess.run([found, "--version"], capture_output=True, text=True).stdout if found else ""
	version = re.match(r"v(\d+)\.", text)
	if not version or int(version[1]) < 18:
		have = f"{text.strip()} was found" if version else "it was not found"
		raise Stop(
			f"Node 18 or newer is needed and {have}: install a newer nodejs (and npm), then run the same command again."
		)
	return int(version[1])
