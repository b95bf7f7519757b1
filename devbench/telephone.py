"""The demo's telephone line: a real modem implementation on a pseudo terminal, and the bridge that reads it."""

import json
import os
import stat
import tempfile
from pathlib import Path

from devbench.cache import write_atomically
from devbench.errors import Stop
from devbench.layout import DEMO_SITE, Bench, digest
from devbench.services import Service, Services
from devbench.site import Sites
from devbench.system import has_line_simulator

BRIDGE = "demo-bridge"
TOKEN_METHOD = "aftersales.demo.telephony.bridge_token"
SETTINGS = """[bridge]
id = "{bridge}"
data_dir = "{folder}"

[site]
url = "{url}"
token_file = "{token}"

[[device]]
id = "modem-1"
adapter = "hayes"
port = "{modem}"
line = "1"
"""


def modem_of(bench: Bench) -> Path:
	"""Path of the simulated modem. Short, since that of its control socket may have 107 bytes."""
	folder = Path(tempfile.gettempdir(), f"aftersales-{os.getuid()}-{digest(str(bench.root))[:8]}")
	folder.mkdir(mode=0o700, exist_ok=True)
	found = folder.lstat()
	if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode):
		raise Stop(f"{folder} belongs to somebody else: remove it, or set TMPDIR to a folder of your own.")
	return folder / "modem"


def configure(bench: Bench, services: Services, sites: Sites, renew: bool) -> Path:
	"""Write the bridge's settings and token; asks the site for the token when there is none or `renew` is true."""
	folder = bench.root / "bridge"
	folder.mkdir(exist_ok=True)
	token = folder / "token"
	if renew or not token.exists():
		answer = sites.frappe(services, DEMO_SITE, "execute", TOKEN_METHOD)
		write_atomically(token, json.loads(answer.strip().splitlines()[-1]), mode=0o600)
	settings = folder / "bridge.toml"
	text = SETTINGS.format(
		bridge=BRIDGE, folder=folder, url=services.ports.url, token=token, modem=modem_of(bench)
	)
	write_atomically(settings, text)
	return settings


def programs(bench: Bench, services: Services, settings: Path) -> list[Service]:
	"""Simulator and bridge. The desk works without them, so neither is vital."""
	if not has_line_simulator():
		return []
	command = [str(bench.python), "-m", "aftersales_bridge"]
	env = services.environment
	line = [*command, "simulate", "--link", str(modem_of(bench))]
	bridge = [*command, "run", "--config", str(settings)]
	return [
		Service("line", line, bench.root, env, patience=5, vital=False),
		Service("bridge", bridge, bench.root, env, patience=10, vital=False),
	]


def ring_command(bench: Bench, what: str) -> list[str]:
	"""Command that lets the simulated line ring. what: a number, a number and a name, or `withheld`."""
	modem = modem_of(bench)
	return [
		str(bench.python),
		"-m",
		"aftersales_bridge",
		"simulate",
		"--link",
		str(modem),
		"--send",
		f"ring {what}",
	]
