import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.portal import api, guard, scope
from aftersales.setup.rights import grant
from aftersales.testing import factories
from aftersales.testing.portal import ask, forget_request


class TestScope(FrappeTestCase):
	"""List and document say the same, in the portal and in Frappe's own lists."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.company = factories.make_customer(customer_kind="Organisation")
		cls.member = factories.make_customer(company=cls.company.name)
		cls.person = factories.make_customer()
		cls.dealer = factories.make_dealer()
		cls.of_dealer = factories.make_customer(dealer=cls.dealer.name)
		access = factories.make_portal_access
		cls.users = [
			access(customer=cls.person.name).user,
			access(customer=cls.company.name, access="Company").user,
			access(customer=cls.company.name, access="Own Tickets").user,
			access(access="Dealer", dealer=cls.dealer.name).user,
			access(customer=cls.person.name, enabled=0).user,
		]
		cls.tickets = [
			factories.make_ticket(customer=customer.name, **values).name
			for customer in (cls.company, cls.member, cls.person, cls.of_dealer)
			for values in ({}, {"email": cls.users[2]})
		]
		for user in cls.users:
			ticket = factories.make_ticket(customer=cls.person.name)
			ticket.db_set("owner", user)
			cls.tickets.append(ticket.name)
			ticket = factories.make_ticket()
			ticket.db_set("owner", user)
			cls.tickets.append(ticket.name)

	def listed(self, user):
		condition = scope.scope_of(user).ticket_condition()
		if condition is None:
			return set()
		ticket = frappe.qb.DocType("Service Ticket")
		query = frappe.qb.from_(ticket).select(ticket.name).where(condition & ticket.name.isin(self.tickets))
		return {row[0] for row in query.run()}

	def test_names_are_no_sql(self):
		"""Whatever stands in a name, it stays one."""
		odd = scope.Scope("a\\'b@portal.example", dealers=("\\", " or 1 = 1) -- ", "100 %"))
		condition = scope.as_sql(odd.ticket_condition())
		self.assertEqual(
			frappe.db.sql(f"select count(*) from `tabService Ticket` where {condition}"), ((0,),)
		)

	def test_list_and_document_agree(self):
		for user in (*self.users, "Guest"):
			found = scope.scope_of(user)
			seen = {
				name for name in self.tickets if found.sees_ticket(frappe.get_doc("Service Ticket", name))
			}
			self.assertEqual(self.listed(user), seen, user)
			if user != "Guest":
				self.assertTrue(seen)
				self.assertLess(len(seen), len(self.tickets))

	def test_a_role_with_too_many_rights_still_gives_own_rows_only(self):
		"""An administrator who lets the portal's role read tickets does not open everybody's."""
		for doctype in ("Service Ticket", "Service Customer"):
			grant(doctype, "Aftersales Customer", ())
			self.addCleanup(frappe.clear_cache, doctype=doctype)
		self.addCleanup(frappe.set_user, "Administrator")
		for user in self.users:
			frappe.set_user(user)
			rows = set(
				frappe.get_list("Service Ticket", filters={"name": ("in", self.tickets)}, pluck="name")
			)
			self.assertEqual(rows, self.listed(user))
			for name in self.tickets:
				self.assertEqual(frappe.has_permission("Service Ticket", "read", doc=name), name in rows)
		frappe.set_user(self.users[3])
		self.assertEqual(frappe.get_list("Service Customer", pluck="name"), [self.of_dealer.name])
		frappe.set_user(self.users[4])
		self.assertEqual(frappe.get_list("Service Customer", pluck="name"), [])
		self.assertFalse(frappe.has_permission("Service Customer", "read", doc=self.person.name))

	def test_staff_are_not_limited(self):
		agent = factories.user_with("Service Agent")
		self.assertEqual(scope.ticket_conditions(agent), "")
		self.assertEqual(scope.customer_conditions(agent), "")

	def test_audiences(self):
		person, _manager, _worker, dealer, _gone = (scope.scope_of(user).audiences for user in self.users)
		self.assertEqual(scope.scope_of("Guest").audiences, ("Public",))
		self.assertEqual(person, ("Customers", "Public"))
		self.assertEqual(dealer, ("Dealers", "Customers", "Public"))


class TestAnswersAndDownloads(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.readers = {
			"Guest": {"Public"},
			factories.make_portal_access().user: {"Public", "Customers"},
			factories.make_portal_access(access="Dealer").user: {"Public", "Customers", "Dealers"},
		}
		audiences = ("Public", "Customers", "Dealers", "Internal")
		cls.faqs = {
			audience: factories.make_faq(
				question=f"Zebra {audience}", audience=audience, state="Published", language="en"
			).name
			for audience in audiences
		}
		cls.items = {
			audience: factories.make_download_item(title=f"Zebra {audience}", audience=audience).name
			for audience in audiences
		}

	def setUp(self):
		self.addCleanup(forget_request)

	def test_each_reader_gets_what_is_for_them(self):
		for user, audiences in self.readers.items():
			for kind, names in (("faq", self.faqs), ("downloads", self.items)):
				listed = ask(f"/service/{kind}", user, q="zebra")[1]
				for audience, name in names.items():
					may = audience in audiences
					self.assertEqual(f"/service/{kind}/{name}" in listed, may, (user, kind, audience))
					self.assertEqual(ask(f"/service/{kind}/{name}", user)[0], 200 if may else 404)

	def test_a_download_comes_as_a_file_and_is_counted(self):
		status, text, headers = ask(f"/service/downloads/{self.items['Public']}")
		self.assertEqual(status, 200)
		self.assertIn("Download", text)
		self.assertTrue(headers["Content-Disposition"].startswith("attachment"))
		self.assertEqual(frappe.db.get_value("Download Item", self.items["Public"], "download_count"), 1)

	def test_files_of_items_are_private(self):
		file = factories.insert("File", {"file_name": "p.txt", "content": "x", "is_private": 0}, {})
		item = factories.make_download_item(file=file.file_url)
		self.assertTrue(frappe.db.get_value("Download Item", item.name, "file").startswith("/private/files/"))
		self.assertEqual(frappe.db.get_value("File", file.name, "is_private"), 1)
		self.assertRaises(
			frappe.ValidationError, factories.make_download_item, file="https://elsewhere.example/x.pdf"
		)

	def test_suggestions_are_for_the_readers_audiences(self):
		self.addCleanup(frappe.set_user, "Administrator")
		for user, audiences in self.readers.items():
			frappe.set_user(user)
			found = {row["name"] for row in api.suggest_answers("Zebra")}
			self.assertEqual(
				found & set(self.faqs.values()), {self.faqs[audience] for audience in audiences}, user
			)

	def test_products_are_suggested_to_customers_and_to_staff_who_read_them(self):
		self.addCleanup(frappe.set_user, "Administrator")
		product = factories.make_product(model="QX-%-77")
		for user in (list(self.readers)[1], factories.user_with("Service Agent")):
			frappe.set_user(user)
			self.assertEqual([row["code"] for row in api.suggest_products("QX-%-7")], [product.name])
			self.assertEqual(api.suggest_products("%"), [])
			self.assertEqual(api.suggest_products("__"), [])
		for user in ("Guest", factories.user_with()):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, api.suggest_products, "QX")

	def test_unpublished_items_are_nobodys(self):
		item = factories.make_download_item(published=0)
		for user in self.readers:
			self.assertEqual(ask(f"/service/downloads/{item.name}", user)[0], 404)

	def test_helpful_is_kept_once_per_reader(self):
		name = self.faqs["Public"]
		for user in list(self.readers)[1:]:
			for answer in ("no", "yes"):
				self.assertEqual(ask(f"/service/faq/{name}", user, "POST", helpful=answer)[0], 303)
		self.assertEqual(frappe.db.count("FAQ Feedback", {"faq": name}), 2)
		self.assertEqual(ask(f"/service/faq/{name}", method="POST", helpful="maybe")[0], 417)
		self.assertEqual(ask(f"/service/faq/{self.faqs['Internal']}", method="POST", helpful="yes")[0], 404)

	def test_sitemap_names_public_answers_only(self):
		text = ask("/service/sitemap.xml")[1]
		for audience, name in self.faqs.items():
			self.assertEqual(name in text, audience == "Public")

	def test_script_in_an_address_stays_text(self):
		for path, form in (
			("/service/faq", {"q": '"><script>x</script>'}),
			("/service/downloads", {"q": "<b>"}),
		):
			html = ask(path, **form)[1]
			self.assertNotIn("<script>x", html)
			self.assertNotIn("<b>", html)


class TestGuard(FrappeTestCase):
	def test_the_role_has_no_right_on_any_doctype(self):
		for table in ("DocPerm", "Custom DocPerm"):
			self.assertEqual(frappe.get_all(table, {"role": "Aftersales Customer"}, pluck="parent"), [])

	def test_doors(self):
		for path, closed in (
			("/api/method/frappe.client.get_list", True),
			("/api/v2/method/frappe.client.get_list", True),
			("/api/method/upload_file", True),
			("/api/method/frappe.core.doctype.user.user.user_query", True),
			("/api/method/frappe.core.doctype.user.user.update_password", False),
			("/api/method/logout", False),
			("/api/method/aftersales.portal.api.suggest_answers", False),
		):
			self.assertEqual(guard.is_method_door(path), closed, path)
		frappe.local.form_dict = frappe._dict(cmd="frappe.desk.search.search_link")
		self.addCleanup(setattr, frappe.local, "form_dict", frappe._dict())
		self.assertTrue(guard.is_method_door("/"))
