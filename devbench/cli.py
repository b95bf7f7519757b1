"""The commands of the private bench."""

import argparse
import os
import signal
import subprocess

from devbench import processes, system
from devbench.bench import build, take_over
from devbench.cache import remove
from devbench.errors import Stop
from devbench.layout import CHECKOUT, DEMO_SITE, Bench, demo_bench, test_bench
from devbench.progress import say, warn
from devbench.supervisor import SELF, Supervisor, end_leftovers

DEMO_CALLER = "13812345678"  # a customer of the demo data


def start(_arguments: list[str]) -> int:
	"""Build what is missing and run the bench until Ctrl-C."""
	bench = demo_bench()
	supervisor = Supervisor(bench)
	supervisor.claim()
	framework = build(bench, system.NEEDS, "Aftersales: starting the private bench")

	from devbench.running import run_demo

	return run_demo(bench, framework, supervisor)


def stop(_arguments: list[str]) -> int:
	"""End the bench and whatever an earlier one left."""
	ended = [name for bench in (demo_bench(), test_bench()) for name in end_leftovers(bench)]
	say(f"Ended: {', '.join(ended)}" if ended else "Nothing is running.")
	return 0


def status(_arguments: list[str]) -> int:
	"""Show which programs run. Ends with 0 if the bench is up, else 1."""
	records = {record.name: record for record in processes.noted(demo_bench().run)}
	if SELF not in records:
		say("The bench is not running: `make start` starts it.")
		return 1
	for name, record in records.items():
		say(f"  {name:<12} process {record.pid}")
	say(f"Address: {address(demo_bench())}")
	return 0


def address(bench: Bench) -> str:
	"""Where the running bench is reached."""
	import json

	settings = json.loads((bench.sites / "common_site_config.json").read_text(encoding="utf-8"))
	return settings["host_name"]


def logs(arguments: list[str]) -> int:
	"""Follow the logs of all programs, or of those named."""
	folder = demo_bench().logs
	wanted = [folder / f"{name}.log" for name in arguments] or sorted(folder.glob("*.log"))
	files = [str(path) for path in wanted if path.is_file()]
	if not files:
		known = ", ".join(sorted(path.stem for path in folder.glob("*.log"))) or "none yet"
		raise Stop(f"There is no such log (there are: {known}): `make start` makes them.")
	return subprocess.call(["tail", "-n", "40", "-F", *files])


def console(_arguments: list[str]) -> int:
	"""Open Frappe's Python console on the demo site."""
	return frappe(["--site", DEMO_SITE, "console"])


def frappe(arguments: list[str]) -> int:
	"""Run one of Frappe's own commands on the running bench, as `bench` would."""
	return _in_running_bench(["-m", "frappe.utils.bench_helper", "frappe", *arguments])


def benchmark(arguments: list[str]) -> int:
	"""Measure the running bench with a workload of benchmarks/: its name, then its own arguments."""
	known = sorted(path.stem for path in (CHECKOUT / "benchmarks").glob("[a-z]*.py"))
	if not arguments or arguments[0] not in known:
		raise Stop(
			f'Name a workload, one of: {", ".join(known)}. For example: make benchmark ARGS="{known[-1]}"'
		)
	return _in_running_bench(["-m", f"benchmarks.{arguments[0]}", *arguments[1:]])


def _in_running_bench(python_arguments: list[str]) -> int:
	"""Run the bench's Python from the folder of its sites, as Frappe wants it. Returns the exit code."""
	bench = demo_bench()
	if not any(record.name == "mariadb" for record in processes.noted(bench.run)):
		raise Stop("The bench is not running: start it with `make start`, then run this in another terminal.")
	environment = {
		**os.environ,
		"PATH": f"{bench.root / 'env' / 'bin'}:{os.environ.get('PATH', '')}",
		"PYTHONPATH": str(CHECKOUT),
		"AFTERSALES_BENCH": str(bench.root),
		"AFTERSALES_JOURNEY_SITE": DEMO_SITE,
		"AFTERSALES_CHROMIUM": system.chromium() or "",
	}
	return subprocess.call([str(bench.python), *python_arguments], cwd=bench.sites, env=environment)


def ring(arguments: list[str]) -> int:
	"""Let the demo's telephone line ring: a number, a number and a name, or `withheld`."""
	bench = demo_bench()
	if not any(record.name == "line" for record in processes.noted(bench.run)):
		raise Stop(
			"The telephone line is not running: start it with `make start`, then run this in another terminal."
		)

	take_over(bench)

	from devbench.telephone import ring_command

	return subprocess.call(ring_command(bench, " ".join(arguments) or DEMO_CALLER))


def reset(_arguments: list[str]) -> int:
	"""Remove the bench with its data. What is cached outside the checkout stays."""
	stop([])
	remove(CHECKOUT / ".bench")
	say("Removed .bench: `make start` makes a fresh one.")
	return 0


def test(arguments: list[str]) -> int:
	"""Run all tests, or what the arguments to pytest choose."""
	return _on_test_bench("run_tests", arguments)


def test_frappe(arguments: list[str]) -> int:
	"""Run the app's tests with Frappe's own runner, as `bench run-tests --app aftersales` does."""
	return _on_test_bench("run_frappe_tests", arguments)


def _on_test_bench(runner: str, arguments: list[str]) -> int:
	bench = test_bench()
	supervisor = Supervisor(bench)
	supervisor.claim()
	framework = build(bench, system.TEST_NEEDS, "Aftersales: preparing the tests")

	from devbench import running

	return getattr(running, runner)(bench, framework, supervisor, arguments)


def lint(_arguments: list[str]) -> int:
	"""Check style and format, and that every whitelisted function checks permission."""
	from devbench import whitelist

	problems = whitelist.check_package(CHECKOUT / "apps" / "aftersales")
	for problem in problems:
		say(str(problem))
	return max(_ruff("check", "."), _ruff("format", "--check", "."), int(bool(problems)))


def format_(_arguments: list[str]) -> int:
	"""Bring the sources into the agreed form."""
	return max(_ruff("check", "--fix", "."), _ruff("format", "."))


def _ruff(*arguments: str) -> int:
	framework_python = next(
		(bench.python for bench in (demo_bench(), test_bench()) if bench.python.exists()), None
	)
	if not framework_python:
		raise Stop("The tools are not installed yet: run `make start` or `make test` once.")
	return subprocess.call([str(framework_python), "-m", "ruff", *arguments], cwd=CHECKOUT)


COMMANDS = {
	"start": start,
	"stop": stop,
	"status": status,
	"logs": logs,
	"console": console,
	"ring": ring,
	"benchmark": benchmark,
	"frappe": frappe,
	"reset": reset,
	"test": test,
	"test-frappe": test_frappe,
	"lint": lint,
	"format": format_,
}


def main(arguments: list[str]) -> int:
	"""Run a command. Returns the exit code; a known mistake is told in one sentence."""
	summary = "\n".join(f"  {name:<12} {command.__doc__}" for name, command in COMMANDS.items())
	parser = argparse.ArgumentParser(
		prog="devbench", description="The private bench.", epilog=f"commands:\n{summary}",
		formatter_class=argparse.RawDescriptionHelpFormatter,
	)  # fmt: skip
	parser.add_argument("command", choices=COMMANDS, metavar="COMMAND")
	parser.add_argument(
		"arguments", nargs=argparse.REMAINDER, help="passed on by frappe, logs, test and test-frappe"
	)
	chosen = parser.parse_args(arguments)
	# `make stop`, a closed terminal: tidied up like Ctrl-C.
	for number in (signal.SIGTERM, signal.SIGHUP):
		signal.signal(number, interrupt)
	try:
		return COMMANDS[chosen.command](chosen.arguments)
	except Stop as problem:
		warn(f"\n{problem}")
		return 1
	except KeyboardInterrupt:
		warn("\nInterrupted. The same command goes on from here.")
		return 130
	except OSError as error:
		if not processes.is_full(error):
			raise
		warn("\nThe disk is full: free some gigabytes and run the same command again.")
		return 1


def interrupt(_number, _frame) -> None:
	"""Signal handler: break off."""
	raise KeyboardInterrupt
