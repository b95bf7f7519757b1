"""Puts a bench together up to the point where its own Python can take over."""

import os
import sys
from pathlib import Path

from devbench import progress, sources, system
from devbench.cache import link, write_atomically
from devbench.environment import make_view
from devbench.framework import Framework
from devbench.layout import APP, CHECKOUT, Bench, cache_root
from devbench.processes import need_space
from devbench.progress import say

SPACE_FOR_ALL = 4000  # megabytes: framework, packages, browser and sites from nothing
SPACE_FOR_A_SITE = 800


def build(bench: Bench, needs: tuple[system.Need, ...], title: str) -> Framework:
	"""Make or find everything that the bench's own Python needs. Returns the framework it runs on."""
	if not _has_taken_over(bench):
		say(title)
	system.ensure_packages(needs)
	framework = Framework(sources.choose())
	if not _has_taken_over(bench):
		say(f"  · framework: {framework.source.label}")
	need_space(cache_root(), SPACE_FOR_A_SITE if framework.complete else SPACE_FOR_ALL)
	need_space(CHECKOUT, SPACE_FOR_A_SITE)
	framework.build()
	lay_out(bench, framework)
	take_over(bench)
	return framework


def lay_out(bench: Bench, framework: Framework) -> None:
	"""The bench's folders and links."""
	for folder in (bench.sites / "assets", bench.config / "pids", bench.stamps, bench.logs, bench.run):
		folder.mkdir(parents=True, exist_ok=True)
	link(bench.apps / "frappe", framework.app)
	link(bench.apps / APP, CHECKOUT)
	write_atomically(bench.sites / "apps.txt", f"frappe\n{APP}\n")
	make_view(bench, framework.environment)


def _has_taken_over(bench: Bench) -> bool:
	return Path(sys.prefix) == bench.root / "env"


def take_over(bench: Bench) -> None:
	"""Go on as the bench's own Python, which has the packages that the rest needs: the same process, begun anew."""
	if _has_taken_over(bench):
		return
	os.environ["DEVBENCH_BEGAN"] = repr(progress.began())
	os.execv(bench.python, [str(bench.python), "-m", "devbench", *sys.argv[1:]])
