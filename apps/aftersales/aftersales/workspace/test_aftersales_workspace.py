import json
from pathlib import Path

import frappe
from frappe.desk.doctype.dashboard_chart.dashboard_chart import get as get_chart
from frappe.desk.doctype.number_card.number_card import get_result
from frappe.desk.listview import get_group_by_count
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, now, today

from aftersales.aftersales.figures import compute, marks
from aftersales.aftersales.figures.desk import chart as figures_chart
from aftersales.testing import factories

APP = Path(__file__).parents[2]
# What the browser computes from `dynamic_filters_json`
DYNAMIC = {
	"frappe.session.user": lambda: frappe.session.user,
	"frappe.datetime.get_today()": today,
	"frappe.datetime.now_datetime()": now,
	"frappe.datetime.add_days(frappe.datetime.get_today(), -6)": lambda: add_days(today(), -6),
	"frappe.datetime.add_days(frappe.datetime.get_today(), -29)": lambda: add_days(today(), -29),
}


def records(folder: str) -> list[dict]:
	"""Records of all modules."""
	paths = sorted(APP.glob(f"*/{folder}/*/*.json"))
	return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def own(doctype: str, records_: list[dict]) -> list[dict]:
	"""Those cards and charts that count documents of one kind."""
	return [record for record in records_ if record["document_type"] == doctype]


def filters_of(record: dict) -> list:
	if record.get("method") or record.get("source"):
		return json.loads(record["filters_json"])
	dynamic = json.loads(record["dynamic_filters_json"] or "[]")
	return json.loads(record["filters_json"]) + [[*row[:3], DYNAMIC[row[3]]()] for row in dynamic]


def blocks(workspace: dict, kind: str, key: str) -> set[str]:
	"""Names of what a workspace shows of one kind."""
	shown = json.loads(workspace["content"])
	return {block["data"][key] for block in shown if block["type"] == kind}


class TestWorkspace(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.make_user("Service Agent").name
		cls.workspaces = records("workspace")

	def setUp(self):
		frappe.set_user(self.agent)
		self.addCleanup(frappe.set_user, "Administrator")

	def cards(self):
		"""What the cards show within a minute."""
		marks.flush()
		compute.catch_up()
		return {
			card["name"]: int(self.number(card)) for card in own("Service Ticket", records("number_card"))
		}

	def number(self, card: dict) -> float:
		if card["type"] == "Custom":
			return frappe.get_attr(card["method"])(filters=card["filters_json"])["value"]
		return get_result(card, filters_of(card)) or 0

	def test_cards_count_a_new_ticket(self):
		before = self.cards()
		frappe.get_doc(doctype="Service Ticket", record_type="Enquiry", urgency="Critical").insert()
		after = self.cards()
		changed = {name for name, value in after.items() if value == before[name] + 1}
		self.assertEqual(
			changed,
			{
				"Open Tickets",
				"My Open Tickets",
				"Tickets Created Today",
				"Critical Open Tickets",
				"Tickets in 30 Days",
			},
		)

	def test_cards_count_a_completed_ticket(self):
		ticket = frappe.get_doc(doctype="Service Ticket", record_type="Enquiry", handling="x").insert()
		before = self.cards()
		factories.act(ticket, "Start", "Wait for Customer")
		self.assertEqual(self.cards()["Waiting for Customer"], before["Waiting for Customer"] + 1)
		factories.act(ticket, "Resolve")
		after = self.cards()
		for card in ("Completed in 7 Days", "Completed in 30 Days", "Completed by Me in 7 Days"):
			self.assertEqual(after[card], before[card] + 1, card)
		self.assertEqual(after["Open Tickets"], before["Open Tickets"] - 1)

	def test_charts_count_tickets(self):
		done = frappe.get_doc(doctype="Service Ticket", record_type="Praise", handling="x").insert()
		factories.act(done, "Start", "Resolve")
		frappe.get_doc(doctype="Service Ticket", record_type="Praise").insert()
		marks.flush()
		compute.catch_up()
		for chart in own("Service Ticket", records("dashboard_chart")):
			with self.subTest(chart=chart["name"]):
				get = figures_chart if chart.get("source") else get_chart
				data = get(chart_name=chart["name"], filters=json.dumps(filters_of(chart)), refresh=1)
				self.assertGreater(sum(data["datasets"][0]["values"]), 0)

	def test_everything_named_is_there(self):
		"""On every workspace; and no card or chart is left that none shows."""
		for folder, kind, key in (
			("number_card", "number_card", "number_card_name"),
			("dashboard_chart", "chart", "chart_name"),
		):
			named = {name for workspace in self.workspaces for name in blocks(workspace, kind, key)}
			self.assertEqual(named, {record["name"] for record in records(folder)})
		for workspace in self.workspaces:
			with self.subTest(workspace=workspace["name"]):
				cards = {row["label"] for row in workspace["links"] if row["type"] == "Card Break"}
				self.assertEqual(blocks(workspace, "card", "card_name"), cards)
				for row in [*workspace["links"], *workspace["shortcuts"]]:
					if row.get("link_to"):
						doctype = row.get("link_type") if row["type"] == "Link" else row["type"]
						self.assertTrue(frappe.db.exists(doctype, row["link_to"]), row["link_to"])

	def test_list_groups_and_counts(self):
		"""S1.36: the sidebar of the list counts by any field."""
		frappe.get_doc(doctype="Service Ticket", record_type="Praise").insert()
		counts = {
			row["name"]: row["count"] for row in get_group_by_count("Service Ticket", "[]", "record_type")
		}
		self.assertEqual(counts["Praise"], len(frappe.get_list("Service Ticket", {"record_type": "Praise"})))
