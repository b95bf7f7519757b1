"""The supervisor starts, restarts and ends programs, and nothing outlives it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from devbench import processes, supervisor
from devbench.errors import Stop
from devbench.layout import CHECKOUT, Bench
from devbench.processes import Record

LISTEN = "import socket, sys, time; s = socket.socket(); s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(); time.sleep(300)"
RUNNER = """
import sys, time
from pathlib import Path
from devbench.layout import Bench
from devbench.services import Service
from devbench.supervisor import Supervisor, ends_with_signals

root = Path(sys.argv[1])
bench = Bench(root, "demo", 0, 0, 0, 0)
supervisor = Supervisor(bench)
supervisor.claim()
for name in ("mariadb", "web"):
	supervisor.start(Service(name, [sys.executable, "-c", "import time; time.sleep(300)"], root))
try:
	with ends_with_signals() as stopping:
		print("ready", flush=True)
		supervisor.watch(stopping)
finally:
	supervisor.stop()
print("ended", flush=True)
"""


@pytest.fixture
def bench(tmp_path):
	return Bench(tmp_path, "demo", 0, 0, 0, 0)


@pytest.fixture
def supervised(bench):
	"""A supervisor in this process; what it started is ended at last."""
	made = supervisor.Supervisor(bench)
	made.claim()
	yield made
	made.stop()


@pytest.fixture
def runner(tmp_path):
	"""A supervisor in a process of its own, as `make start` runs it."""
	process = subprocess.Popen(
		[sys.executable, "-c", RUNNER, str(tmp_path)],
		cwd=CHECKOUT,
		stdout=subprocess.PIPE,
		stderr=subprocess.PIPE,
		text=True,
	)
	assert process.stdout.readline() == "ready\n"
	yield process
	process.kill()
	process.communicate()


def service(name, *command, **options):
	from devbench.services import Service

	return Service(name, [sys.executable, "-c", *command], CHECKOUT, **options)


def wait_for(condition, seconds=20):
	limit = time.monotonic() + seconds
	while not condition():
		assert time.monotonic() < limit, "it did not come"
		time.sleep(0.02)


def pids(bench):
	return {record.name: record.pid for record in processes.noted(bench.run)}


def test_ctrl_c_ends_everything_cleanly(bench, runner):
	children = pids(bench)
	assert set(children) == {"supervisor", "mariadb", "web"}
	runner.send_signal(signal.SIGINT)
	assert runner.wait(20) == 0
	assert runner.stdout.read() == "ended\n"
	assert not any(processes.start_time(pid) for pid in children.values())
	assert list(bench.run.glob("*.json")) == []


def test_nothing_outlives_a_killed_supervisor(bench, runner):
	children = pids(bench)
	runner.kill()
	runner.wait()
	wait_for(lambda: not any(processes.start_time(pid) for pid in children.values()))


def test_a_program_that_dies_is_started_again(bench, runner):
	former = pids(bench)["web"]
	os.kill(former, signal.SIGKILL)
	wait_for(lambda: pids(bench).get("web", former) != former)
	runner.send_signal(signal.SIGTERM)
	assert runner.wait(20) == 0
	assert "web ended (killed by SIGKILL); starting it again" in runner.stderr.read()


def test_a_second_start_is_refused_while_the_first_runs(bench, runner):
	with pytest.raises(Stop, match=rf"running already \(process {runner.pid}\): `make stop` ends it"):
		supervisor.Supervisor(bench).claim()
	assert runner.poll() is None


def test_stop_from_another_terminal(bench, runner):
	watcher = threading.Thread(target=runner.wait)
	watcher.start()  # takes the ended process off the list, as a shell does
	assert set(supervisor.end_leftovers(bench)) == {"supervisor", "mariadb", "web"}
	watcher.join()
	assert runner.returncode == 0
	assert supervisor.end_leftovers(bench) == []


def test_leftovers_of_a_killed_supervisor_are_ended_by_the_next(bench):
	left = subprocess.Popen(["sleep", "300"], start_new_session=True)
	reaper = threading.Thread(target=left.wait)
	reaper.start()
	processes.note(bench.run, Record.of("mariadb", left.pid))
	bystander = subprocess.Popen(["sleep", "300"], start_new_session=True)
	processes.note(bench.run, Record("web", bystander.pid, "another boot/1"))
	made = supervisor.Supervisor(bench)
	try:
		made.claim()
		reaper.join(20)
		assert left.returncode == -signal.SIGTERM
		assert bystander.poll() is None
	finally:
		made.stop()
		bystander.kill()
		bystander.wait()
		left.kill()


def test_what_dies_again_and_again_ends_the_bench_with_its_last_words(supervised, monkeypatch):
	monkeypatch.setattr(supervisor.time, "sleep", lambda seconds: None)
	supervised.start(service("web", "raise SystemExit('the port is bewitched')"))
	with pytest.raises(Stop, match="web ended 5 times within a minute: the port is bewitched"):
		supervised.watch(lambda: False)


def test_what_is_not_vital_stays_off(supervised, monkeypatch, capsys):
	supervised.start(service("bridge", "raise SystemExit('no modem')", vital=False))
	supervised.watch(lambda: not supervised.children)
	assert "bridge ended 5 times within a minute: no modem" in capsys.readouterr().err


def test_waiting_for_a_port(supervised):
	from devbench.ports import pick

	port = pick(28000)
	listener = service("web", LISTEN, str(port), port=port)
	supervised.start(listener)
	supervised.wait_for_port(listener)
	mute = service("realtime", "raise SystemExit('no module named socket.io')", port=pick(port + 1))
	supervised.start(mute)
	with pytest.raises(
		Stop,
		match=r"realtime ended while starting: no module named socket.io \(all of it in .*realtime.log\)",
	):
		supervised.wait_for_port(mute)


def test_what_a_program_started_ends_with_it(supervised, tmp_path):
	"""A web server's workers must not stay when their master is gone."""
	note = tmp_path / "grandchild"
	code = f"import subprocess, time; p = subprocess.Popen(['sleep', '300']); open({str(note)!r}, 'w').write(str(p.pid)); time.sleep(300)"
	supervised.start(service("web", code))
	wait_for(lambda: note.exists() and note.read_text())
	supervised.stop_children()
	wait_for(lambda: not processes.start_time(int(note.read_text())))


def test_stores_end_after_what_works_on_them(supervised, tmp_path):
	journal = tmp_path / "journal"
	code = (
		"import signal, sys, time\n"
		f"def end(*_): open({str(journal)!r}, 'a').write(sys.argv[1] + ' '); sys.exit()\n"
		"signal.signal(15, end); print('up', flush=True); time.sleep(300)"
	)
	for name in ("mariadb", "redis-queue", "web", "worker"):
		supervised.start(service(name, code, name))
	logs = [supervised.bench.logs / f"{name}.log" for name in ("mariadb", "redis-queue", "web", "worker")]
	wait_for(lambda: all("up" in log.read_text() for log in logs))
	supervised.stop_children()
	order = journal.read_text().split()
	assert set(order[:2]) == {"web", "worker"}
	assert order[2:] == ["redis-queue", "mariadb"]


def test_records_are_what_another_process_can_read(bench, runner):
	record = json.loads((bench.run / "supervisor.json").read_text())
	assert record == {"name": "supervisor", "pid": runner.pid, "began": processes.start_time(runner.pid)}
