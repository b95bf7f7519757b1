"""Builds that are interrupted go on right; builds at the same time happen once."""

import os
import signal
import subprocess
import sys
import time

import pytest

from devbench.cache import Entry, copy_tree, link, remove, write_atomically
from devbench.layout import CHECKOUT

BUILDER = """
import sys, time
from pathlib import Path
from devbench.cache import Entry

def build(path):
	with open(sys.argv[2], "a") as journal:
		journal.write("began\\n")
	(path / "half").write_text("half")
	time.sleep(float(sys.argv[3]))
	(path / "whole").write_text("whole")

Entry(Path(sys.argv[1])).make("thing", build, fresh=True)
"""


def builder(entry, journal, seconds):
	command = [sys.executable, "-c", BUILDER, str(entry), str(journal), str(seconds)]
	return subprocess.Popen(command, cwd=CHECKOUT)


def wait_for(condition, seconds=20):
	limit = time.monotonic() + seconds
	while not condition():
		assert time.monotonic() < limit, "it did not come"
		time.sleep(0.02)


def test_a_killed_build_is_begun_again(tmp_path):
	entry, journal = tmp_path / "entry", tmp_path / "journal"
	first = builder(entry, journal, 60)
	wait_for((entry / "half").exists)
	first.send_signal(signal.SIGKILL)
	first.wait()
	assert not Entry(entry).has("thing")
	(entry / "left over").write_text("x")

	assert builder(entry, journal, 0).wait(20) == 0
	assert Entry(entry).has("thing")
	assert (entry / "whole").exists()
	assert not (entry / "left over").exists()


def test_two_builders_at_once_build_once(tmp_path):
	entry, journal = tmp_path / "entry", tmp_path / "journal"
	both = [builder(entry, journal, 0.5) for _ in range(2)]
	assert [process.wait(20) for process in both] == [0, 0]
	assert journal.read_text() == "began\n"


def test_a_failed_step_is_not_done_and_keeps_earlier_steps(tmp_path):
	entry = Entry(tmp_path / "entry")
	entry.make("first", lambda path: (path / "a").write_text("a"), fresh=True)
	with pytest.raises(OSError, match="full"):
		entry.make("second", full_disk)
	assert entry.has("first")
	assert not entry.has("second")
	entry.make("second", lambda path: (path / "b").write_text("b"))
	assert sorted(os.listdir(entry.path)) == [".first.done", ".second.done", "a", "b"]


def full_disk(path):
	raise OSError(28, "disk full")


def test_write_atomically_keeps_the_old_text_when_it_fails(tmp_path, monkeypatch):
	file = tmp_path / "settings.json"
	write_atomically(file, "old")
	monkeypatch.setattr(os, "fsync", full_disk)
	with pytest.raises(OSError, match="full"):
		write_atomically(file, "new")
	assert file.read_text() == "old"


def test_write_atomically_sets_the_mode_from_the_beginning(tmp_path):
	write_atomically(tmp_path / "secret", "x", mode=0o600)
	assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_copy_tree_replaces_what_was_there_and_half_a_copy(tmp_path):
	(tmp_path / "source" / "deep").mkdir(parents=True)
	(tmp_path / "source" / "deep" / "a").write_text("new")
	(tmp_path / "target.part").mkdir()
	(tmp_path / "target.part" / "half").write_text("x")
	(tmp_path / "target").mkdir()
	(tmp_path / "target" / "old").write_text("x")
	copy_tree(tmp_path / "source", tmp_path / "target")
	assert [path.name for path in (tmp_path / "target").rglob("*")] == ["deep", "a"]
	assert not (tmp_path / "target.part").exists()


def test_links_are_replaced_and_their_targets_kept(tmp_path):
	(tmp_path / "one").mkdir()
	(tmp_path / "one" / "file").write_text("x")
	(tmp_path / "two").mkdir()
	link(tmp_path / "link", tmp_path / "one")
	link(tmp_path / "link", tmp_path / "two")
	assert (tmp_path / "link").resolve() == (tmp_path / "two").resolve()
	remove(tmp_path / "link")
	assert (tmp_path / "one" / "file").exists()
	assert (tmp_path / "two").is_dir()
