"""What happens on a bench that has been built: the demo that people try, and the test runs."""

import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

from devbench import telephone
from devbench.errors import Stop
from devbench.framework import Framework
from devbench.layout import APP, ARTIFACTS, BESIDE_SITE, CHECKOUT, DEMO_SITE, TEST_SITE, Bench
from devbench.progress import elapsed, say, step
from devbench.services import Services, pick_ports
from devbench.site import Sites
from devbench.supervisor import Supervisor, ends_with_signals
from devbench.system import chromium

ACCOUNTS = (
	("agent@aftersales.example", "Service Agent"),
	("agent.zh@aftersales.example", "Service Agent, in Chinese"),
	("knowledge@aftersales.example", "Knowledge Manager"),
	("manager@aftersales.example", "Service Manager"),
	("admin@aftersales.example", "Aftersales Administrator"),
)
PASSWORD = "aftersales"
TRY_LINE = """  What to try: log in as agent@aftersales.example, then in another terminal let the telephone ring:
    make ring                          a customer whom the demo data know
    make ring ARGS=02161234567         somebody unknown
    make ring ARGS=withheld            a caller who hides the number"""


@contextmanager
def ended_at_last(supervisor: Supervisor):
	"""End the programs on the way out, whatever happens inside."""
	try:
		yield
	finally:
		supervisor.stop()


def start_stores(services: Services, supervisor: Supervisor) -> None:
	"""Start database, cache and queue and wait until they answer."""
	with step("Starting MariaDB and Redis"):
		for service in services.stores():
			supervisor.start(service)
		services.server.wait(lambda: supervisor.is_running("mariadb"))
		for service in services.stores()[1:]:
			supervisor.wait_for_port(service)


def start_desk(services: Services, supervisor: Supervisor) -> None:
	"""Start what people and jobs work with and wait until a page could be asked for."""
	with step("Starting web server, realtime server and worker"):
		services.let_ports_go()
		for service in services.desk():
			supervisor.start(service)
		for service in services.desk()[:2]:
			supervisor.wait_for_port(service)
		_wait_for_ping(services.ports.url)


def _wait_for_ping(url: str, seconds: float = 60.0) -> None:
	limit = time.monotonic() + seconds
	while True:
		try:
			with urllib.request.urlopen(f"{url}/api/method/ping", timeout=30) as answer:
				if answer.status == 200:
					return
		except (urllib.error.URLError, OSError) as error:
			problem = error
		if time.monotonic() > limit:
			raise Stop(f"The web server does not answer at {url} ({problem}): see its log with `make logs`.")
		time.sleep(0.1)


def run_demo(bench: Bench, framework: Framework, supervisor: Supervisor) -> int:
	"""Run the demo until Ctrl-C or `make stop`."""
	sites = Sites(bench, framework)
	with ended_at_last(supervisor):
		sites.prepare_files()
		services = Services(bench, framework, pick_ports(bench))
		services.configure()
		start_stores(services, supervisor)
		changed = sites.bring_up(services)
		with step("Building the app's assets"):
			framework.build_app_assets(bench)
		start_desk(services, supervisor)
		with step("Starting the telephone line and its bridge"):
			settings = telephone.configure(bench, services, sites, renew=changed)
			programs = telephone.programs(bench, services, settings)
			for program in programs:
				supervisor.start(program)
		welcome(services, with_line=bool(programs))
		with ends_with_signals() as stopping:
			supervisor.watch(stopping)
		say("\nEnding …")
	say("All ended. Data stays in .bench; `make start` takes it up again.")
	return 0


def welcome(services: Services, with_line: bool) -> None:
	"""Tell the person what runs and what to try."""
	line = TRY_LINE if with_line else "  The simulated telephone line is off: libspandsp2 is not installed."
	accounts = "\n".join(f"    {name:<32} {role}" for name, role in ACCOUNTS)
	say(f"""
Ready after {elapsed():.0f} s.

  {services.ports.url}     (or http://{DEMO_SITE}:{services.ports.web})

  Accounts, all with the password {PASSWORD}:
{accounts}
    {"Administrator":<32} everything (password admin)

{line}

  Ctrl-C ends everything. In another terminal: make status, make logs, make console, make stop.""")


# --- tests ------------------------------------------------------------------------------------------------------------


def prepare_tests(bench: Bench, framework: Framework, supervisor: Supervisor) -> Services:
	"""Bring the test bench's sites into their clean state and start database, cache and queue."""
	sites = Sites(bench, framework)
	sites.prepare_files()
	services = Services(bench, framework, pick_ports(bench))
	services.configure()
	start_stores(services, supervisor)
	if sites.bring_up(services):
		with step("Keeping a clean copy of the sites"):
			supervisor.stop_children()
			sites.keep_clean()
		start_stores(services, supervisor)
	with step("Building the app's assets"):
		framework.build_app_assets(bench)
	return services


def test_environment(services: Services) -> dict[str, str]:
	"""Variables that tests find the bench by."""
	bench = services.bench
	environment = services.environment
	environment.pop("DEV_SERVER")
	return {
		**environment,
		"AFTERSALES_BENCH": str(bench.root),
		"AFTERSALES_TEST_SITE": TEST_SITE,
		"AFTERSALES_JOURNEY_SITE": DEMO_SITE,
		"AFTERSALES_JOURNEY_URL": services.ports.url,
		"AFTERSALES_ARTIFACTS": str(ARTIFACTS),
		"AFTERSALES_CHROMIUM": chromium() or "",
		"AFTERSALES_DB_ROOT_PASSWORD": services.server.password,
		"AFTERSALES_NODE_MODULES": str(services.framework.own_modules),
	}


# What asks none of the served sites by HTTP goes on beside the rest, in a process and on a site of its own.
APART = (
	"tests/lint",
	"devbench/tests",
	"hardware_bridge/tests",
	"tests/test_install_cycle.py",
	"apps/aftersales/knowledge",
	"apps/aftersales/telephony",
	"apps/aftersales/field_service",
	"apps/aftersales/spare_parts",
	"apps/aftersales/service_network",
	"apps/aftersales/demo",
	"apps/aftersales/portal",
	"apps/aftersales/setup",
	"apps/aftersales/utils",
)
SERVED = "devbench/tests/test_node_realtime.py"
# Named at the end: whoever waits for them should know for what.
SLOWEST = ("--durations=25", "--durations-min=3")


def run_tests(bench: Bench, framework: Framework, supervisor: Supervisor, arguments: list[str]) -> int:
	"""Run pytest over everything, or over what `arguments` choose, with the bench served for its duration.

	Returns pytest's exit code.
	"""
	with ended_at_last(supervisor):
		services = prepare_tests(bench, framework, supervisor)
		start_desk(services, supervisor)
		ARTIFACTS.mkdir(exist_ok=True)
		say(f"  · prepared in {elapsed():.0f} s; logs in {bench.logs}, screenshots in {ARTIFACTS}\n")
		environment = test_environment(services)
		if arguments:
			code = subprocess.call(_pytest(bench, *arguments), cwd=CHECKOUT, env=environment)
		else:
			code = _run_all(bench, environment)
	if code:
		say(f"Screenshots and logs of failed journeys: {ARTIFACTS}; logs of the servers: {bench.logs}")
	return code


def _pytest(bench: Bench, *arguments: str) -> list[str]:
	return [str(bench.python), "-m", "pytest", *arguments]


def _ignore(*places: str) -> list[str]:
	# With their whole paths: the tests' own set-up changes the working directory before pytest reads these.
	return [f"--ignore={CHECKOUT / place}" for place in places]


def _run_all(bench: Bench, environment: dict[str, str]) -> int:
	"""Run all tests in two processes; what the second says follows when the first has ended."""
	log = bench.logs / "tests-apart.log"
	with log.open("wb") as target:
		command = _pytest(bench, *APART, *_ignore(SERVED), *SLOWEST, "-p", "no:cacheprovider")
		apart = subprocess.Popen(
			command,
			cwd=CHECKOUT,
			env={**environment, "AFTERSALES_TEST_SITE": BESIDE_SITE},
			stdout=target,
			stderr=subprocess.STDOUT,
		)
	try:
		served = _pytest(bench, "apps/aftersales", "tests", SERVED, *_ignore(*APART), *SLOWEST)
		code = subprocess.call(served, cwd=CHECKOUT, env=environment)
		code_apart = apart.wait()
	finally:
		if apart.poll() is None:
			apart.terminate()
			apart.wait()
	say("\nBeside these ran " + ", ".join(APART) + ":\n")
	say(log.read_text(errors="replace"))
	return code or code_apart


def run_frappe_tests(bench: Bench, framework: Framework, supervisor: Supervisor, arguments: list[str]) -> int:
	"""The app's tests under Frappe's own runner."""
	with ended_at_last(supervisor):
		services = prepare_tests(bench, framework, supervisor)
		chosen = arguments or ["--app", APP]
		command = services.frappe("run-tests", *chosen, "--skip-test-records", site=TEST_SITE)
		return subprocess.call(command, cwd=bench.sites, env={**test_environment(services), "CI": ""})
