"""People at their browsers: Debian's Chromium, logged in to a site."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

AGENT = "agent@aftersales.example"
AGENT_ZH = "agent.zh@aftersales.example"
MANAGER = "manager@aftersales.example"
KNOWLEDGE = "knowledge@aftersales.example"
ADMINISTRATOR = "admin@aftersales.example"
DEMO_PASSWORD = "aftersales"
TIME_ZONE = "Asia/Shanghai"  # of the demo site, and of those who work there
# Patience for a busy machine; what is there sooner is seen sooner.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
CHROMIUM_FLAGS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--force-color-profile=srgb",
]
# Messages of the browser that say nothing about the product.
# The last poll of a socket that has become a WebSocket meanwhile is answered with 400; Socket.IO goes on.
HARMLESS = re.compile(
	r"favicon|ERR_ABORTED|ERR_INTERNET_DISCONNECTED|Permissions policy|DevTools|400 .*socket\.io.*transport=polling",
	re.I,
)


def today() -> str:
	"""The day at the demo site; the site on which the tests themselves run may have another one."""
	return datetime.now(ZoneInfo(TIME_ZONE)).strftime("%Y-%m-%d")


@contextmanager
def chromium() -> Iterator[Browser]:
	"""A headless Chromium, the system's own."""
	with sync_playwright() as playwright:
		browser = playwright.chromium.launch(
			executable_path=os.environ.get("AFTERSALES_CHROMIUM") or "/usr/bin/chromium", args=CHROMIUM_FLAGS
		)
		yield browser
		browser.close()


def dismiss_all(page: Page) -> None:
	"""Close all pop-ups, also those of calls that came before the measurement."""
	popups = page.locator(".call-popup")
	while popups.count():
		call = popups.first.get_attribute("data-call")
		popups.first.locator(".call-popup-dismiss").click()
		page.locator(f'.call-popup[data-call="{call}"]').wait_for(state="detached")


class Desk:
	"""One person's browser: a context of its own, logged in, with a record of what went wrong in it."""

	def __init__(self, browser: Browser, url: str, artifacts: Path, **options):
		options.setdefault("viewport", {"width": 1366, "height": 768})
		options.setdefault("timezone_id", TIME_ZONE)
		self.url, self.artifacts = url, artifacts
		self.problems: list[str] = []
		self.context: BrowserContext = browser.new_context(**options)
		self.context.set_default_timeout(PATIENCE_MS)
		self.context.on("page", self._watch)

	def _watch(self, page: Page):
		page.on("pageerror", lambda error: self.problems.append(f"error in {page.url}: {error}"))
		page.on(
			"console",
			lambda message: (
				self.problems.append(f"console in {page.url}: {message.text} ({message.location.get('url')})")
				if message.type == "error"
				and not HARMLESS.search(f"{message.text} {message.location.get('url')}")
				else None
			),
		)

	def log_in(self, user: str, password: str = DEMO_PASSWORD):
		answer = self.context.request.post(
			f"{self.url}/api/method/login", form={"usr": user, "pwd": password}
		)
		assert answer.ok, answer.text()

	def open(self, path: str = "/app/service-console", reminder: bool = False) -> Page:
		"""A new tab on `path`, when the Desk is ready for use.

		:param reminder: leave what is due today on the screen; otherwise it is closed as soon as it is in somebody's way.
		"""
		page = self.context.new_page()
		if not reminder:
			# Not by a click: a dialog may lie above it.
			page.add_locator_handler(
				page.locator(".as-reminder"), lambda card: card.evaluate("it => it.remove()")
			)
		page.goto(self.url + path)
		page.wait_for_function("window.frappe && frappe.boot && frappe.app && !frappe.is_ajax_busy")
		return page

	def picture(self, page: Page, name: str, **options) -> Path:
		"""Screenshot of `page` in the artifacts folder."""
		path = self.artifacts / f"{name}.png"
		page.screenshot(path=path, **options)
		return path

	def keep_evidence(self, name: str) -> None:
		"""Screenshots of all tabs and what the browser complained about."""
		for index, page in enumerate(self.context.pages):
			self.picture(page, f"{name}-{index}", full_page=True)
		(self.artifacts / f"{name}.log").write_text("\n".join(self.problems), encoding="utf-8")
