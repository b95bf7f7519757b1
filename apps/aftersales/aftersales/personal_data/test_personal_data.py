"""Handing out and deleting personal data: nothing is left in any table, nothing else is lost, only some may."""

import json
import os
import zipfile
from contextlib import contextmanager
from unittest.mock import patch

import frappe
from frappe.desk.doctype.tag.tag import add_tag
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.aftersales.customer_records import DOCTYPE, record_kinds
from aftersales.aftersales.personal_data import erase as erasing
from aftersales.aftersales.personal_data import requests
from aftersales.aftersales.personal_data.erase import erase, hidden_key, redact
from aftersales.aftersales.personal_data.fields import KEPT, TEXTS, placeholder, replacements
from aftersales.aftersales.personal_data.scope import records_of
from aftersales.testing.factories import (
	make_contact,
	make_customer,
	make_region,
	make_ticket,
	make_vip_level,
	unique_phone,
	user_with,
)

SECRET = "秘密人"


@contextmanager
def no_commits():
	"""Jobs commit; a test must not."""
	with patch.object(frappe.db, "commit"):
		yield


def make_file(doctype: str, name: str, text: str) -> str:
	return (
		frappe.get_doc(
			doctype="File",
			file_name=f"{frappe.generate_hash(length=8)}.txt",
			content=f"{text} {frappe.generate_hash()}",
			attached_to_doctype=doctype,
			attached_to_name=name,
			is_private=1,
		)
		.insert(ignore_permissions=True)
		.name
	)


def traces(*words: str) -> list[str]:
	"""Tables and columns of the whole database in which one of the words stands."""
	columns = frappe.db.sql(
		"""select table_name, column_name from information_schema.columns
		where table_schema = database()
		and data_type in ('varchar', 'text', 'longtext', 'mediumtext', 'char', 'tinytext', 'json')"""
	)
	tables = {}
	for table, column in columns:
		tables.setdefault(table, []).append(column)
	found = []
	for table, names in tables.items():
		line = " or ".join(f"`{name}` like %s" for word in words for name in names)
		values = [f"%{word}%" for word in words for _name in names]
		if frappe.db.sql(f"select 1 from `{table}` where {line} limit 1", values):
			found.append(table)
	return sorted(found)


def ask(kind: str, customer: str) -> str:
	return (
		frappe.get_doc(
			doctype="Personal Data Request",
			kind=kind,
			customer=customer,
			requested_by=frappe.session.user,
			status="Queued",
		)
		.insert(ignore_permissions=True)
		.name
	)


class TestNothingIsLeft(FrappeTestCase):
	"""One customer about whom everything is known, made once, deleted once."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.phone, cls.second = unique_phone(), unique_phone()
		cls.mail = f"{frappe.generate_hash(length=10)}@secret.example"
		cls.make_customer()
		cls.make_records()
		cls.make_trail()
		cls.words = (SECRET, cls.phone, cls.second, cls.mail)
		cls.before = traces(*cls.words)
		cls.counts = {kind: frappe.db.count(kind, {"customer": cls.customer.name}) for kind in record_kinds()}
		cls.request = ask("Deletion", cls.customer.name)
		with no_commits():
			requests.run(cls.request)
		cls.log = frappe.get_doc("Personal Data Request", cls.request)

	@classmethod
	def make_customer(cls):
		meta = frappe.get_meta(DOCTYPE)
		texts = {
			field.fieldname: f"{SECRET} {field.fieldname}"
			for field in meta.fields
			if field.fieldtype in ("Data", "Small Text", "Text")
			and field.fieldname not in ("phone", "email", "fax", "own_number", "erpnext_customer")
		}
		cls.customer = make_customer(
			**{
				**texts,
				"customer_name": f"{SECRET}本人",
				"phone": cls.phone,
				"email": cls.mail,
				"other_phones": [{"phone": cls.second, "label": SECRET}],
				"black_listed": 1,
				"birthday": "1980-02-03",
				"amount_spent": 777,
				"vip_level": make_vip_level().name,
				"region": make_region().name,
				"properties": [{"building_number": SECRET}],
			}
		)
		cls.customer.db_set("erpnext_customer", f"{SECRET} ERP")
		cls.friend = make_customer(
			customer_name="朋友",
			relations=[{"related_customer": cls.customer.name, "relation": f"{SECRET}的妻子"}],
		)
		cls.brought = make_customer(customer_name="被介绍的", referred_by=cls.customer.name)
		cls.contact = make_contact(
			[cls.customer], first_name=f"{SECRET}助理", phone_nos=[{"phone": unique_phone()}]
		)
		cls.shared = make_contact([cls.customer, cls.friend], first_name="两家的联系人")
		cls.address = frappe.get_doc(
			doctype="Address",
			address_title=f"{SECRET}地址",
			address_line1=SECRET,
			city="大连",
			country="China",
			links=[{"link_doctype": DOCTYPE, "link_name": cls.customer.name}],
		).insert()

	@classmethod
	def make_records(cls):
		name = cls.customer.name
		cls.ticket = make_ticket(
			customer=name,
			question=f"{SECRET}来电",
			handling_log=[{"entry": f"给{SECRET}回电"}],
			lot_no="LOT-1",
			remarks=SECRET,
		)
		cls.ticket.reload()
		cls.ticket.question = f"{SECRET}又来电"
		cls.ticket.urgency = "High"
		cls.ticket.save(ignore_version=False)
		cls.audited = make_ticket(customer=name, question=SECRET, handling="done")
		cls.file = make_file("Service Ticket", cls.audited.name, SECRET)
		cls.file_path = frappe.get_doc("File", cls.file).get_full_path()
		cls.deleted = make_ticket(customer=name, question=SECRET).name
		frappe.delete_doc("Service Ticket", cls.deleted)
		cls.call = cls.row("Service Call", customer=name, number_key=f"+86{cls.phone}", caller=SECRET)
		cls.unknown_call = cls.row("Service Call", number_key=f"+86{cls.phone}", number_raw=cls.phone)
		cls.event = cls.row("Call Event", service_call=cls.call, payload=json.dumps({"n": cls.phone}))
		cls.rows = {}
		for kind in record_kinds():
			if kind not in ("Service Ticket", "Service Call"):
				cls.rows[kind] = cls.row(kind, customer=name, **cls.texts_of(kind))

	@staticmethod
	def texts_of(kind: str) -> dict:
		"""The secret in every text that is the customer's, chosen apart from the code under test."""
		meta = frappe.get_meta(kind)
		return {
			field.fieldname: json.dumps([SECRET], ensure_ascii=False) if field.fieldtype == "JSON" else SECRET
			for field in meta.fields
			if field.fieldtype in TEXTS
			and not field.unique
			and not (field.fetch_from and not field.fetch_from.startswith("customer."))
			and field.fieldname not in KEPT.get(kind, ())
		}

	@staticmethod
	def row(doctype: str, **values) -> str:
		name = frappe.generate_hash(length=10)
		if "int" in frappe.db.get_column_type(doctype, "name"):
			name = 1_000_000_000 + int(name, 16) % 1_000_000
		table = frappe.qb.DocType(doctype)
		frappe.qb.into(table).columns("name", "creation", *values).insert(
			name, "2026-01-01", *values.values()
		).run()
		return name

	@classmethod
	def make_trail(cls):
		for doc in (cls.customer, cls.ticket, cls.audited):
			doc.add_comment("Comment", f"{SECRET}说")
			frappe.get_doc(
				doctype="Communication",
				communication_medium="Email",
				subject=SECRET,
				content=SECRET,
				sender=cls.mail,
				recipients=cls.mail,
				reference_doctype=doc.doctype,
				reference_name=doc.name,
			).insert(ignore_permissions=True)
			frappe.get_doc(
				doctype="ToDo", description=SECRET, reference_type=doc.doctype, reference_name=doc.name
			).insert(ignore_permissions=True)
			make_file(doc.doctype, doc.name, SECRET)
		with patch("frappe.desk.doctype.notification_log.notification_log.send_notification_email"):
			frappe.get_doc(
				doctype="Notification Log",
				subject=SECRET,
				for_user="Administrator",
				document_type=DOCTYPE,
				document_name=cls.customer.name,
			).insert(ignore_permissions=True)
		cls.error = cls.row("Error Log", error=f"tried to mail {cls.mail} for {SECRET}")
		add_tag(f"{SECRET}标签", DOCTYPE, cls.customer.name)
		frappe.db.delete("Tag", {"name": f"{SECRET}标签"})
		for doctype, name in ((DOCTYPE, cls.customer.name), ("Service Ticket", cls.ticket.name)):
			frappe.db.sql(
				"insert into `__global_search` (doctype, name, content) values (%s, %s, %s)",
				(doctype, name, SECRET),
			)
		cls.export = ask("Export", cls.customer.name)
		with no_commits():
			requests.run(cls.export)
		# past the workflow, which has its own tests
		frappe.db.set_value("Service Ticket", cls.audited.name, "status", "Audited", update_modified=False)
		frappe.clear_document_cache("Service Ticket", cls.audited.name)

	def test_the_secret_was_everywhere_before(self):
		self.assertGreater(len(self.before), 15, self.before)

	def test_no_table_of_the_database_holds_it_now(self):
		self.assertEqual(traces(*self.words), [])

	def test_the_job_says_what_it_did(self):
		self.assertEqual((self.log.status, self.log.error), ("Done", None))
		self.assertEqual(self.log.audited_records, 1)
		# three on records, one on the audited ticket, the former export
		self.assertGreaterEqual(self.log.files, 5)
		self.assertEqual(json.loads(self.log.summary)["Service Ticket"], 2)

	def test_counts_and_money_stay(self):
		for kind, count in self.counts.items():
			self.assertEqual(frappe.db.count(kind, {"customer": self.customer.name}), count, kind)
		kept = frappe.get_doc(DOCTYPE, self.customer.name)
		self.assertEqual((kept.amount_spent, kept.vip_level), (777, self.customer.vip_level))
		self.assertEqual((kept.region, kept.disabled), (self.customer.region, 1))
		self.assertEqual((kept.customer_name, kept.birthday, kept.member_no), (placeholder(), None, None))
		self.assertEqual((kept.black_listed, kept.black_list_reason), (0, None))
		self.assertTrue(kept.personal_data_deleted_on)
		self.assertEqual(frappe.db.get_value(DOCTYPE, self.brought.name, "referred_by"), kept.name)

	def test_ticket_keeps_what_it_is_counted_by(self):
		kept = frappe.get_doc("Service Ticket", self.ticket.name)
		self.assertEqual((kept.urgency, kept.lot_no, kept.status), ("High", "LOT-1", "New"))
		self.assertEqual((kept.customer_name, kept.question), (placeholder(), None))
		self.assertEqual(len(kept.handling_log), 1)
		self.assertEqual(kept.handling_log[0].user, "Administrator")

	def test_history_says_that_but_not_what(self):
		versions = frappe.get_all("Version", {"docname": self.ticket.name}, pluck="data")
		changed = [row for data in versions for row in json.loads(data)["changed"]]
		self.assertIn(["urgency", "Normal", "High"], changed)
		self.assertIn(["question", placeholder(), placeholder()], changed)

	def test_audited_ticket_has_a_comment_on_it(self):
		self.assertEqual(frappe.db.get_value("Service Ticket", self.audited.name, "status"), "Audited")
		for name in (self.audited.name, self.customer.name):
			said = frappe.get_all(
				"Comment", {"reference_name": name, "comment_type": "Info"}, pluck="content"
			)
			self.assertEqual(len([text for text in said if self.request in text]), 1)

	def test_files_are_gone_from_the_disk(self):
		self.assertFalse(os.path.exists(self.file_path))
		self.assertFalse(frappe.db.exists("File", {"attached_to_name": self.audited.name}))
		self.assertFalse(frappe.db.exists("File", {"attached_to_name": self.export}))

	def test_contacts(self):
		self.assertFalse(frappe.db.exists("Contact", self.contact.name))
		self.assertFalse(frappe.db.exists("Address", self.address.name))
		links = frappe.get_doc("Contact", self.shared.name).links
		self.assertEqual([link.link_name for link in links], [self.friend.name])

	def test_error_logs_that_quote_the_customer_go(self):
		self.assertFalse(frappe.db.exists("Error Log", self.error))

	def test_nobody_is_found_by_the_number(self):
		self.assertFalse(frappe.db.exists("Caller Number", {"customer": self.customer.name}))
		self.assertIsNone(frappe.db.get_value("Service Call", self.unknown_call, "number_raw"))

	def test_a_second_run_changes_nothing(self):
		count = frappe.db.count("Comment")
		with no_commits():
			erase(self.customer.name, self.request)
		self.assertEqual(traces(*self.words), [])
		self.assertEqual(frappe.db.count("Comment"), count)
		deleted = frappe.db.get_value(DOCTYPE, self.customer.name, "personal_data_deleted_on")
		self.assertEqual(deleted, frappe.get_doc(DOCTYPE, self.customer.name).personal_data_deleted_on)
		self.assertEqual(
			frappe.db.get_value(DOCTYPE, self.customer.name, "erpnext_customer"), hidden_key(f"{SECRET} ERP")
		)


class TestScope(FrappeTestCase):
	def test_number_of_two_customers_proves_nothing(self):
		phone = unique_phone()
		first, _second = make_customer(phone=phone), make_customer(phone=phone)
		call = TestNothingIsLeft.row("Service Call", number_key=f"+86{phone}")
		self.assertNotIn(call, records_of(first.name).get("Service Call", ()))

	def test_others_are_not_in_it(self):
		one = make_customer()
		make_customer(referred_by=one.name, relations=[{"related_customer": one.name}])
		self.assertEqual({kind: names for kind, names in records_of(one.name).items() if kind != "ToDo"}, {})

	def test_rows_of_a_version(self):
		data = {
			"changed": [["question", "a", "b"], ["urgency", "Low", "High"]],
			"added": [["log", {"entry": "x", "user": "u"}]],
			"row_changed": [["log", 0, "r1", [["entry", "x", "y"], ["user", "u", "v"]]]],
			"data_import": None,
		}
		found = redact(data, {"question": None}, {"log": {"entry": None}})
		hidden = placeholder()
		self.assertEqual(found["changed"], [["question", hidden, hidden], ["urgency", "Low", "High"]])
		self.assertEqual(found["added"], [["log", {"entry": hidden, "user": "u"}]])
		self.assertEqual(found["row_changed"][0][3], [["entry", hidden, hidden], ["user", "u", "v"]])

	def test_employees_and_products_are_not_the_customer(self):
		scrubbed = replacements("Service Ticket")
		for field in ("customer_name", "contact_phone", "email", "question", "handling", "phone_key"):
			self.assertIn(field, scrubbed)
		for field in ("product_name", "lot_no", "person_in_charge_name", "status", "region", "completed"):
			self.assertNotIn(field, scrubbed)


class TestExport(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def export(self, customer: str) -> zipfile.ZipFile:
		request = ask("Export", customer)
		with no_commits():
			requests.run(request)
		self.log = frappe.get_doc("Personal Data Request", request)
		self.assertEqual((self.log.status, self.log.error), ("Done", None))
		self.file = frappe.get_doc(
			"File", {"attached_to_doctype": self.log.doctype, "attached_to_name": request}
		)
		path = self.file.get_full_path()
		self.addCleanup(lambda: os.path.exists(path) and os.remove(path))
		return zipfile.ZipFile(path)

	def test_everything_is_in_it(self):
		customer = make_customer(customer_name="取数据的人", occupation="教师")
		ticket = make_ticket(
			customer=customer.name, question="<b>机器</b>响", handling_log=[{"entry": "已回电"}]
		)
		make_contact([customer], first_name="他的助理")
		customer.add_comment("Comment", "他很客气")
		make_file("Service Ticket", ticket.name, "发票内容")
		with self.export(customer.name) as archive:
			data = json.loads(archive.read("data.json"))
			page = archive.read("index.html").decode()
			files = [name for name in archive.namelist() if name.startswith("files/")]
			self.assertIn("发票内容", archive.read(files[0]).decode())
		records = data["records"]
		self.assertEqual(records[DOCTYPE][0]["occupation"], "教师")
		self.assertEqual(records[DOCTYPE][0]["_comments"][0]["content"], "他很客气")
		self.assertEqual(records["Service Ticket"][0]["handling_log"][0]["entry"], "已回电")
		self.assertEqual(records["Contact"][0]["first_name"], "他的助理")
		for text in ("取数据的人", "已回电", "机器响", "他的助理", "他很客气"):
			self.assertIn(text, page)
		self.assertNotIn("<b>机器</b>", page)
		self.assertEqual((self.log.files, self.file.is_private), (1, 1))

	def test_nothing_of_others(self):
		customer, other = make_customer(), make_customer(customer_name="别人的名字")
		make_ticket(customer=other.name, question="别人的问题")
		customer.append("relations", {"related_customer": other.name})
		customer.save()
		with self.export(customer.name) as archive:
			text = archive.read("data.json").decode()
		self.assertNotIn("别人的问题", text)

	def test_file_goes_after_its_days(self):
		self.export(make_customer().name).close()
		path = self.file.get_full_path()
		self.assertEqual(requests.remove_expired(), 0)
		self.log.db_set("expires_on", add_days(today(), -1))
		self.assertEqual(requests.remove_expired(), 1)
		self.assertFalse(os.path.exists(path))
		self.assertTrue(frappe.db.exists("Personal Data Request", self.log.name))

	def test_only_readers_of_the_log_open_the_file(self):
		self.export(make_customer().name).close()
		for role, may in (("Service Manager", True), ("Service Agent", False), ("Service Auditor", False)):
			frappe.set_user(user_with(role))
			self.assertEqual(bool(frappe.get_doc("File", self.file.name).has_permission("read")), may, role)


class TestRequests(FrappeTestCase):
	def setUp(self):
		patcher = patch.object(requests.frappe, "enqueue")
		self.enqueue = patcher.start()
		self.addCleanup(patcher.stop)
		self.customer = make_customer(customer_name="要删除的 人")

	def tearDown(self):
		frappe.set_user("Administrator")

	def test_who_may(self):
		for role in ("Service Agent", "Agent Team Leader", "May Delete Customers", "System Manager"):
			frappe.set_user(user_with(role))
			with self.assertRaises(frappe.PermissionError, msg=role):
				requests.request_export(self.customer.name)
			with self.assertRaises(frappe.PermissionError, msg=role):
				requests.request_deletion(self.customer.name, "要删除的 人")
		frappe.set_user("Guest")
		with self.assertRaises(frappe.PermissionError):
			requests.request_export(self.customer.name)
		self.enqueue.assert_not_called()
		for role in requests.ROLES:
			frappe.set_user(user_with(role))
			request = frappe.get_doc(
				"Personal Data Request", requests.request_export(self.customer.name, " why ")
			)
			self.assertEqual((request.requested_by, request.reason), (frappe.session.user, "why"))

	def test_row_permission_holds(self):
		user = user_with("Service Manager", "Knowledge Manager")
		frappe.get_doc(
			doctype="User Permission", user=user, allow="Service Region", for_value=make_region().name
		).insert()
		other = make_customer(region=make_region().name)
		frappe.set_user(user)
		with self.assertRaises(frappe.PermissionError):
			requests.request_export(other.name)

	def test_name_must_be_typed(self):
		frappe.set_user(user_with("Service Manager"))
		for typed in ("", "要删除的", self.customer.name, "要删除的人"):
			with self.assertRaises(requests.ConfirmationError, msg=typed):
				requests.request_deletion(self.customer.name, typed)
		self.enqueue.assert_not_called()
		requests.request_deletion(self.customer.name, "  要删除的  人 ")
		self.enqueue.assert_called_once()

	def test_not_twice(self):
		self.customer.db_set("personal_data_deleted_on", "2026-01-01 00:00:00")
		frappe.set_user(user_with("Service Manager"))
		with self.assertRaises(requests.AlreadyDeletedError):
			requests.request_deletion(self.customer.name, "要删除的 人")

	def test_a_failure_is_noted_and_can_be_repeated(self):
		request = ask("Deletion", self.customer.name)
		with (
			no_commits(),
			patch.object(frappe.db, "rollback"),
			patch.object(requests, "erase", side_effect=ValueError("秘密")),
		):
			requests.run(request)
		log = frappe.get_doc("Personal Data Request", request)
		self.assertEqual((log.status, log.error), ("Failed", "ValueError"))
		frappe.set_user(user_with("Service Agent"))
		with self.assertRaises(frappe.PermissionError):
			requests.run_again(request)
		frappe.set_user(user_with("Service Manager"))
		requests.run_again(request)
		frappe.set_user("Administrator")
		with no_commits():
			requests.run(request)
			with patch.object(requests, "erase") as again:
				requests.run(request)
		again.assert_not_called()
		self.assertEqual(frappe.db.get_value(log.doctype, request, "status"), "Done")
		with self.assertRaises(frappe.ValidationError):
			requests.run_again(request)

	def test_the_log_is_not_written_or_deleted_by_hand(self):
		request = ask("Export", self.customer.name)
		for role in requests.ROLES:
			frappe.set_user(user_with(role))
			for right in ("create", "write", "delete"):
				self.assertFalse(frappe.has_permission("Personal Data Request", right), f"{role} {right}")
		frappe.set_user("Administrator")
		with self.assertRaises(frappe.PermissionError):
			frappe.delete_doc("Personal Data Request", request, force=True)

	def test_portal_user_s_own_request_deletes_the_customer_too(self):
		self.customer.db_set("email", "portal@secret.example")
		request = frappe.new_doc("Personal Data Deletion Request")
		request.email = "portal@secret.example"
		requests.user_data_deleted(request)
		self.enqueue.assert_not_called()
		request.append("deletion_steps", {"document_type": "Service Customer", "status": "Pending"})
		requests.user_data_deleted(request)
		self.enqueue.assert_called_once()
		self.assertTrue(
			frappe.db.exists("Personal Data Request", {"customer": self.customer.name, "kind": "Deletion"})
		)

	def test_hooks_of_frappe_name_fields_that_exist(self):
		for entry in frappe.get_hooks("user_data_fields", app_name="aftersales"):
			meta = frappe.get_meta(entry["doctype"])
			self.assertTrue(meta.has_field(entry["filter_by"]), entry)


class TestLargeHistory(FrappeTestCase):
	def test_statements_grow_with_batches_not_with_records(self):
		customer = make_customer()
		names = [f"PD-{customer.name}-{number:05}" for number in range(erasing.BATCH)]
		frappe.db.bulk_insert(
			"Service Ticket",
			["name", "creation", "modified", "customer", "question", "status"],
			[(name, "2026-01-01", "2026-01-01", customer.name, SECRET, "New") for name in names],
		)
		statements = []
		sql = frappe.db.sql
		with (
			no_commits(),
			patch.object(
				frappe.db,
				"sql",
				side_effect=lambda *args, **kwargs: (statements.append(1), sql(*args, **kwargs))[1],
			),
		):
			erase(customer.name, "PDR-test")
		self.assertFalse(frappe.db.exists("Service Ticket", {"customer": customer.name, "question": SECRET}))
		self.assertLess(len(statements), erasing.BATCH + 150)
