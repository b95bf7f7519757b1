import json

import frappe
from frappe.client import bulk_update, set_value
from frappe.client import delete as client_delete
from frappe.client import insert as client_insert
from frappe.desk.form.load import getdoc
from frappe.desk.reportview import get as get_list_data
from frappe.model.workflow import (
	WorkflowPermissionError,
	WorkflowTransitionError,
	apply_workflow,
	get_transitions,
)
from frappe.tests.utils import FrappeTestCase, change_settings
from frappe.utils import add_days, getdate, today

from aftersales.aftersales.doctype.service_ticket.service_ticket import (
	HandlingLogError,
	HandlingMissingError,
	LotNoMissingError,
	TicketDateError,
	TicketMergeError,
	form_settings,
)
from aftersales.aftersales.ticket_pictures import PictureNotFoundError, TooManyPicturesError
from aftersales.testing import factories
from aftersales.utils.child_rows import ChildRowError
from aftersales.utils.naming import OwnNumberError, OwnNumberNotPermittedError

AGENT, MANAGER, KNOWLEDGE = "Service Agent", "Service Manager", "Knowledge Manager"

# S1.37: record number, acceptance date, agent, customer organisation, name, product name, Code, package, Lot No.,
# product category, person in charge, urgency, record type, record status
SORT_KEYS = (
	"name",
	"acceptance_date",
	"dealer",
	"organisation",
	"customer_name",
	"product_name",
	"product",
	"package",
	"lot_no",
	"product_category",
	"person_in_charge_name",
	"urgency",
	"record_type",
	"status",
)


class TicketTestCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.make_user(AGENT, first_name="Ada", last_name="Agent").name
		cls.other_agent = factories.make_user(AGENT).name
		cls.manager = factories.make_user(MANAGER).name

	def tearDown(self):
		frappe.set_user("Administrator")

	def set_settings(self, **values):
		"""Change Aftersales Settings for this test."""
		change = change_settings("Aftersales Settings", values)
		change.__enter__()
		self.addCleanup(change.__exit__, None, None, None)


class TestRecordNumber(TicketTestCase):
	def test_number_comes_from_the_series(self):
		first, second = factories.make_ticket(), factories.make_ticket()
		self.assertRegex(first.name, r"^ST-\d\d-\d{6}$")
		self.assertEqual(int(second.name[-6:]), int(first.name[-6:]) + 1)

	def test_typed_number(self):
		frappe.set_user(self.agent)
		ticket = frappe.get_doc(
			doctype="Service Ticket", record_type="Enquiry", own_number="  HOT 2026-001 "
		).insert()
		self.assertEqual(ticket.name, "HOT 2026-001")
		self.assertFalse(ticket.own_number)

	def test_typed_number_must_be_unique(self):
		taken = factories.make_ticket()
		self.assertRaises(OwnNumberError, factories.make_ticket, own_number=taken.name)

	def test_rename(self):
		ticket = factories.make_ticket()
		frappe.set_user(self.agent)
		new = frappe.rename_doc("Service Ticket", ticket.name, " R-100 ", show_alert=False)
		self.assertEqual(new, "R-100")
		self.assertFalse(frappe.db.exists("Service Ticket", ticket.name))

	def test_rename_to_an_unusable_number(self):
		ticket = factories.make_ticket()
		self.assertRaises(OwnNumberError, frappe.rename_doc, "Service Ticket", ticket.name, "a/b")

	def test_rename_needs_the_right_to_type_numbers(self):
		ticket = factories.make_ticket()
		frappe.set_user(factories.make_user(KNOWLEDGE).name)
		self.assertRaises(
			OwnNumberNotPermittedError, frappe.rename_doc, "Service Ticket", ticket.name, "R-101"
		)

	def test_tickets_are_not_merged(self):
		one, other = factories.make_ticket(), factories.make_ticket()
		self.assertRaises(
			TicketMergeError, frappe.rename_doc, "Service Ticket", one.name, other.name, merge=True
		)


class TestDefaults(TicketTestCase):
	def test_person_in_charge_is_who_is_logged_in(self):
		frappe.set_user(self.agent)
		ticket = frappe.get_doc(doctype="Service Ticket", record_type="Enquiry").insert()
		self.assertEqual(ticket.person_in_charge, self.agent)
		self.assertEqual(ticket.person_in_charge_name, "Ada Agent")

	def test_person_in_charge_may_be_typed(self):
		ticket = factories.make_ticket(person_in_charge=self.agent, person_in_charge_name="Evening shift")
		self.assertEqual(ticket.person_in_charge_name, "Evening shift")
		ticket.person_in_charge = self.other_agent
		ticket.save()
		self.assertEqual(ticket.person_in_charge_name, frappe.utils.get_fullname(self.other_agent))

	def test_dates(self):
		ticket = factories.make_ticket()
		self.assertEqual(str(ticket.creation_date), today())
		self.assertEqual(str(ticket.acceptance_date), today())
		self.assertEqual(str(ticket.modification_date), today())
		self.assertIsNone(ticket.completion_date)

	def test_modification_date_is_set_on_each_save(self):
		ticket = factories.make_ticket()
		frappe.db.set_value("Service Ticket", ticket.name, "modification_date", "2020-01-01")
		ticket.reload()
		ticket.remarks = "once more"
		ticket.save()
		self.assertEqual(str(ticket.modification_date), today())

	def test_creation_date_stays(self):
		ticket = factories.make_ticket()
		ticket.creation_date = "2020-01-01"
		self.assertRaises(frappe.CannotChangeConstantError, ticket.save)

	def test_first_state(self):
		ticket = factories.make_ticket()
		self.assertEqual((ticket.status, ticket.completed), ("New", 0))


class TestFilledFields(TicketTestCase):
	def setUp(self):
		self.dealer = factories.make_dealer()
		self.region = factories.make_region()
		self.customer = factories.make_customer(
			customer_name="张三",
			organisation="大连某某生物",
			phone="13812345678",
			email="zhang@test.example",
			dealer=self.dealer.name,
			region=self.region.name,
		)

	def test_customer_fills_the_card(self):
		ticket = factories.make_ticket(customer=self.customer.name, customer_name=None)
		self.assertEqual(
			(ticket.customer_name, ticket.organisation, ticket.contact_phone, ticket.email),
			("张三", "大连某某生物", "13812345678", "zhang@test.example"),
		)
		self.assertEqual((ticket.dealer, ticket.region), (self.dealer.name, self.region.name))

	def test_typed_values_win_and_stay(self):
		ticket = factories.make_ticket(customer=self.customer.name, customer_name="李四")
		ticket.contact_phone = "02112345678"
		ticket.save()
		ticket.remarks = "x"
		ticket.save()
		self.assertEqual((ticket.customer_name, ticket.contact_phone), ("李四", "02112345678"))

	def test_another_customer_replaces_what_the_first_filled(self):
		ticket = factories.make_ticket(customer=self.customer.name, customer_name=None)
		ticket.customer = factories.make_customer(customer_name="王五").name
		ticket.save()
		self.assertEqual((ticket.customer_name, ticket.contact_phone), ("王五", None))

	def test_unknown_caller_keeps_what_was_noted_when_linked_later(self):
		ticket = factories.make_ticket(customer_name="Mr Wang", contact_phone="13900000001")
		ticket.customer = self.customer.name
		ticket.save()
		self.assertEqual((ticket.customer_name, ticket.contact_phone), ("Mr Wang", "13900000001"))
		self.assertEqual(ticket.organisation, "大连某某生物")

	def test_ticket_without_customer(self):
		self.assertTrue(factories.make_ticket(customer=None, customer_name=None).name)

	def test_unknown_customer_is_refused(self):
		self.assertRaises(frappe.LinkValidationError, factories.make_ticket, customer="no such customer")

	def test_dealer_must_be_exact(self):
		self.assertRaises(
			frappe.LinkValidationError, factories.make_ticket, dealer=self.dealer.name + " & Co"
		)

	def test_product_code_fills_name_package_category(self):
		category = factories.make_product_category()
		product = factories.make_product(
			product_name="PCR Kit", package="50 T", product_category=category.name
		)
		ticket = factories.make_ticket(product=product.name)
		self.assertEqual(
			(ticket.product_name, ticket.package, ticket.product_category), ("PCR Kit", "50 T", category.name)
		)

	def test_product_name_follows_the_code_whatever_was_typed(self):
		product = factories.make_product(product_name="PCR Kit")
		ticket = factories.make_ticket(product=product.name, product_name="something else")
		self.assertEqual(ticket.product_name, "PCR Kit")

	def test_product_name_without_code_may_be_typed(self):
		self.assertEqual(factories.make_ticket(product_name="old model").product_name, "old model")

	def test_telephone_key(self):
		one = factories.make_ticket(contact_phone="138 1234 5678")
		other = factories.make_ticket(contact_phone="+86-13812345678")
		self.assertTrue(one.phone_key)
		self.assertEqual(one.phone_key, other.phone_key)
		one.contact_phone = None
		one.save()
		self.assertFalse(one.phone_key)


class TestLotNo(TicketTestCase):
	def test_complaint_needs_lot_no(self):
		for empty in (None, "", "   "):
			self.assertRaises(LotNoMissingError, factories.make_ticket, record_type="Complaint", lot_no=empty)
		self.assertTrue(factories.make_ticket(record_type="Complaint", lot_no="L-1").name)

	def test_others_do_not(self):
		for record_type in ("Enquiry", "Repair", "Installation", "Suggestion", "Praise"):
			self.assertTrue(factories.make_ticket(record_type=record_type).name)

	def test_enquiry_that_becomes_a_complaint(self):
		ticket = factories.make_ticket()
		ticket.record_type = "Complaint"
		self.assertRaises(LotNoMissingError, ticket.save)

	def test_record_types_are_a_setting(self):
		self.set_settings(lot_no_required_for="Repair\n\nInstallation ")
		self.assertRaises(LotNoMissingError, factories.make_ticket, record_type="Repair")
		self.assertTrue(factories.make_ticket(record_type="Complaint").name)
		self.assertEqual(form_settings()["lot_no_required_for"], ["Repair", "Installation"])


class TestPictures(TicketTestCase):
	def upload(self, **fields):
		content = frappe.generate_hash().encode()
		return frappe.get_doc(
			doctype="File",
			file_name=f"{frappe.generate_hash(length=6)}.png",
			content=content,
			is_private=1,
			**fields,
		).insert()

	def test_thirteenth_picture_is_refused(self):
		image = self.upload().file_url
		rows = [{"image": image, "caption": str(number)} for number in range(12)]
		ticket = factories.make_ticket(pictures=rows)
		ticket.append("pictures", {"image": image})
		self.assertRaises(TooManyPicturesError, ticket.save)

	def test_a_lower_limit_lets_old_tickets_be_saved(self):
		image = self.upload().file_url
		ticket = factories.make_ticket(pictures=[{"image": image}, {"image": image}])
		self.set_settings(max_pictures=1)
		ticket.remarks = "unrelated"
		ticket.save()
		ticket.append("pictures", {"image": image})
		self.assertRaises(TooManyPicturesError, ticket.save)

	def test_upload_before_the_first_save_is_attached(self):
		frappe.set_user(self.agent)
		file = self.upload()
		ticket = frappe.get_doc(
			doctype="Service Ticket", record_type="Enquiry", pictures=[{"image": file.file_url}]
		).insert()
		file.reload()
		self.assertEqual((file.attached_to_doctype, file.attached_to_name), ("Service Ticket", ticket.name))
		frappe.set_user(self.other_agent)
		self.assertTrue(frappe.get_doc("File", file.name).has_permission("read"))

	def test_picture_of_another_ticket_gets_an_entry_of_its_own(self):
		frappe.set_user(self.agent)
		first = frappe.get_doc(doctype="Service Ticket", record_type="Enquiry").insert()
		file = self.upload(attached_to_doctype="Service Ticket", attached_to_name=first.name)
		second = frappe.get_doc(
			doctype="Service Ticket", record_type="Enquiry", pictures=[{"image": file.file_url}]
		).insert()
		owners = frappe.get_all("File", {"file_url": file.file_url}, pluck="attached_to_name")
		self.assertCountEqual(owners, [first.name, second.name])

	def test_security_a_private_file_of_somebody_else_is_not_taken(self):
		secret = self.upload()  # Administrator's, attached to nothing
		frappe.set_user(self.agent)
		ticket = frappe.get_doc(
			doctype="Service Ticket", record_type="Enquiry", pictures=[{"image": secret.file_url}]
		)
		self.assertRaises(PictureNotFoundError, ticket.insert)

	def test_security_links_to_elsewhere_are_refused(self):
		for image in ("https://example.com/a.png", "javascript:alert(1)", "file:///etc/passwd"):
			self.assertRaises(PictureNotFoundError, factories.make_ticket, pictures=[{"image": image}])


class TestHandlingLog(TicketTestCase):
	def setUp(self):
		frappe.set_user(self.agent)
		self.ticket = frappe.get_doc(
			doctype="Service Ticket", record_type="Enquiry", handling_log=[{"entry": "Called back"}]
		).insert()

	def test_entry_knows_who_and_when(self):
		row = self.ticket.handling_log[0]
		self.assertEqual(row.user, self.agent)
		self.assertEqual(getdate(row.entry_time), getdate())

	def test_agent_cannot_write_for_somebody_else(self):
		self.ticket.append(
			"handling_log", {"entry": "x", "user": self.other_agent, "entry_time": "2020-01-01 00:00:00"}
		)
		self.ticket.save()
		row = self.ticket.handling_log[1]
		self.assertEqual((row.user, getdate(row.entry_time)), (self.agent, getdate()))

	def test_agent_adds_but_neither_changes_nor_removes(self):
		self.ticket.append("handling_log", {"entry": "Sent a part"})
		self.ticket.save()
		self.assertEqual(len(self.ticket.handling_log), 2)
		self.ticket.handling_log[0].entry = "Never called"
		self.assertRaises(HandlingLogError, self.ticket.save)
		self.ticket.reload()
		self.ticket.handling_log[0].entry_time = add_days(self.ticket.handling_log[0].entry_time, -1)
		self.assertRaises(HandlingLogError, self.ticket.save)
		self.ticket.reload()
		self.ticket.remove(self.ticket.handling_log[0])
		self.assertRaises(HandlingLogError, self.ticket.save)

	def test_saving_what_the_browser_sent_is_no_change(self):
		sent = frappe.get_doc(json.loads(self.ticket.as_json()))
		sent.remarks = "only this"
		sent.save()
		self.assertEqual(sent.remarks, "only this")

	def test_manager_may_correct(self):
		frappe.set_user(self.manager)
		ticket = frappe.get_doc("Service Ticket", self.ticket.name)
		ticket.handling_log[0].entry = "Called back at noon"
		ticket.save()
		self.assertEqual(ticket.handling_log[0].entry, "Called back at noon")

	def test_security_rows_are_not_changed_by_themselves(self):
		row = frappe.get_doc("Ticket Handling Entry", self.ticket.handling_log[0].name)
		row.entry = "forged"
		self.assertRaises(ChildRowError, row.save)
		self.assertRaises(frappe.PermissionError, frappe.delete_doc, "Ticket Handling Entry", row.name)
		stray = frappe.get_doc(
			doctype="Ticket Handling Entry",
			parenttype="Service Ticket",
			parent=self.ticket.name,
			parentfield="handling_log",
			entry="smuggled",
		)
		self.assertRaises(ChildRowError, stray.insert)
		self.assertRaises(HandlingLogError, client_delete, "Ticket Handling Entry", row.name)
		self.assertRaises(HandlingLogError, set_value, "Ticket Handling Entry", row.name, "entry", "forged")
		frappe.set_user("Administrator")
		self.assertRaises(ChildRowError, frappe.delete_doc, "Ticket Handling Entry", row.name)


class TestWorkflow(TicketTestCase):
	# state -> actions that lead there
	PATHS = {
		"New": (),
		"In Progress": ("Start",),
		"Waiting for Customer": ("Start", "Wait for Customer"),
		"Resolved": ("Start", "Resolve"),
		"Closed": ("Start", "Resolve", "Close"),
		"Audited": ("Start", "Resolve", "Close", "Audit"),
	}
	# What each role may do, by state. A change of the shipped workflow has to be made here as well, on purpose.
	ALLOWED = {
		AGENT: {
			"New": {"Start", "Resolve"},
			"In Progress": {"Resolve", "Wait for Customer"},
			"Waiting for Customer": {"Resume", "Resolve"},
			"Resolved": {"Reopen"},
			"Closed": set(),
			"Audited": set(),
		},
		MANAGER: {
			"New": {"Start", "Resolve"},
			"In Progress": {"Resolve", "Wait for Customer"},
			"Waiting for Customer": {"Resume", "Resolve"},
			"Resolved": {"Close", "Reopen"},
			"Closed": {"Audit", "Reopen"},
			"Audited": {"Cancel Audit"},
		},
		KNOWLEDGE: {state: set() for state in PATHS},
		"Aftersales Administrator": {state: set() for state in PATHS},
	}

	def ticket_in(self, state):
		frappe.set_user(self.manager)
		ticket = frappe.get_doc(
			doctype="Service Ticket", record_type="Enquiry", handling="Explained the filter"
		).insert()
		return factories.act(ticket, *self.PATHS[state])

	def test_every_role_sees_its_actions_in_every_state(self):
		users = {role: factories.make_user(role).name for role in self.ALLOWED}
		for state in self.PATHS:
			ticket = self.ticket_in(state)
			for role, user in users.items():
				frappe.set_user(user)
				with self.subTest(state=state, role=role):
					self.assertEqual(
						{row["action"] for row in get_transitions(ticket)}, self.ALLOWED[role][state]
					)

	def test_action_of_another_role_is_refused(self):
		ticket = self.ticket_in("Resolved")
		frappe.set_user(self.agent)
		self.assertRaises(WorkflowTransitionError, apply_workflow, ticket, "Close")

	def test_status_is_not_set_by_hand(self):
		ticket = self.ticket_in("New")
		for user in (self.agent, self.manager, "Administrator"):
			frappe.set_user(user)
			for status in ("Waiting for Customer", "Closed", "Audited"):
				with self.subTest(user=user, status=status):
					self.assertRaises(
						WorkflowPermissionError, set_value, "Service Ticket", ticket.name, "status", status
					)
					result = bulk_update(
						json.dumps([{"doctype": "Service Ticket", "docname": ticket.name, "status": status}])
					)
					self.assertEqual(len(result["failed_docs"]), 1)
		self.assertEqual(frappe.db.get_value("Service Ticket", ticket.name, "status"), "New")

	def test_new_ticket_starts_at_the_beginning(self):
		frappe.set_user(self.manager)
		values = {"doctype": "Service Ticket", "record_type": "Enquiry", "status": "Closed", "handling": "x"}
		self.assertRaises(WorkflowPermissionError, client_insert, values)

	def test_completed_is_not_set_by_hand(self):
		ticket = self.ticket_in("In Progress")
		set_value("Service Ticket", ticket.name, "completed", 1)
		ticket.reload()
		self.assertEqual((ticket.completed, ticket.completion_date), (0, None))

	def test_resolving_needs_handling(self):
		frappe.set_user(self.agent)
		ticket = frappe.get_doc(doctype="Service Ticket", record_type="Enquiry", handling=" \n").insert()
		self.assertRaises(HandlingMissingError, apply_workflow, ticket, "Resolve")
		ticket.reload()
		self.assertEqual(ticket.status, "New")
		ticket.append("handling_log", {"entry": "Told her to clean the filter"})
		ticket.save()
		self.assertEqual(factories.act(ticket, "Resolve").status, "Resolved")

	def test_completion_date_comes_and_goes(self):
		ticket = self.ticket_in("Resolved")
		self.assertEqual((str(ticket.completion_date), ticket.completed), (today(), 1))
		ticket = factories.act(ticket, "Reopen")
		self.assertEqual((ticket.completion_date, ticket.completed, ticket.status), (None, 0, "In Progress"))

	def test_typed_completion_date_stays(self):
		ticket = self.ticket_in("In Progress")
		ticket.acceptance_date = add_days(today(), -5)
		ticket.completion_date = add_days(today(), -2)
		ticket.save()
		ticket = factories.act(ticket, "Resolve", "Close")
		self.assertEqual(str(ticket.completion_date), add_days(today(), -2))

	def test_completion_before_acceptance(self):
		ticket = self.ticket_in("In Progress")
		ticket.completion_date = add_days(today(), -1)
		self.assertRaises(TicketDateError, ticket.save)


class TestOwnState(TicketTestCase):
	@classmethod
	def setUpClass(cls):
		# Clean-ups run last first: this one follows the rollback, which knows nothing of the cache.
		cls.addClassCleanup(frappe.clear_cache)
		super().setUpClass()

	def test_a_state_that_an_administrator_adds_just_works(self):
		workflow = frappe.get_doc("Workflow", "Service Ticket")
		frappe.get_doc(doctype="Workflow State", workflow_state_name="Cancelled by Caller").insert()
		frappe.get_doc(doctype="Workflow Action Master", workflow_action_name="Call Off").insert()
		workflow.append(
			"states",
			{
				"state": "Cancelled by Caller",
				"doc_status": "0",
				"allow_edit": AGENT,
				"update_field": "completed",
				"update_value": "1",
			},
		)
		workflow.append(
			"transitions",
			{
				"state": "New",
				"action": "Call Off",
				"next_state": "Cancelled by Caller",
				"allowed": AGENT,
				"allow_self_approval": 1,
			},
		)
		workflow.save()
		frappe.set_user(self.agent)
		ticket = frappe.get_doc(
			doctype="Service Ticket", record_type="Enquiry", handling="Called off"
		).insert()
		ticket = factories.act(ticket, "Call Off")
		self.assertEqual((ticket.status, ticket.completed), ("Cancelled by Caller", 1))
		self.assertEqual(str(ticket.completion_date), today())


class TestPermissions(TicketTestCase):
	RIGHTS = {
		"Aftersales Administrator": {"read", "write", "create"},
		MANAGER: {"read", "write", "create", "delete"},
		AGENT: {"read", "write", "create"},
		KNOWLEDGE: {"read"},
		"Aftersales Bridge": set(),
		"System Manager": set(),
	}

	def test_rights_of_each_role(self):
		ticket = factories.make_ticket()
		for role, rights in self.RIGHTS.items():
			user = factories.make_user(role).name
			for right in ("read", "write", "create", "delete"):
				with self.subTest(role=role, right=right):
					self.assertEqual(
						frappe.has_permission("Service Ticket", right, doc=ticket, user=user), right in rights
					)

	def test_only_the_manager_deletes(self):
		ticket = factories.make_ticket()
		frappe.set_user(self.agent)
		self.assertRaises(frappe.PermissionError, client_delete, "Service Ticket", ticket.name)
		frappe.set_user(self.manager)
		client_delete("Service Ticket", ticket.name)
		self.assertFalse(frappe.db.exists("Service Ticket", ticket.name))
		self.assertTrue(frappe.db.exists("Deleted Document", {"deleted_name": ticket.name}))

	def test_guest_gets_nothing(self):
		ticket = factories.make_ticket()
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, frappe.get_list, "Service Ticket")
		self.assertRaises(frappe.PermissionError, form_settings)
		self.assertFalse(frappe.has_permission("Service Ticket", "read", doc=ticket))

	def test_user_permission_limits_rows(self):
		mine, other = factories.make_dealer(), factories.make_dealer()
		shown = factories.make_ticket(dealer=mine.name)
		hidden = factories.make_ticket(dealer=other.name)
		user = factories.make_user(AGENT).name
		frappe.get_doc(
			doctype="User Permission", user=user, allow="Dealer", for_value=mine.name, apply_to_all_doctypes=1
		).insert()
		frappe.set_user(user)
		names = frappe.get_list("Service Ticket", pluck="name")
		self.assertIn(shown.name, names)
		self.assertNotIn(hidden.name, names)
		self.assertFalse(frappe.has_permission("Service Ticket", "read", doc=hidden.name))


class TestList(TicketTestCase):
	"""What the list of the Desk asks for, through the method that it calls."""

	def rows(self, **args):
		frappe.local.form_dict = frappe._dict(
			{
				"doctype": "Service Ticket",
				"fields": json.dumps(["name"]),
				"start": "0",
				"page_length": "20",
				**args,
			}
		)
		data = get_list_data()
		return [dict(zip(data["keys"], row, strict=True)) for row in data["values"]] if data else []

	def test_every_sort_key_sorts_both_ways(self):
		dealers = sorted(factories.make_dealer().name for _ in range(2))
		products = sorted(factories.make_product(product_name=name, package=name).name for name in "ab")
		categories = sorted(factories.make_product_category().name for _ in range(2))
		mark = factories.unique("sort")
		for index, letter in enumerate("ab"):
			ticket = factories.make_ticket(
				remarks=mark,
				own_number=f"{letter}{frappe.generate_hash(length=6)}",
				acceptance_date=add_days(today(), index - 9),
				dealer=dealers[index],
				organisation=letter,
				customer_name=letter,
				product=products[index],
				product_name=letter,
				package=letter,
				lot_no=letter,
				product_category=categories[index],
				person_in_charge_name=letter,
				urgency=("Low", "Normal")[index],
				record_type=("Enquiry", "Repair")[index],
				handling="x",
			)
			if index == 0:
				factories.act(ticket, "Start")  # "In Progress" < "New"
		for key in SORT_KEYS:
			for order in ("asc", "desc"):
				rows = self.rows(
					fields=json.dumps(["name", key]),
					filters=json.dumps([["Service Ticket", "remarks", "=", mark]]),
					order_by=f"`tabService Ticket`.`{key}` {order}",
				)
				values = [row[key] for row in rows]
				with self.subTest(key=key, order=order):
					self.assertEqual(len(set(values)), 2)
					self.assertEqual(values, sorted(values, reverse=order == "desc"))

	def test_the_sort_selector_offers_every_key(self):
		"""frappe.ui.SortSelector offers name and title, and fields that are mandatory, bold or in the list view."""
		meta = frappe.get_meta("Service Ticket")
		offered = {"name", meta.title_field}
		offered |= {
			field.fieldname for field in meta.fields if field.reqd or field.bold or field.in_list_view
		}
		self.assertLessEqual(set(SORT_KEYS), offered)

	def plan_of(self, **arguments):
		"""Return how MariaDB answers the statement that a list of the Desk makes."""
		statement = frappe.get_list(
			"Service Ticket", fields=["name"], limit_page_length=20, run=0, **arguments
		)
		return frappe.db.sql(f"explain {statement}", as_dict=True)[0]

	def test_lists_use_an_index(self):
		"""No list may read and sort the whole table, also with a million rows."""
		frappe.set_user(self.agent)
		for index, filters, order in (
			("modified", {}, "modified desc"),
			("status_modified_index", {"status": "New"}, "modified desc"),
			("completed_modified_index", {"completed": 0}, "modified desc"),
			("customer_creation_index", {"customer": "C"}, "creation desc"),
			("product_creation_index", {"product": "P"}, "creation desc"),
			("contact_phone_creation_index", {"contact_phone": "1"}, "creation desc"),
			("phone_key_creation_index", {"phone_key": "1"}, "creation desc"),
		):
			plan = self.plan_of(filters=filters, order_by=order)
			with self.subTest(index=index):
				self.assertEqual(plan["key"], index)
				self.assertNotIn("filesort", plan["Extra"] or "")

	def test_my_open_tickets_use_an_index(self):
		plan = self.plan_of(
			filters={"person_in_charge": self.agent, "status": "New"}, order_by="modified desc"
		)
		self.assertIn("person_in_charge_status_index", plan["possible_keys"])
		self.assertNotEqual(plan["type"], "ALL")

	def test_every_sort_key_has_an_index(self):
		frappe.set_user(self.agent)
		for key in SORT_KEYS:
			plan = self.plan_of(order_by=f"`tabService Ticket`.`{key}` desc")
			with self.subTest(key=key):
				self.assertTrue(plan["key"])
				self.assertNotIn("filesort", plan["Extra"] or "")


class TestCost(TicketTestCase):
	"""Few statements per operation, whatever the number of users and tickets."""

	def test_insert(self):
		customer = factories.make_customer(phone="13812345678")
		product = factories.make_product()
		frappe.set_user(self.agent)
		values = {
			"record_type": "Repair",
			"customer": customer.name,
			"product": product.name,
			"question": "?",
		}
		frappe.get_doc(doctype="Service Ticket", **values).insert()  # warms meta and settings
		with self.assertQueryCount(20):
			frappe.get_doc(doctype="Service Ticket", **values).insert()

	def test_insert_makes_no_workflow_actions(self):
		"""They cost a row and a permission check per user for each ticket, and nobody works from their list."""
		ticket = factories.make_ticket()
		self.assertFalse(frappe.db.exists("Workflow Action", {"reference_name": ticket.name}))

	def test_form_load(self):
		ticket = factories.make_ticket(customer=factories.make_customer().name)
		frappe.set_user(self.agent)
		getdoc("Service Ticket", ticket.name)
		with self.assertQueryCount(30):
			getdoc("Service Ticket", ticket.name)
