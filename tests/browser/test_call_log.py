"""The call log in the Desk: the workspace, a recording that is listened to, a missed call that is called back, the reports.

The manager reads English, the agent Chinese. The bridge's part is played by its own API with the demo bridge's token.
"""

import re
import time
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.desk import AGENT_ZH, MANAGER
from tests.browser.line import bridge_token

BRIDGE = "demo-bridge"
NUMBER = "13812345678"
REPORTS = (
	"Calls by Line",
	"Calls by Agent",
	"Calls by Hour",
	"Missed Calls and Call-backs",
	"Operator Workload",
)


class Bridge:
	"""The demo site's bridge, without a device."""

	def __init__(self, url: str):
		self.url, self.headers = url, {"Authorization": f"token {bridge_token()}"}

	def post(self, method: str, **data):
		answer = requests.post(
			f"{self.url}/api/method/aftersales.telephony.{method}",
			json={"bridge_id": BRIDGE, **data},
			headers=self.headers,
			timeout=60,
		)
		assert answer.ok, answer.text
		return answer.json()["message"]

	def event(self, call: str, seq: int, kind: str, **fields) -> None:
		event = {
			"schema": 1,
			"event_id": f"{call}-{seq}",
			"call_uuid": call,
			"seq": seq,
			"kind": kind,
			"line": "1",
			"age_ms": 0,
			"live": False,
			**fields,
		}
		(answer,) = self.post("api.post_events", events=[event])["results"]
		assert answer["status"] == "accepted", answer


@pytest.fixture(scope="module")
def bridge(journey_url) -> Bridge:
	return Bridge(journey_url)


def own(problems: list[str]) -> list[str]:
	"""Problems but for those of Frappe's charts, which go on drawing when their page is left."""
	return [problem for problem in problems if "replaceChild" not in problem and "removeChild" not in problem]


def rows(page: Page):
	return page.locator(".datatable .dt-scrollable .dt-row:visible")


def test_workspace_recording_and_reports(desk):
	manager = desk(MANAGER)
	page = manager.open("/app/telephony")
	expect(page.locator(".number-widget-box", has_text="Calls to Call Back")).to_contain_text(
		re.compile(r"[1-9]")
	)
	page.wait_for_timeout(1500)  # the bars grow
	manager.picture(page, "call-log-workspace-en", full_page=True)
	page.goto(f"{manager.url}/app/service-call?recording_state=Stored")
	page.locator(".list-row-container .list-subject a").first.click()
	player = page.locator("audio[controls]")
	expect(player).to_have_count(1)
	length = player.evaluate(
		"""audio => new Promise((resolve, reject) => {
			audio.onloadedmetadata = () => resolve(audio.duration);
			audio.onerror = () => reject(audio.error.message);
			audio.load();
			audio.preload = "auto";
			audio.play().catch(() => {});
		})"""
	)
	assert 1 < length < 10
	manager.picture(page, "call-log-recording-en", full_page=True)
	for report in REPORTS:
		page.goto(f"{manager.url}/app/query-report/{quote(report)}")
		expect(rows(page).first).to_be_visible()
		page.wait_for_timeout(700)  # the bars grow
		manager.picture(page, f"call-log-report-{report.lower().replace(' ', '-')}-en")
	page.locator(".menu-btn-group button:visible").click()
	page.locator(".menu-btn-group .dropdown-menu:visible a").get_by_text("Export", exact=True).click()
	with page.expect_download() as download:
		page.locator(".modal.show .btn-primary:visible").click()
	content = download.value.path().read_bytes()
	assert content.startswith(b"PK") or b"Operator" in content, content[:80]
	assert not own(manager.problems)


def test_calling_back_in_chinese(desk, bridge):
	missed = f"journey-missed-{time.time_ns()}"
	bridge.event(missed, 1, "caller_id", number_raw=NUMBER, age_ms=600_000)
	bridge.event(missed, 2, "missed", age_ms=590_000)
	bridge.post("bridge_api.heartbeat", status={"version": "1", "devices": []})
	agent = desk(AGENT_ZH)
	page = agent.open("/app/telephony")
	expect(page.locator(".widget-group-title, .widget-head", has_text="今日来电").first).to_be_visible()
	page.wait_for_timeout(1500)
	agent.picture(page, "call-log-workspace-zh", full_page=True)
	page.goto(f"{agent.url}/app/service-call?call_back_state=To%20Call%20Back")
	expect(page.locator(".list-row-container .indicator-pill", has_text="待回拨").first).to_be_visible()
	agent.picture(page, "call-log-open-zh")
	page.goto(f"{agent.url}/app/service-call/{missed}")
	expect(page.locator(".form-message, .form-dashboard", has_text="该来电等待回拨").first).to_be_visible()
	expect(page.locator("audio[controls]")).to_have_count(0)
	page.locator("button:visible", has_text=re.compile(r"^\s*拨号\s*$")).first.click()
	dialog = page.locator(".modal.show .btn-primary:visible")
	if dialog.count() or page.evaluate("aftersales.telephony.dial_lines().length > 1"):
		dialog.click()
	expect(page.locator(".desk-alert", has_text="正在拨打")).to_be_visible()
	agent.picture(page, "call-log-dialling-zh")
	(request,) = [row for row in bridge.post("bridge_api.take_dial_requests") if row["number"] == NUMBER]
	expect(page.locator(".desk-alert", has_text="请拿起话机")).to_be_visible()
	call = f"journey-back-{time.time_ns()}"
	out = {"direction": "out", "dial_request": request["dial_request"]}
	bridge.event(call, 1, "ringing", number_raw=NUMBER, **out)
	bridge.event(call, 2, "answered", **out)
	bridge.event(call, 3, "ended", duration_s=42, **out)
	expect(page.locator(".desk-alert", has_text="号码已拨出")).to_be_visible()
	page.reload()
	expect(page.locator('[data-fieldname="call_back_state"]:visible').first).to_contain_text("已完成")
	agent.picture(page, "call-log-called-back-zh", full_page=True)
	page.goto(f"{agent.url}/app/query-report/{quote('Missed Calls and Call-backs')}")
	expect(rows(page).first).to_be_visible()
	agent.picture(page, "call-log-report-missed-zh")
	assert not own(agent.problems)
