"""What a browser journey needs: a served demo site, Debian's Chromium, people who are logged in, a telephone line.

`make test` serves the site and names it in AFTERSALES_JOURNEY_URL. A failed journey leaves a screenshot of every
open page, its console and its failed requests in AFTERSALES_ARTIFACTS.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.desk import Desk, chromium
from tests.browser.line import TelephoneLine


@pytest.fixture(scope="session")
def journey_url() -> str:
	"""Address of the served demo site."""
	url = os.environ.get("AFTERSALES_JOURNEY_URL")
	if not url:
		pytest.fail("AFTERSALES_JOURNEY_URL is not set: run the journeys with `make test`.")
	return url.rstrip("/")


@pytest.fixture(scope="session")
def artifacts() -> Path:
	"""Folder for screenshots, PDFs and logs of journeys."""
	folder = Path(os.environ.get("AFTERSALES_ARTIFACTS", ".artifacts")) / "journeys"
	folder.mkdir(parents=True, exist_ok=True)
	return folder


@pytest.fixture(scope="session")
def browser():
	with chromium() as running:
		yield running


@pytest.fixture
def desk(browser, journey_url, artifacts, request) -> Iterator[Callable[..., Desk]]:
	"""Makes Desks: `desk("agent@aftersales.example")`, with Playwright's context options as keywords."""
	opened: list[Desk] = []

	def make(user: str | None, **options) -> Desk:
		made = Desk(browser, journey_url, artifacts, **options)
		if user:
			made.log_in(user)
		opened.append(made)
		return made

	yield make
	failed = getattr(request.node, "failed_call", False)
	for number, made in enumerate(opened):
		if failed:
			made.keep_evidence(f"failed-{request.node.name}-{number}")
		made.context.close()


@pytest.fixture(scope="session")
def telephone(journey_url, artifacts, tmp_path_factory) -> Iterator[TelephoneLine]:
	"""The demo site's telephone line: a real modem on a pseudo terminal, and the bridge that reads it."""
	with TelephoneLine(journey_url, tmp_path_factory.mktemp("line"), artifacts) as line:
		yield line


def pytest_collection_modifyitems(items):
	"""A journey that fails is run once more: on a busy machine the framework's own forms lose what is typed too early.

	The summary names those that were (RERUN), so that they are mended; one that fails twice fails.
	"""
	for item in items:
		if item.path.is_relative_to(Path(__file__).parent):
			item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
	report = (yield).get_result()
	if report.when == "call":
		item.failed_call = report.failed
