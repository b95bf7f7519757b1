"""The command ``aftersales-bridge``."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from aftersales_bridge import __version__
from aftersales_bridge.config import DEFAULT_PATH, Config, load
from aftersales_bridge.event_queue import EventQueue
from aftersales_bridge.masking import MaskingFormatter, mask, show_numbers
from aftersales_bridge.schema import ConfigError
from aftersales_bridge.simulator import device_names, make_device

if TYPE_CHECKING:
	from aftersales_bridge.check import Row

EXIT_FAILED = 1
EXIT_CONFIG = 2


def main(argv: list[str] | None = None) -> int:
	"""Run the command line ``argv``; the exit code: 0 well, 1 something failed, 2 a person must change something."""
	arguments = _parser().parse_args(argv)
	try:
		return arguments.run(arguments)
	except ConfigError as error:
		print(f"aftersales-bridge: {error}", file=sys.stderr)
		return EXIT_CONFIG
	except KeyboardInterrupt:
		return 130
	except BrokenPipeError:
		return EXIT_FAILED


def _parser() -> argparse.ArgumentParser:
	parser = argparse.ArgumentParser(prog="aftersales-bridge", description=__doc__)
	parser.add_argument("--version", action="version", version=__version__)
	commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
	config = argparse.ArgumentParser(add_help=False)
	config.add_argument(
		"--config",
		"-c",
		metavar="FILE",
		default=os.environ.get("AFTERSALES_BRIDGE_CONFIG", DEFAULT_PATH),
		help="configuration file (default: $AFTERSALES_BRIDGE_CONFIG or %(default)s)",
	)
	run = commands.add_parser(
		"run", parents=[config], help="read the devices and report calls, until stopped"
	)
	run.set_defaults(run=_run)
	check = commands.add_parser("check", parents=[config], help="test configuration, devices and site")
	check.add_argument(
		"--schema", action="store_true", help="print the configuration file's JSON Schema, and test nothing"
	)
	check.set_defaults(run=_check)
	doctor = commands.add_parser(
		"doctor", parents=[config], help="say in plain words what is wrong and what to do about it"
	)
	doctor.set_defaults(run=_doctor)
	queue = commands.add_parser("queue", parents=[config], help="show the queue and undeliverable events")
	queue.add_argument("--json", action="store_true", help="print JSON")
	queue.add_argument(
		"--requeue",
		nargs="+",
		metavar="EVENT",
		help="send undeliverable events again: their ids, or the word all",
	)
	queue.set_defaults(run=_queue)
	_add_simulate(commands)
	return parser


def _add_simulate(commands: argparse._SubParsersAction) -> None:
	kinds = list(device_names())
	simulate = commands.add_parser(
		"simulate",
		help="be a modem, a caller-ID box or a telephone system, and ring it",
		description="Without KIND, or with modem: telephone lines with a real modem implementation (libspandsp) at their end. "
		"With another KIND: a device that sends what the real one would. Commands come on standard input or through --send: "
		"ring NUMBER [NAME], ring withheld|unavailable|none, hangup (modem), unplug, plug, noise BYTES, wait [SECONDS] (modem), "
		"status, quit; @2 before a command means line 2 of the modems. Other kinds: ring NUMBER [NAME] [line=L] [rings=N] "
		"[answer=SECONDS] [talk=SECONDS] [out].",
	)
	add = simulate.add_argument
	add(
		"kind",
		nargs="?",
		default="modem",
		choices=["modem", *kinds],
		metavar="KIND",
		help=", ".join(["modem", *kinds]),
	)
	add(
		"--link",
		metavar="PATH",
		help="symbolic link to its port, or named pipe; with --lines, PATH1, PATH2 …",
	)
	add("--to", metavar="HOST:PORT", help="where the bridge listens; for web requests its whole address")
	add("--listen", metavar="HOST:PORT", help="where the bridge connects to")
	add("--lines", type=int, default=1, metavar="N", help="how many lines with a modem (default 1)")
	add("--control", metavar="PATH", help="control socket (default: the link's path with .control)")
	add(
		"--call",
		action="append",
		default=[],
		metavar="NUMBER[,NAME]",
		help="ring this number; may be repeated",
	)
	add("--every", type=float, metavar="SECONDS", help="ring the --call numbers in turn, at this distance")
	add("--count", type=int, metavar="N", help="end --every after N calls")
	add("--rings", type=int, default=4, metavar="N", help="rings of a call nobody answers (default 4)")
	add(
		"--cadence",
		type=float,
		default=5.0,
		metavar="SECONDS",
		help="from ring to ring (default 5, as in China)",
	)
	add("--send", metavar="COMMAND", help="give a command to the running simulator and print its answer")
	simulate.set_defaults(run=_simulate)


def _load(arguments: argparse.Namespace) -> Config:
	config = load(arguments.config)
	show_numbers(config.show_numbers)
	return config


def _run(arguments: argparse.Namespace) -> int:
	from aftersales_bridge.service import run

	config = _load(arguments)
	# The journal stamps lines itself.
	stamp = "" if os.environ.get("JOURNAL_STREAM") else "%(asctime)s "
	handler = logging.StreamHandler()
	handler.setFormatter(MaskingFormatter(f"{stamp}%(levelname)s %(message)s"))
	logging.basicConfig(level=config.log_level.upper(), handlers=[handler])
	# It tells of every request, and nothing that we do not.
	logging.getLogger("urllib3").setLevel(logging.WARNING)
	return run(config)


def _check(arguments: argparse.Namespace) -> int:
	from aftersales_bridge.check import check

	if arguments.schema:
		from aftersales_bridge.json_schema import schema

		print(json.dumps(schema(), indent="\t", ensure_ascii=False))
		return 0
	return _print_rows(check(_load(arguments)))


def _doctor(arguments: argparse.Namespace) -> int:
	from aftersales_bridge.doctor import examine

	return _print_rows(examine(Path(arguments.config)))


def _print_rows(rows: list[Row]) -> int:
	"""Print findings as a table; the exit code."""
	from aftersales_bridge.check import FAIL

	width = max(len(row.what) for row in rows)
	for row in rows:
		print(f"{row.what:<{width}}  {row.result:<7}  {row.detail}")
	return EXIT_FAILED if any(row.result == FAIL for row in rows) else 0


def _queue(arguments: argparse.Namespace) -> int:
	config = _load(arguments)
	if not config.queue_file.exists():
		raise ConfigError(f"{config.queue_file}: there is no queue yet; it is made by: aftersales-bridge run")
	queue = EventQueue(config.queue_file)
	try:
		if arguments.requeue:
			back = queue.requeue(None if arguments.requeue == ["all"] else arguments.requeue)
			print(f"{back} event(s) queued again; a running bridge sends them within half a minute")
			return 0 if back else EXIT_FAILED
		counts, dead = queue.counts(), queue.dead()
	except sqlite3.Error as error:
		raise ConfigError(f"{config.queue_file}: {error}") from None
	finally:
		queue.close()
	_print_queue(counts, dead, arguments.json)
	return 0


def _print_queue(counts: dict[str, int], dead: list[dict], as_json: bool) -> None:
	if as_json:
		print(json.dumps({"counts": counts, "dead": dead}, ensure_ascii=False))
		return
	print(f"waiting {counts['queued']}   sent {counts['sent']}   undeliverable {counts['dead']}")
	for event in dead:
		body = event["body"]
		number = mask(body["number_raw"] or body["presentation"])
		print(f"{event['event_id']}  {body['occurred_at']}  line {event['line']}  {event['kind']}  {number}")
		print(f"    {mask(event['reason'])}")


def _simulate(arguments: argparse.Namespace) -> int:
	from aftersales_bridge.simulator import control

	where, socket_path = _simulated_place(arguments)
	if arguments.send is not None:
		return control.send(socket_path, arguments.send)
	if arguments.every is not None and not arguments.call:
		raise ConfigError("simulate: --every needs at least one --call NUMBER")
	for name, low in (("lines", 1), ("rings", 1), ("cadence", 0.01)):
		if getattr(arguments, name) < low:
			raise ConfigError(f"simulate: --{name} must be at least {low}")
	plan = control.Plan(
		calls=[tuple(call.split(",", 1)) if "," in call else (call, "") for call in arguments.call],
		every=arguments.every,
		count=arguments.count,
	)
	if arguments.kind == "modem":
		links = [Path(where + (str(n) if arguments.lines > 1 else "")) for n in range(1, arguments.lines + 1)]
		return control.Simulator(links, socket_path, arguments.rings, arguments.cadence, plan).run()
	from aftersales_bridge.simulator.player import Habits, Player

	habits = Habits(arguments.rings, arguments.cadence)
	return Player(make_device(arguments.kind), where, socket_path, habits, plan).run()


def _simulated_place(arguments: argparse.Namespace) -> tuple[str, Path]:
	"""Where the device is, and its control socket. Raises ConfigError."""
	if arguments.kind == "modem":
		option = "link"
	else:
		from aftersales_bridge.simulator.wires import WIRES

		option = WIRES[make_device(arguments.kind).wire][1]
	where = getattr(arguments, option)
	if not where:
		raise ConfigError(f"simulate {arguments.kind}: say where with --{option}")
	control = arguments.control or (f"{where}.control" if option == "link" else None)
	if control is None:
		folder = Path(tempfile.gettempdir(), f"aftersales-simulate-{os.getuid()}")
		folder.mkdir(mode=0o700, exist_ok=True)
		control = folder / arguments.kind
	return where, Path(control)
