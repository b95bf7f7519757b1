"""Processes: known again, ended, never left over; failures told in a sentence."""

import os
import signal
import subprocess
import sys
import time

import pytest

from devbench import processes
from devbench.errors import Stop
from devbench.layout import CHECKOUT
from devbench.processes import Record


@pytest.fixture
def sleeper():
	"""Starts a process that sleeps, as leader of a group of its own."""
	started = []

	def start(*command):
		process = subprocess.Popen(command or ["sleep", "300"], start_new_session=True)
		started.append(process)
		return process

	yield start
	for process in started:
		processes.signal_group(process.pid, signal.SIGKILL)
		process.wait()


def gone(pid, seconds=10):
	limit = time.monotonic() + seconds
	while processes.start_time(pid):
		if time.monotonic() > limit:
			return False
		time.sleep(0.02)
	return True


def test_a_failing_tool_is_told_in_one_sentence_with_its_log(tmp_path):
	log = tmp_path / "log"
	with pytest.raises(Stop) as caught:
		processes.run(["sh", "-c", "echo first; echo the reason >&2; exit 3"], "doing things", log=log)
	assert str(caught.value) == f"Failed doing things: the reason (see {log})"
	assert "first\nthe reason" in log.read_text()


@pytest.mark.parametrize(
	("output", "sentence"),
	[
		("OSError: [Errno 28] No space left on device: '/x'", "The disk is full: free some gigabytes"),
		("npm error code ENOTFOUND", "No network: the npm registry cannot be reached"),
		(
			"NewConnectionError: Failed to establish a new connection: [Errno 111]",
			"No network: the Python package",
		),
		("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "so it was refused"),
		("npm error code EINTEGRITY", "so it was refused"),
	],
)
def test_known_causes_say_what_to_do(output, sentence):
	with pytest.raises(Stop, match=sentence.replace(":", ".")):
		processes.run(["sh", "-c", 'echo "$0"; echo noise; exit 1', output], "installing")


@pytest.mark.parametrize(
	"output", ['x.js: ERROR: Could not resolve "plyr"', "Error: { code: 'ECONNREFUSED', port: 13000 }"]
)
def test_what_only_looks_like_a_missing_network_is_told_as_it_is(output):
	with pytest.raises(Stop) as caught:
		processes.run(["sh", "-c", 'echo "$0"; exit 1', output], "building")
	assert str(caught.value) == f"Failed building: {output}"


def test_a_tool_that_hangs_is_given_up():
	with pytest.raises(Stop, match="Gave up waiting after 0 s"):
		processes.run(["sleep", "60"], "waiting", timeout=0.2)


def test_a_process_number_used_again_is_not_the_recorded_process(sleeper, tmp_path):
	process = sleeper()
	right = Record.of("server", process.pid)
	assert right.alive
	stranger = Record("server", process.pid, "another boot/12345")
	assert not stranger.alive
	processes.note(tmp_path, stranger)
	assert processes.noted(tmp_path) == []
	processes.end([stranger], seconds=0.1)
	assert right.alive


def test_broken_records_are_passed_over(tmp_path):
	(tmp_path / "web.json").write_text('{"name": "web", "pi')
	assert processes.noted(tmp_path) == []
	assert not (tmp_path / "web.json").exists()


def test_end_asks_first_and_forces_then(sleeper):
	deaf = sleeper(
		sys.executable,
		"-c",
		"import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(300)",
	)
	polite = sleeper()
	time.sleep(0.3)
	# nobody waits for them here, so they stay as zombies, which count as ended
	processes.end([Record.of("deaf", deaf.pid), Record.of("polite", polite.pid)], seconds=0.5)
	assert (deaf.wait(5), polite.wait(5)) == (-signal.SIGKILL, -signal.SIGTERM)


def test_children_end_when_their_starter_is_killed():
	code = (
		"import subprocess, sys; from devbench.processes import bound\n"
		"child = subprocess.Popen(bound(['sleep', '300']), start_new_session=True)\n"
		"print(child.pid, flush=True); child.wait()"
	)
	starter = subprocess.Popen([sys.executable, "-c", code], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
	child = int(starter.stdout.readline())
	assert processes.start_time(child)
	os.kill(starter.pid, signal.SIGKILL)
	starter.wait()
	starter.stdout.close()
	assert gone(child)


def test_what_was_started_by_somebody_gone_does_not_run():
	"""The starter may be killed between starting a child and the child's arranging to end with it."""
	command = processes.bound(["echo", "ran"])
	assert subprocess.run(command, capture_output=True, text=True).stdout == "ran\n"
	orphan = [part if part != str(os.getpid()) else "1" for part in command]
	assert subprocess.run(orphan, capture_output=True, text=True).stdout == ""


def test_space_is_checked_in_the_nearest_folder_that_exists(tmp_path):
	processes.need_space(tmp_path / "not" / "yet" / "there", 1)
	with pytest.raises(Stop, match=r"Not enough disk space: 999999999 MB are needed"):
		processes.need_space(tmp_path / "not" / "yet" / "there", 999_999_999)
