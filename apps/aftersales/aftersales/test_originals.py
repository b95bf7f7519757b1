import os

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales import originals
from aftersales.aftersales.doctype.service_ticket.service_ticket import open_originals_folder
from aftersales.testing import factories


def put(folder: str, **fields):
	"""Put a file into a folder, as the file manager does."""
	return frappe.get_doc(
		doctype="File",
		file_name=f"{frappe.generate_hash(length=6)}.txt",
		content=frappe.generate_hash(),
		folder=folder,
		**fields,
	).insert()


class TestOriginals(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = factories.make_user("Service Agent").name
		cls.other_agent = factories.make_user("Service Agent").name
		cls.stranger = factories.make_user().name

	def setUp(self):
		self.ticket = factories.make_ticket()
		frappe.set_user(self.agent)
		self.addCleanup(frappe.set_user, "Administrator")

	def test_folder_is_made_on_first_use_and_found_again(self):
		self.assertFalse(frappe.db.exists("File", originals.folder_of(self.ticket.name)))
		folder = open_originals_folder(self.ticket.name)
		self.assertEqual(folder, f"Home/Aftersales Originals/{self.ticket.name}")
		self.assertEqual(open_originals_folder(self.ticket.name), folder)
		self.assertEqual(frappe.db.get_value("File", folder, ["is_folder", "is_private"]), (1, 1))

	def test_public_upload_becomes_private_and_belongs_to_the_ticket(self):
		file = put(open_originals_folder(self.ticket.name), is_private=0)
		stored = frappe.get_doc("File", file.name)
		self.assertTrue(stored.is_private)
		self.assertTrue(stored.file_url.startswith("/private/files/"))
		self.assertEqual(stored.file_url, file.file_url)
		self.assertTrue(os.path.exists(stored.get_full_path()))
		self.assertEqual(stored.attached_to_name, self.ticket.name)

	def test_file_that_is_moved_in_becomes_private(self):
		file = put("Home", is_private=0)
		file = frappe.get_doc("File", file.name)
		file.folder = open_originals_folder(self.ticket.name)
		file.save()
		self.assertTrue(file.file_url.startswith("/private/files/"))
		self.assertEqual(file.attached_to_name, self.ticket.name)

	def test_colleague_reads_it(self):
		folder = open_originals_folder(self.ticket.name)
		file = put(folder)
		frappe.set_user(self.other_agent)
		self.assertTrue(frappe.get_doc("File", file.name).has_permission("read"))
		self.assertEqual(frappe.get_list("File", filters={"folder": folder}, pluck="name"), [file.name])
		listed = frappe.get_list("File", filters={"folder": originals.ROOT}, pluck="name")
		self.assertIn(folder, listed)

	def test_security_stranger_neither_reads_nor_adds(self):
		folder = open_originals_folder(self.ticket.name)
		file = put(folder)
		frappe.set_user(self.stranger)
		self.assertFalse(frappe.get_doc("File", file.name).has_permission("read"))
		self.assertFalse(frappe.get_list("File", filters={"folder": folder}))
		self.assertRaises(frappe.PermissionError, put, folder)
		for user in (self.stranger, "Guest"):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, open_originals_folder, self.ticket.name)

	def test_folder_follows_the_record_number(self):
		folder = open_originals_folder(self.ticket.name)
		inner = frappe.get_doc(doctype="File", is_folder=1, file_name="mails", folder=folder).insert()
		file, deep = put(folder), put(inner.name)
		number = frappe.rename_doc(
			"Service Ticket", self.ticket.name, factories.unique("R"), show_alert=False
		)
		self.assertFalse(frappe.db.exists("File", folder))
		moved = originals.folder_of(number)
		self.assertEqual(frappe.db.get_value("File", moved, "file_name"), number)
		self.assertEqual(
			frappe.db.get_value("File", file.name, ["folder", "attached_to_name"]), (moved, number)
		)
		self.assertEqual(frappe.db.get_value("File", deep.name, "folder"), f"{moved}/mails")
		self.assertEqual(open_originals_folder(number), moved)

	def test_everything_goes_with_the_ticket(self):
		folder = open_originals_folder(self.ticket.name)
		inner = frappe.get_doc(doctype="File", is_folder=1, file_name="mails", folder=folder).insert()
		paths = [put(place).get_full_path() for place in (folder, inner.name)]
		frappe.set_user("Administrator")
		frappe.delete_doc("Service Ticket", self.ticket.name)
		self.assertFalse(frappe.get_all("File", filters={"name": ("like", folder + "%")}))
		self.assertFalse(frappe.get_all("File", filters={"folder": ("like", folder + "%")}))
		for path in paths:
			self.assertFalse(os.path.exists(path))

	def test_other_folders_are_left_alone(self):
		file = put("Home", is_private=0)
		self.assertFalse(file.is_private)
		self.assertIsNone(file.attached_to_doctype)
