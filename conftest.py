"""One set of rules for every pytest run: the private bench's tests, the bridge's, the app's and what crosses them.

`make test` prepares a bench and names it in AFTERSALES_BENCH and AFTERSALES_TEST_SITE. Without them the tests that
need Frappe are left out, so that `pytest hardware_bridge` works anywhere.
"""

import os
import unittest
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
BENCH = os.environ.get("AFTERSALES_BENCH")
SITE = os.environ.get("AFTERSALES_TEST_SITE")
NEED_A_BENCH = ("apps", "tests", "devbench/tests/test_node_realtime.py", "devbench/tests/test_node_build.py")


def pytest_report_header() -> str:
	"""Say at the top what the tests run on."""
	return (
		f"test site: {SITE} in {BENCH}"
		if BENCH
		else "no bench: tests that need Frappe are left out (use `make test`)"
	)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
	"""Leave out what cannot run without a bench."""
	if BENCH:
		return None
	relative = collection_path.relative_to(ROOT).as_posix() if collection_path.is_relative_to(ROOT) else ""
	return True if relative in NEED_A_BENCH else None


def pytest_sessionstart() -> None:
	"""Connect to the test site before the first test module is imported, as `frappe run-tests` does."""
	if not BENCH:
		return
	import frappe

	os.chdir(Path(BENCH) / "sites")  # Frappe looks for sites and logs from here
	frappe.init(SITE)
	frappe.connect()
	frappe.flags.in_test = True


def pytest_sessionfinish() -> None:
	"""Leave nothing uncommitted behind."""
	if not BENCH:
		return
	import frappe

	frappe.db.rollback()
	frappe.destroy()


@pytest.fixture(autouse=True, scope="class")
def _frappe_like_new():
	"""Every class begins as Administrator, in English and without a request's values, whatever the one before it left."""
	if BENCH:
		import frappe

		frappe.set_user("Administrator")
		frappe.local.lang = "en"
		if hasattr(frappe.local, "request"):
			del frappe.local.request
	yield


@pytest.fixture(autouse=True)
def _frappe_as_found(request: pytest.FixtureRequest):
	"""Every plain test function begins as Administrator with what is committed, and leaves nothing behind.

	Frappe's own test cases do that themselves, once a class.
	"""
	own_way = request.cls is not None and issubclass(request.cls, unittest.TestCase)
	if not BENCH or own_way:
		yield
		return
	import frappe

	frappe.db.rollback()
	frappe.set_user("Administrator")
	yield
	frappe.db.rollback()
	frappe.set_user("Administrator")
