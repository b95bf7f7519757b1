import csv
import html.parser
import io
import json
from pathlib import Path
from unittest.mock import patch

import frappe
from frappe.core.doctype.data_import.importer import Importer
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_to_date, now_datetime
from openpyxl import load_workbook

from aftersales.aftersales.doctype.emergency_snapshot.emergency_snapshot import SnapshotRunningError
from aftersales.aftersales.doctype.offline_note.offline_note import OfflineNoteFixedError
from aftersales.aftersales.emergency import parts, schedule
from aftersales.aftersales.emergency.build import build, purge
from aftersales.aftersales.emergency.page import script_safe
from aftersales.testing import factories
from aftersales.utils.audit_lock import AuditLockError

NASTY = "</script><script>alert(1)</script> <!-- \u2028 \"quoted\" 'single' \\ = 中文 😀"


class Page(html.parser.HTMLParser):
	"""What a browser would read of the page's script elements, and whatever would fetch something."""

	def __init__(self, text):
		super().__init__()
		self.scripts, self.fetching, self.current = {}, [], None
		self.feed(text)

	def handle_starttag(self, tag, attrs):
		attributes = dict(attrs)
		self.fetching += [
			value
			for name, value in attrs
			if name in ("src", "href", "srcset", "action") or tag in ("link", "iframe")
		]
		self.current = attributes.get("id", "code") if tag == "script" else None

	def handle_endtag(self, tag):
		self.current = None

	def handle_data(self, data):
		if self.current:
			self.scripts[self.current] = self.scripts.get(self.current, "") + data

	def rows(self, key):
		return [json.loads(line) for line in self.scripts.get(f"part-{key}", "").strip().split("\n") if line]

	@property
	def about(self):
		return json.loads(self.scripts["about"])


class TestEmergency(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.db.delete("Emergency Snapshot")
		cls.manager = factories.user_with("Service Manager")
		cls.agent = factories.user_with("Service Agent")
		cls.customer = factories.make_customer(
			customer_name="Zhang Wei 张伟",
			phone="13812345678",
			organisation="=HYPERLINK(1)",
			other_phones=[{"phone": "0411-84621234"}],
		)
		cls.gone = factories.make_customer(disabled=1)
		cls.ticket = factories.make_ticket(customer=cls.customer.name, question="It drips")
		cls.done = factories.make_ticket(handling="Done")
		factories.act(cls.done, "Start", "Resolve")
		cls.faq = factories.make_faq(
			state="Published", question="It leaks?", answer="<p>Close the <b>valve</b></p>"
		)
		cls.draft = factories.make_faq()

	def setUp(self):
		frappe.db.savepoint("before_test")
		self.addCleanup(frappe.db.rollback, save_point="before_test")
		self.addCleanup(frappe.clear_document_cache, "Aftersales Settings", "Aftersales Settings")
		self.addCleanup(frappe.set_user, "Administrator")
		mail = patch("frappe.sendmail")
		self.sendmail = mail.start()
		self.addCleanup(mail.stop)

	def snapshot(self):
		"""Take one and delete its files afterwards; a rollback does not."""
		with patch("frappe.enqueue") as enqueue:
			doc = factories.make_emergency_snapshot()
		self.assertEqual(enqueue.call_args.kwargs["name"], doc.name)
		build(doc.name)
		doc.reload()
		for url in filter(None, (doc.html_file, doc.xlsx_file)):
			path = Path(frappe.get_site_path(url.lstrip("/")))
			self.addCleanup(path.unlink, missing_ok=True)
		return doc

	@staticmethod
	def read(url):
		return Path(frappe.get_site_path(url.lstrip("/"))).read_text(encoding="utf-8")

	def settings(self, **values):
		settings = frappe.get_doc("Aftersales Settings")
		settings.update(values)
		settings.flags.ignore_permissions = True
		settings.save()

	def test_page_holds_what_is_needed_and_nothing_else(self):
		doc = self.snapshot()
		self.assertEqual((doc.status, doc.error), ("Ready", None))
		page = Page(self.read(doc.html_file))
		names = {key: {row[0] for row in page.rows(key)} for key in ("customers", "tickets", "faqs")}
		self.assertIn(self.customer.name, names["customers"])
		self.assertNotIn(self.gone.name, names["customers"])
		self.assertIn(self.ticket.name, names["tickets"])
		self.assertNotIn(self.done.name, names["tickets"])
		self.assertIn(self.faq.question, names["faqs"])
		self.assertNotIn(self.draft.question, names["faqs"])
		self.assertEqual(doc.row_count, sum(len(page.rows(part["key"])) for part in page.about["parts"]))

	def test_page_needs_nothing_from_elsewhere(self):
		page = Page(self.read(self.snapshot().html_file))
		self.assertEqual(page.fetching, [])
		self.assertNotRegex(page.scripts["code"], r"\b(fetch|XMLHttpRequest|import)\s*\(")

	def test_whatever_customers_write_stays_text(self):
		# Past Frappe's own cleaning, which would have escaped it already.
		frappe.db.set_value("Service Ticket", self.ticket.name, "question", NASTY)
		text = self.read(self.snapshot().html_file)
		page = Page(text)
		self.assertNotIn("<script>alert", text)
		row = next(row for row in page.rows("tickets") if row[0] == self.ticket.name)
		self.assertIn(NASTY, row)
		self.assertNotIn("<", script_safe(["</script>", "<!--"]))

	def test_values(self):
		page = Page(self.read(self.snapshot().html_file))
		customers = next(part for part in page.about["parts"] if part["key"] == "customers")
		row = next(row for row in page.rows("customers") if row[0] == self.customer.name)
		values = dict(zip(customers["fields"], row, strict=True))
		self.assertEqual(values["phone"], "13812345678 / 0411-84621234")
		self.assertEqual(values["customer_name"], "Zhang Wei 张伟")
		faq = next(row for row in page.rows("faqs") if row[0] == self.faq.question)
		self.assertEqual(faq[1], "Close the valve")

	def test_both_languages(self):
		words = Page(self.read(self.snapshot().html_file)).about["words"]
		self.assertEqual(words["en"], {})
		for word in (
			"Emergency Snapshot",
			"Written Down",
			"Service Customer",
			"Contact Phone",
			"New",
			"Repair",
		):
			self.assertRegex(words["zh"].get(word, ""), "[\u4e00-\u9fff]", word)

	def test_workbook(self):
		doc = self.snapshot()
		book = load_workbook(frappe.get_site_path(doc.xlsx_file.lstrip("/")))
		sheet = book["Service Customer"]
		rows = {row[0].value: row for row in sheet.iter_rows(min_row=2)}
		self.assertIn(self.customer.name, rows)
		formula = next(cell for cell in rows[self.customer.name] if cell.value == "=HYPERLINK(1)")
		self.assertEqual(formula.data_type, "s")
		self.assertEqual(sheet.freeze_panes, "A2")
		self.assertIn("FAQ", book.sheetnames)

	def test_pages_of_rows_join_without_gap_or_double(self):
		part = next(part for part in parts.parts_here() if part.key == "customers")
		for _number in range(3):
			factories.make_customer()
		whole = list(parts.rows_of(part))
		with patch.object(parts, "PAGE", 2):
			self.assertEqual(list(parts.rows_of(part)), whole)
		self.assertEqual(len(whole), parts.count_of(part))

	def test_parts_of_modules_that_are_not_there_are_left_out(self):
		device = next(part for part in parts.PARTS if part.key == "devices")
		odd = parts.Part("odd", "Odd", "No Such DocType", parts.text("name"))
		extra = parts.Part("customers", "x", "Service Customer", parts.text("name", "no_such_field"))
		with patch.object(parts, "PARTS", (device, odd, extra)):
			here = {part.key: part for part in parts.parts_here()}
		self.assertNotIn("odd", here)
		self.assertEqual([column.fieldname for column in here["customers"].columns], ["name"])

	def test_files_are_private_and_follow_the_snapshot(self):
		doc = self.snapshot()
		files = frappe.get_all(
			"File", {"attached_to_name": doc.name}, ["name", "is_private", "file_size", "file_url"]
		)
		self.assertEqual([row.is_private for row in files], [1, 1])
		file = frappe.get_doc("File", {"file_url": doc.html_file})
		self.assertEqual(file.file_size, len(self.read(doc.html_file).encode()))
		for user, allowed in ((self.manager, True), (self.agent, False), ("Guest", False)):
			frappe.set_user(user)
			self.assertEqual(bool(frappe.has_permission("File", "read", doc=file)), allowed, user)
		frappe.set_user("Administrator")
		frappe.delete_doc(doc.doctype, doc.name)
		self.assertFalse(frappe.db.exists("File", {"attached_to_name": doc.name}))
		self.assertFalse(Path(frappe.get_site_path(doc.html_file.lstrip("/"))).exists())

	def test_who_may_take_and_read_snapshots(self):
		for role, allowed in (
			("Service Manager", True),
			("Aftersales Administrator", True),
			("Service Agent", False),
			("Service Auditor", False),
			("General Manager", False),
			("System Manager", False),
		):
			user = factories.user_with(role)
			for right in ("read", "create"):
				self.assertEqual(
					bool(frappe.has_permission("Emergency Snapshot", right, user=user)), allowed, role
				)
		frappe.set_user(self.agent)
		with self.assertRaises(frappe.PermissionError):
			frappe.get_doc(doctype="Emergency Snapshot").insert()

	def test_one_at_a_time(self):
		with patch("frappe.enqueue"):
			first = factories.make_emergency_snapshot()
			self.assertRaises(SnapshotRunningError, factories.make_emergency_snapshot)
			# Its worker died long ago.
			first.db_set("creation", add_to_date(now_datetime(), hours=-3))
			factories.make_emergency_snapshot()

	def test_a_failure_is_told_and_leaves_no_file(self):
		before = set(Path(frappe.get_site_path("private", "files")).glob("emergency-*"))
		with patch("aftersales.aftersales.emergency.build.rows_of", side_effect=OSError("disk full")):
			doc = self.snapshot()
		self.assertEqual((doc.status, doc.error, doc.html_file), ("Failed", "disk full", None))
		self.assertEqual(set(Path(frappe.get_site_path("private", "files")).glob("emergency-*")), before)
		self.sendmail.assert_not_called()

	def test_older_ones_are_deleted(self):
		self.settings(emergency_keep=2)
		taken = [self.snapshot() for _number in range(3)]
		left = frappe.get_all(
			"Emergency Snapshot", {"name": ("in", [doc.name for doc in taken])}, pluck="name"
		)
		self.assertEqual(sorted(left), sorted(doc.name for doc in taken[1:]))
		self.assertFalse(Path(frappe.get_site_path(taken[0].html_file.lstrip("/"))).exists())
		self.assertFalse(frappe.db.exists("Deleted Document", {"deleted_name": taken[0].name}))
		self.settings(emergency_keep=0)
		purge()
		self.assertTrue(frappe.db.exists("Emergency Snapshot", taken[2].name))

	def test_only_readers_are_told(self):
		off = factories.user_with("Service Manager", "Case Handler")
		frappe.db.set_value("User", off, "enabled", 0)
		self.settings(emergency_recipients=[{"user": self.manager}, {"user": self.agent}, {"user": off}])
		doc = self.snapshot()
		self.assertEqual(
			[call.kwargs["recipients"] for call in self.sendmail.call_args_list], [[self.manager]]
		)
		self.assertEqual(self.sendmail.call_args.kwargs["attachments"], [])
		self.sendmail.reset_mock()
		self.settings(emergency_send_file=1)
		doc = self.snapshot()
		fid = self.sendmail.call_args.kwargs["attachments"][0]["fid"]
		self.assertEqual(frappe.db.get_value("File", fid, "file_url"), doc.html_file)

	def test_schedule(self):
		def scheduled():
			with patch("frappe.enqueue"):
				schedule.take_due()
			return frappe.db.count("Emergency Snapshot", {"scheduled": 1})

		def age(hours):
			frappe.db.set_value(
				"Emergency Snapshot",
				{"scheduled": 1},
				{"creation": add_to_date(now_datetime(), hours=-hours), "status": "Ready"},
			)

		self.assertEqual(scheduled(), 0)
		self.settings(emergency_frequency="Daily")
		self.assertEqual((scheduled(), scheduled()), (1, 1))
		age(24)
		self.assertEqual(scheduled(), 2)
		self.settings(emergency_frequency="Weekly")
		age(6 * 24)
		self.assertEqual(scheduled(), 2)
		age(7 * 24)
		self.assertEqual(scheduled(), 3)

	def test_cost_does_not_grow_with_the_customers(self):
		part = next(part for part in parts.parts_here() if part.key == "customers")
		with self.assertQueryCount(2):
			list(parts.rows_of(part))


class TestOfflineWork(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.user_with("Service Agent")
		cls.ticket = factories.make_ticket()

	def setUp(self):
		frappe.db.savepoint("before_test")
		self.addCleanup(frappe.db.rollback, save_point="before_test")
		self.addCleanup(frappe.set_user, "Administrator")

	def run_import(self, doctype, columns, rows):
		"""Import a file as the emergency page writes it; returns the outcome of each row."""
		text = io.StringIO(newline="")
		csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows([columns, *rows])
		file = frappe.get_doc(
			doctype="File", file_name="offline.csv", content=text.getvalue(), is_private=1
		).insert()
		data_import = frappe.get_doc(
			doctype="Data Import",
			reference_doctype=doctype,
			import_type="Insert New Records",
			import_file=file.file_url,
		).insert()
		with factories.import_inside_a_test():
			Importer(doctype, data_import=data_import).import_data()
		logs = frappe.get_all(
			"Data Import Log", {"data_import": data_import.name}, ["success"], order_by="log_index"
		)
		return [row.success for row in logs]

	def test_note_becomes_an_entry_once(self):
		frappe.set_user(self.agent)
		note = frappe.get_doc(
			doctype="Offline Note",
			offline_id="OFF-1",
			ticket=self.ticket.name,
			note="Called back",
			noted_by="Emma",
			noted_at="2026-01-02 03:04:05",
		).insert()
		log = frappe.get_doc("Service Ticket", self.ticket.name).handling_log
		self.assertEqual((len(log), log[0].user), (1, self.agent))
		for piece in ("Called back", "Emma", "03:04:05"):
			self.assertIn(piece, log[0].entry)
		frappe.db.savepoint("again")
		with self.assertRaises(frappe.UniqueValidationError):
			factories.make_offline_note(offline_id="OFF-1", ticket=self.ticket.name)
		frappe.db.rollback(save_point="again")
		self.assertEqual(len(frappe.get_doc("Service Ticket", self.ticket.name).handling_log), 1)
		note.note = "rewritten"
		self.assertRaises((OfflineNoteFixedError, frappe.PermissionError), note.save)

	def test_note_on_an_audited_ticket_is_refused(self):
		ticket = factories.make_ticket(handling="Done")
		factories.act(ticket, "Start", "Resolve", "Close", "Audit")
		self.assertRaises(AuditLockError, factories.make_offline_note, ticket=ticket.name)

	def test_note_needs_the_right_to_change_the_ticket(self):
		frappe.set_user(factories.user_with("Service Auditor"))
		self.assertRaises(frappe.PermissionError, factories.make_offline_note, ticket=self.ticket.name)

	def test_same_ticket_twice_is_refused(self):
		factories.make_ticket(offline_id="OFF-2")
		self.assertRaises(frappe.UniqueValidationError, factories.make_ticket, offline_id="OFF-2")

	def test_import_twice_makes_nothing_twice(self):
		columns = ["offline_id", "record_type", "customer_name", "contact_phone", "question", "creation_date"]
		rows = [
			["OFF-3", "Repair", "Li, Na", "13900000001", 'It says "E1"\nand stops', "2026-01-02"],
			["OFF-4", "Enquiry", "王芳", "13900000002", "怎么除霜？", "2026-01-02"],
		]
		self.assertEqual(self.run_import("Service Ticket", columns, rows), [1, 1])
		made = frappe.get_doc("Service Ticket", {"offline_id": "OFF-3"})
		self.assertEqual((made.customer_name, made.question), ("Li, Na", 'It says "E1"\nand stops'))
		again = [*rows, ["OFF-5", "Enquiry", "New", "", "x", "2026-01-02"]]
		self.assertEqual(self.run_import("Service Ticket", columns, again), [0, 0, 1])
		self.assertEqual(
			frappe.db.count("Service Ticket", {"offline_id": ("in", ("OFF-3", "OFF-4", "OFF-5"))}), 3
		)

	def test_notes_are_imported_once(self):
		columns = ["offline_id", "ticket", "note", "noted_by", "noted_at"]
		rows = [["OFF-6", self.ticket.name, "Part ordered", "Emma", "2026-01-02 03:04:05"]]
		self.assertEqual(self.run_import("Offline Note", columns, rows), [1])
		self.assertEqual(self.run_import("Offline Note", columns, rows), [0])
		self.assertEqual(len(frappe.get_doc("Service Ticket", self.ticket.name).handling_log), 1)
