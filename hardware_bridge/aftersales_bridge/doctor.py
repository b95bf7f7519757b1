"""``aftersales-bridge doctor``: what is wrong, in plain words, and what to do about it.

Beyond ``check`` it looks at what surrounds the bridge: rights, other programs, names, certificates, clocks, room.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sqlite3
import ssl
import stat
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlsplit

from aftersales_bridge import __version__, clock
from aftersales_bridge.check import FAIL, OK, WARN, Row, check
from aftersales_bridge.client import SiteClient, SiteError
from aftersales_bridge.config import Config, Device, load, read_token
from aftersales_bridge.event_queue import EventQueue
from aftersales_bridge.heartbeat import SKEW_S, skew_of
from aftersales_bridge.ports import kind_of
from aftersales_bridge.ports.common import address
from aftersales_bridge.schema import ConfigError

PROBE_S = 5.0
LOW_BYTES = 200_000_000
WAITING_S = 300
CERTIFICATE_DAYS = 14
# SQLite's write-ahead log needs memory shared by the processes, which these file systems do not offer.
NETWORK_DISKS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "davfs"}


def examine(path: Path) -> list[Row]:
	"""Look at everything that the configuration file ``path`` names; the findings, most basic ones first."""
	try:
		config = load(path)
	except ConfigError as error:
		return [Row("configuration", FAIL, str(error))]
	rows = [*_file_rights(config), *_disk(config), *_backlog(config)]
	for device in config.devices:
		rows += _device(device)
	rows += _way_to_site(config)
	rows += _clock(config)
	explained = {row.what for row in rows if row.result == FAIL}
	# What check finds in the same words as everywhere, but nothing twice.
	found = [row for row in check(config) if row.what != "configuration"]
	return rows + [row for row in found if row.result != FAIL or row.what not in explained]


def _file_rights(config: Config) -> Iterator[Row]:
	yield Row("program", OK, f"aftersales-bridge {__version__}, run as {_user()}")
	if os.name != "posix":
		return
	with contextlib.suppress(OSError):
		mode = stat.S_IMODE(config.path.stat().st_mode)
		secrets = [device.id for device in config.devices if kind_of(device.port).name == "http"]
		if secrets and mode & 0o077:
			yield Row(
				"configuration",
				WARN,
				f"{config.path} holds the secret address of {secrets[0]}; run: chmod 600 {config.path}",
			)
		if mode & 0o022:
			yield Row(
				"configuration",
				WARN,
				f"{config.path} can be changed by others; run: chmod go-w {config.path}",
			)
	owner = _owner(config.token_file)
	if owner is not None and owner != _user() and _user() == "root":
		yield Row(
			"token",
			WARN,
			f"{config.token_file} belongs to {owner}; the bridge must run as that user to read it",
		)


def _disk(config: Config) -> Iterator[Row]:
	folder = config.data_dir
	existing = next((place for place in (folder, *folder.parents) if place.exists()), None)
	if existing is None or not os.access(existing, os.W_OK | os.X_OK):
		yield Row(
			"data_dir",
			FAIL,
			f"{_user()} may not write in {existing}; give it to the bridge's user: chown -R USER {folder}",
		)
		return
	kind = _file_system(existing)
	if kind in NETWORK_DISKS:
		yield Row(
			"data_dir",
			FAIL,
			f"{folder} is on a network disk ({kind}), where the queue is not safe; use a local disk",
		)
	free = shutil.disk_usage(existing).free
	if free < LOW_BYTES:
		yield Row(
			"disk",
			WARN,
			f"only {free // 1_000_000} MB are free at {existing}; make room, or events must wait in memory",
		)
	else:
		yield Row("disk", OK, f"{free // 1_000_000} MB are free at {existing}")
	damaged = sorted(folder.glob("queue.sqlite3.damaged-*")) if folder.exists() else []
	if damaged:
		yield Row(
			"queue",
			WARN,
			f"{damaged[-1]}: a damaged queue was set aside; look for unsent calls in it, then delete it",
		)


def _backlog(config: Config) -> Iterator[Row]:
	if not config.queue_file.exists():
		return
	queue = EventQueue(config.queue_file)
	try:
		state = queue.state()
	except sqlite3.Error:
		# check says why.
		return
	finally:
		queue.close()
	if state.oldest_ms is not None and state.oldest_ms > WAITING_S * 1000:
		yield Row(
			"queue",
			WARN,
			f"{state.counts['queued']} events wait, the oldest for {_span(state.oldest_ms / 1000)}; the site cannot be "
			"reached, or the bridge is not running (systemctl status aftersales-bridge)",
		)


def _device(device: Device) -> Iterator[Row]:
	what = f"device {device.id}"
	kind = kind_of(device.port).name
	if kind == "serial" and "://" not in device.port:
		yield from _serial(what, device.port)
	elif kind == "tcp":
		yield from _reachable(what, *address(device.port))
	elif kind == "pipe":
		program = device.port.partition(":")[2].split()[0]
		if shutil.which(program) is None:
			yield Row(what, FAIL, f"the program {program} is not installed, or not in the path of {_user()}")
	if device.adapter == "hayes" and _process_named("ModemManager"):
		yield Row(
			what,
			WARN,
			"ModemManager runs here and sends commands to modems, which costs calls; keep it away with the udev rule "
			"70-aftersales-bridge.rules, or: systemctl disable --now ModemManager",
		)


def _serial(what: str, port: str) -> Iterator[Row]:
	path = Path(port)
	if not path.exists():
		others = (
			sorted(str(p) for p in Path("/dev/serial/by-id").glob("*"))
			if Path("/dev/serial/by-id").exists()
			else []
		)
		seen = f"; plugged in are {', '.join(others)}" if others else "; no USB serial device is plugged in"
		yield Row(what, FAIL, f"{port} does not exist{seen}")
		return
	target = path.resolve()
	if not os.access(target, os.R_OK | os.W_OK):
		group = _group(target)
		yield Row(
			what,
			FAIL,
			f"{_user()} may not open {target}; run: usermod -aG {group} {_user()}, and log in again",
		)
	for pid, name in _users_of(target):
		if not _is_bridge(pid):
			yield Row(what, WARN, f"{name} (process {pid}) uses {target} too; stop it, or it takes our calls")
	if path.name.startswith(("ttyUSB", "ttyACM")) and not path.is_symlink():
		yield Row(
			what,
			WARN,
			f"{port} may become another device after a restart; give its name under /dev/serial/by-id or by-path",
		)


def _reachable(what: str, host: str, number: int) -> Iterator[Row]:
	try:
		found = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)
	except OSError as error:
		yield Row(
			what,
			FAIL,
			f"the name {host} is not known here ({error.strerror}); check it, and the DNS settings",
		)
		return
	try:
		socket.create_connection((host, number), PROBE_S).close()
	except OSError as error:
		yield Row(what, FAIL, f"{host} ({found[0][4][0]}) does not answer on port {number}: {_reason(error)}")


def _way_to_site(config: Config) -> Iterator[Row]:
	url = urlsplit(config.site_url)
	host, number = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
	if host.endswith(".localhost"):
		host = "127.0.0.1"
	rows = list(_reachable("way to the site", host, number))
	if rows:
		yield from rows
		return
	if url.scheme == "https":
		yield _certificate(config, host, number)
	elif host not in ("127.0.0.1", "localhost", "::1"):
		yield Row(
			"way to the site",
			WARN,
			f"{config.site_url} is not encrypted: numbers and token can be read on the way; use https",
		)


def _certificate(config: Config, host: str, number: int) -> Row:
	context = ssl.create_default_context(cafile=str(config.ca_file) if config.ca_file else None)
	what = "certificate"
	try:
		with (
			socket.create_connection((host, number), PROBE_S) as plain,
			context.wrap_socket(plain, server_hostname=host) as tls,
		):
			until = datetime.fromtimestamp(
				ssl.cert_time_to_seconds(tls.getpeercert()["notAfter"]), timezone.utc
			)
	except ssl.SSLCertVerificationError as error:
		return Row(what, FAIL, f"the site's certificate is not trusted: {_certificate_trouble(error, host)}")
	except OSError as error:
		return Row(
			what,
			FAIL,
			f"no encrypted connection to {host}:{number}: {_reason(error)}; is this an https port?",
		)
	days = (until - datetime.now(timezone.utc)).days
	if days < CERTIFICATE_DAYS:
		return Row(what, WARN, f"the site's certificate ends in {days} days ({until:%Y-%m-%d}); renew it")
	return Row(what, OK, f"trusted until {until:%Y-%m-%d}")


def _certificate_trouble(error: ssl.SSLCertVerificationError, host: str) -> str:
	text = error.verify_message
	if "self-signed" in text or "self signed" in text or "local issuer" in text:
		return f"it is signed by nobody this computer knows ({text}); give the authority's file as ca_file in [site]"
	if "expired" in text:
		return "it has expired, or this computer's clock is wrong; renew it, or set the clock"
	if "not yet valid" in text:
		return "it is not valid yet: this computer's clock is probably wrong; set it"
	if "match" in text:
		return f"it is for another name than {host}; use the name in the certificate as url"
	return text


def _clock(config: Config) -> Iterator[Row]:
	if clock.wall_ms() < 1_735_689_600_000:
		yield Row(
			"clock",
			FAIL,
			f"this computer believes it is {clock.iso(clock.wall_ms())[:10]}; set the clock, switch NTP on",
		)
		return
	try:
		client = SiteClient(config, read_token(config.token_file))
		started = clock.mono()
		found = client.check_bridge()
		client.close()
	except (ConfigError, SiteError):
		# check says why.
		return
	skew = skew_of(found.get("server_time"), clock.mono() - started)
	if skew is not None and abs(skew) > SKEW_S:
		way = "ahead of" if skew > 0 else "behind"
		yield Row(
			"clock",
			WARN,
			f"this computer is {_span(abs(skew))} {way} the site; switch time synchronisation on: timedatectl set-ntp true",
		)
	elif skew is not None:
		yield Row("clock", OK, f"agrees with the site's to {abs(skew):.1f} s")
	version = found.get("version")
	if version:
		yield Row("site version", OK, f"Aftersales {version}")


def _user() -> str:
	with contextlib.suppress(ImportError, KeyError, AttributeError):
		import pwd

		return pwd.getpwuid(os.geteuid()).pw_name
	return os.environ.get("USERNAME", "this user")


def _owner(path: Path) -> str | None:
	with contextlib.suppress(OSError, KeyError, NotImplementedError, ImportError):
		return path.owner()
	return None


def _group(path: Path) -> str:
	with contextlib.suppress(OSError, KeyError, NotImplementedError, ImportError):
		return path.group()
	return "dialout"


def _file_system(path: Path) -> str:
	"""The kind of file system that holds ``path``, empty where the system does not tell."""
	best, kind = "", ""
	with contextlib.suppress(OSError), open("/proc/mounts", encoding="utf-8", errors="replace") as mounts:
		for line in mounts:
			_, place, name = line.split(" ")[:3]
			place = place.replace("\\040", " ")
			if len(place) >= len(best) and (place == "/" or f"{path.resolve()}/".startswith(f"{place}/")):
				best, kind = place, name
	return kind


def _processes() -> Iterator[tuple[int, str]]:
	for folder in Path("/proc").glob("[0-9]*"):
		with contextlib.suppress(OSError):
			yield int(folder.name), (folder / "comm").read_text().strip()


def _process_named(name: str) -> bool:
	return any(found == name[:15] for _, found in _processes())


def _is_bridge(pid: int) -> bool:
	with contextlib.suppress(OSError):
		words = Path(f"/proc/{pid}/cmdline").read_bytes()
		return b"aftersales_bridge" in words or b"aftersales-bridge" in words
	return False


def _users_of(path: Path) -> Iterator[tuple[int, str]]:
	"""The processes that hold ``path`` open, as far as this user may see them."""
	for pid, name in _processes():
		with contextlib.suppress(OSError):
			if any(os.readlink(link) == str(path) for link in Path(f"/proc/{pid}/fd").iterdir()):
				yield pid, name


def _reason(error: OSError) -> str:
	if isinstance(error, TimeoutError):
		return "nothing comes back; is it switched on, and does a firewall let us through?"
	if isinstance(error, ConnectionRefusedError):
		return "nothing listens there; is the program running, and is the port right?"
	return error.strerror or str(error)


def _span(seconds: float) -> str:
	for size, name in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
		if seconds >= 2 * size:
			return f"{seconds / size:.0f} {name}"
	return f"{seconds:.0f} seconds"
