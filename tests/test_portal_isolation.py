"""Nobody sees another's data in the customer portal: two customers, two companies, two dealers, somebody new and a visitor, on
every page and through Frappe's own doors, over real HTTP."""

import json
import re
from urllib.parse import quote

import frappe
import pytest
import requests

from aftersales.portal.conversation import MARK
from aftersales.testing import factories
from aftersales.testing.appointments import day_ahead, make_appointment_plan, make_service_appointment
from aftersales.testing.devices import make_customer_device
from aftersales.testing.field import make_refurbish_application
from aftersales.testing.parts import make_part_order
from tests.permissions.documents import Documents
from tests.permissions.rules import Rules
from tests.web_server import WebServer

PASSWORD = "isolation-5Ty8!k"
PEOPLE = ("ann", "bob", "x_manager", "x_worker", "y_manager", "y_worker", "dealer_1", "dealer_2", "newcomer")
SEES = {
	"ann": {"ann"},
	"bob": {"bob"},
	"x_manager": {"x_worker", "x_office", "x_member"},
	"x_worker": {"x_worker"},
	"y_manager": {"y_worker"},
	"y_worker": {"y_worker"},
	"dealer_1": {"of_dealer_1"},
	"dealer_2": {"of_dealer_2"},
	"newcomer": set(),
	None: set(),
}
# Devices belong to customers; who sees only the tickets that they opened sees the devices that they registered.
DEVICES = ("ann", "bob", "x", "x_member", "y", "of_dealer_1", "of_dealer_2")
OWNS = {
	"ann": {"ann"},
	"bob": {"bob"},
	"x_manager": {"x", "x_member"},
	"y_manager": {"y"},
	"dealer_1": {"of_dealer_1"},
	"dealer_2": {"of_dealer_2"},
}
TICKETS = sorted(set().union(*SEES.values()))
INTERNAL = "INTERNAL-NOTE"
# Frappe's own that hold something of people, and what gives every signed-in user a right in some release.
FOREIGN = [
	*"File User Communication Comment Version Contact Address ToDo Tag Event Note DocShare Report".split(),
	*("Tag Link", "Activity Log", "Email Queue", "Notification Log", "Has Role", "Error Log", "Access Log"),
	*("Email Template", "Document Follow", "Energy Point Log", "Deleted Document", "Workflow Action"),
]


class World:
	"""The people, what they may see, and their browsers."""

	def __init__(self, server: WebServer):
		self.server = server
		self.tag = frappe.generate_hash(length=8)
		self.users = {name: f"{name}-{self.tag}@portal.example" for name in PEOPLE}
		self.tickets: dict[str, str] = {}
		self.appointments: dict[str, str] = {}
		self.devices: dict[str, frappe.model.document.Document] = {}
		self.dealings: dict[str, tuple[str, str]] = {}
		self.files: dict[str, dict[str, str]] = {}
		self.sessions: dict[str | None, requests.Session] = {}
		self.tokens: dict[str | None, str] = {}
		self.make_people()
		self.make_tickets()
		self.make_devices()
		self.make_dealings()
		frappe.db.commit()
		for name in (*PEOPLE, None):
			self.sessions[name] = self.browser(name)

	def make_people(self) -> None:
		for email in self.users.values():
			factories.insert_plain_user(email, "Aftersales Customer", user_type="Website User")
			frappe.utils.password.update_password(email, PASSWORD)
		company = {"customer_kind": "Organisation"}
		self.ann, self.bob, self.office = (factories.make_customer() for _ in range(3))
		self.x, self.y = (factories.make_customer(**company) for _ in range(2))
		self.x_member = factories.make_customer(company=self.x.name)
		self.dealers = [factories.make_dealer(), factories.make_dealer()]
		self.of_dealers = [factories.make_customer(dealer=dealer.name) for dealer in self.dealers]
		for name, access, customer in (
			("ann", "All Tickets", self.ann),
			("bob", "All Tickets", self.bob),
			("x_manager", "Company", self.x),
			("x_worker", "Own Tickets", self.x),
			("y_manager", "Company", self.y),
			("y_worker", "Own Tickets", self.y),
		):
			factories.make_portal_access(email=self.users[name], access=access, customer=customer.name)
		for number, dealer in enumerate(self.dealers, 1):
			email = self.users[f"dealer_{number}"]
			factories.make_portal_access(email=email, access="Dealer", dealer=dealer.name)

	def make_tickets(self) -> None:
		windows = [{"weekday": "Every Day", "from_time": "09:00", "to_time": "11:00", "places": 50}]
		self.plan = make_appointment_plan(in_portal=1, windows=windows)
		for name, customer, owner in (
			("ann", self.ann, None),
			("bob", self.bob, "bob"),
			("x_worker", self.x, "x_worker"),
			("x_office", self.x, None),
			("x_member", self.x_member, None),
			("y_worker", self.y, "y_worker"),
			("of_dealer_1", self.of_dealers[0], None),
			("of_dealer_2", self.of_dealers[1], None),
		):
			self.tickets[name] = self.make_ticket(name, customer, owner)
			self.appointments[name] = self.make_appointment(name, customer, owner)

	def make_appointment(self, name: str, customer, owner: str | None) -> str:
		appointment = make_service_appointment(
			customer=customer.name,
			plan=self.plan.name,
			purpose=self.secret(name),
			details=f"{INTERNAL} details",
		)
		if owner:
			appointment.db_set("owner", self.users[owner])
		return appointment.name

	def make_ticket(self, name: str, customer, owner: str | None) -> str:
		ticket = factories.make_ticket(
			customer=customer.name,
			question=self.secret(name),
			handling=f"{INTERNAL} handling",
			remarks=f"{INTERNAL} remarks",
			handling_log=[{"entry": f"{INTERNAL} log"}],
		)
		if owner:
			ticket.db_set("owner", self.users[owner])
		ticket.add_comment("Comment", f"{INTERNAL} comment")
		shown = self.say(ticket.name, f"{self.secret(name)} answer", 1)
		hidden = self.say(ticket.name, f"{INTERNAL} mail", 0)
		self.files[name] = {
			"internal": self.attach("Service Ticket", ticket.name, f"{INTERNAL}.txt"),
			"hidden": self.attach("Communication", hidden, f"{INTERNAL}-mail.txt"),
			"shown": self.attach("Communication", shown, f"{self.secret(name)}.txt"),
		}
		return ticket.name

	def say(self, ticket: str, text: str, shown: int) -> str:
		return factories.insert(
			"Communication",
			{
				"communication_type": "Communication",
				"communication_medium": "Email",
				"sent_or_received": "Sent",
				"subject": "s",
				"content": text,
				"sender": "agent@test.example",
				"recipients": "colleague@test.example",
				"reference_doctype": "Service Ticket",
				"reference_name": ticket,
				MARK: shown,
			},
			{},
		).name

	def attach(self, doctype: str, name: str, file_name: str) -> str:
		return factories.insert(
			"File",
			{
				"file_name": file_name,
				"content": f"content of {file_name} {name}",
				"is_private": 1,
				"attached_to_doctype": doctype,
				"attached_to_name": name,
			},
			{},
		).name

	def make_devices(self) -> None:
		customers = [self.ann, self.bob, self.x, self.x_member, self.y, *self.of_dealers]
		for name, customer in zip(DEVICES, customers, strict=True):
			self.devices[name] = make_customer_device(
				customer=customer.name,
				serial_no=f"UNIT-{name}-{self.tag}",
				address=INTERNAL,
				remarks=INTERNAL,
			)

	def make_dealings(self) -> None:
		"""An order of parts and an application for refurbishing of each dealer."""
		for name, dealer in zip(("dealer_1", "dealer_2"), self.dealers, strict=True):
			order = make_part_order(
				order_kind="Dealer", outlet=None, dealer=dealer.name, remarks=f"{INTERNAL} remarks"
			)
			order.db_set({"stage": "Submitted", "status": "Submitted"})
			application = make_refurbish_application(dealer=dealer.name, remarks=INTERNAL)
			application.db_set({"stage": "Applied", "status": "Applied"})
			self.dealings[name] = (order.name, application.name)

	def devices_in(self, text: str) -> set[str]:
		"""Whose devices a page shows something of."""
		return {
			name for name, device in self.devices.items() if device.serial_no in text or device.name in text
		}

	def secret(self, name: str) -> str:
		return f"SECRET-{name}-{self.tag}-"

	def browser(self, name: str | None) -> requests.Session:
		session = self.server.session()
		session.headers["Accept"] = "text/html"
		# The limits of visitors go by address.
		session.headers["X-Forwarded-For"] = f"10.9.{len(self.sessions)}.{int(self.tag[:2], 36) % 250 + 1}"
		if name:
			form = {"usr": self.users[name], "pwd": PASSWORD}
			answer = session.post(f"{self.server.url}/service/login", data=form, allow_redirects=False)
			assert answer.status_code == 303, answer.text[:300]
		return session

	def get(self, name: str | None, path: str, **kwargs) -> requests.Response:
		return self.sessions[name].get(
			f"{self.server.url}{path}", allow_redirects=False, timeout=60, **kwargs
		)

	def post(self, who: str | None, path: str, /, **form) -> requests.Response:
		form["csrf_token"] = self.token(who)
		headers = {"Accept": "application/json"} if path.startswith("/api/") else {}
		return self.sessions[who].post(
			f"{self.server.url}{path}", data=form, headers=headers, allow_redirects=False, timeout=60
		)

	def ask_api(self, name: str | None, path: str) -> requests.Response:
		"""As a script does: 15.0.0-dev answers a refused browser with 200 and a page that says so."""
		return self.get(name, path, headers={"Accept": "application/json"})

	def token(self, name: str | None) -> str:
		if name not in self.tokens:
			found = re.search(r'name="csrf_token" value="(\w+)"', self.get(name, "/service").text)
			self.tokens[name] = found[1] if found else ""
		return self.tokens[name]

	def secrets_in(self, text: str) -> set[str]:
		"""Whose tickets a page shows something of."""
		return {name for name in TICKETS if self.secret(name) in text or self.tickets[name] in text}


@pytest.fixture(scope="module")
def world():
	documents = Documents()
	frappe.db.rollback()
	frappe.set_user("Administrator")
	with WebServer() as server:
		try:
			yield World(server)
		finally:
			frappe.db.rollback()
			documents.remove(["Service Ticket", "Service Customer", "Dealer"])


def everybody():
	return pytest.mark.parametrize("who", [*PEOPLE, None])


@everybody()
def test_pages_show_own_tickets_and_no_others(world, who):
	for path in ("/service", "/service/tickets?state=all", "/service/tickets?state=all&q=SECRET"):
		answer = world.get(who, path)
		if who is None and "tickets" in path:
			assert answer.status_code == 303
			assert answer.headers["Location"].startswith("/service/login?next=")
			continue
		assert answer.status_code == 200, path
		assert world.secrets_in(answer.text) == SEES[who], path
		assert INTERNAL not in answer.text


@everybody()
@pytest.mark.parametrize("name", TICKETS)
def test_a_ticket_opens_for_its_people_only(world, who, name):
	answer = world.get(who, f"/service/tickets/{quote(world.tickets[name])}")
	if who is None:
		assert answer.status_code == 303
	elif name in SEES[who]:
		assert answer.status_code == 200
		assert world.secrets_in(answer.text) == {name}
	else:
		assert answer.status_code == 404
		assert not world.secrets_in(answer.text.replace(world.tickets[name], "", 1))
	assert INTERNAL not in answer.text


@everybody()
def test_others_tickets_cannot_be_acted_on(world, who):
	before = frappe.db.count("Communication")
	states = frappe.get_all("Service Ticket", fields=["name", "status", "satisfaction", "modified"])
	others = [name for name in TICKETS if not who or name not in SEES[who]]
	tries = [(name, "reply") for name in others]
	tries += [(others[-1], action) for action in ("confirm", "reopen", "rate", "delete")]
	for name, action in tries:
		form = {"action": action, "text": "intruder", "satisfaction": "Very Dissatisfied"}
		answer = world.post(who, f"/service/tickets/{world.tickets[name]}", **form)
		assert answer.status_code in (303, 404), (name, action)
		assert answer.status_code == 404 or "/service/login" in answer.headers["Location"]
	frappe.db.rollback()
	assert frappe.db.count("Communication") == before
	assert frappe.get_all("Service Ticket", fields=["name", "status", "satisfaction", "modified"]) == states


@everybody()
def test_appointments_are_seen_by_their_people_only(world, who):
	for path in ("/service/appointments", "/service/appointments/new", "/service/appointments?state=past"):
		answer = world.get(who, path)
		assert answer.status_code == (303 if who is None else 200), path
		seen = {name for name in TICKETS if world.secret(name) in answer.text}
		assert seen == (SEES[who] if path.endswith("appointments") else set()), path
	for name, appointment in world.appointments.items():
		may = who and name in SEES[who]
		for path in ("", "/calendar.ics"):
			answer = world.get(who, f"/service/appointments/{appointment}{path}")
			assert answer.status_code == (200 if may else 303 if who is None else 404), (name, path)
			assert may or world.secret(name) not in answer.text
			assert INTERNAL not in answer.text


@everybody()
def test_others_appointments_cannot_be_acted_on(world, who):
	fields = ["name", "status", "starts_at", "modified"]
	before = frappe.get_all("Service Appointment", fields=fields)
	form = {"window": f"{day_ahead(5)}/09:00", "reason": "intruder"}
	# Fewer in all than anybody may send within an hour.
	others = [name for name in TICKETS if not who or name not in SEES[who]]
	tries = [(name, "cancel") for name in others]
	tries += [(others[-1], action) for action in ("move", "confirm", "delete")]
	for name, action in tries:
		answer = world.post(who, f"/service/appointments/{world.appointments[name]}", action=action, **form)
		assert answer.status_code in (303, 404), (name, action)
		assert answer.status_code == 404 or "/service/login" in answer.headers["Location"]
	for customer in (world.ann, world.x, world.x_member, world.y, *world.of_dealers):
		if who and customer.name in allowed_customers(world, who):
			continue
		values = {"plan": world.plan.name, "purpose": "intruder", "customer": customer.name, **form}
		answer = world.post(who, "/service/appointments/new", **values)
		assert answer.status_code == (303 if who is None else 417)
		assert customer.customer_name not in answer.text
	frappe.db.rollback()
	assert frappe.get_all("Service Appointment", fields=fields) == before


def allowed_customers(world, who: str) -> set[str]:
	"""For whom somebody may book."""
	customers = {
		"ann": [world.ann],
		"x_manager": [world.x, world.x_member],
		"x_worker": [world.x],
		"y_manager": [world.y],
		"y_worker": [world.y],
		"dealer_1": world.of_dealers[:1],
		"dealer_2": world.of_dealers[1:],
	}
	return {customer.name for customer in customers.get(who, [])}


@everybody()
def test_files(world, who):
	for name in ("ann", "x_worker", "x_member", "of_dealer_1"):
		ticket = world.tickets[name]
		for kind, file in world.files[name].items():
			url = frappe.db.get_value("File", file, "file_url")
			answer = world.get(who, f"/service/tickets/{ticket}/file/{file}")
			may = kind == "shown" and name in SEES[who]
			assert answer.status_code == (200 if may else 303 if who is None else 404), (name, kind)
			if may:
				assert answer.headers["Content-Disposition"].startswith("attachment")
			# Another ticket's file does not come through an own ticket.
			for own in sorted(SEES[who] - {name})[:1]:
				assert world.get(who, f"/service/tickets/{world.tickets[own]}/file/{file}").status_code == 404
			if name != "x_member":
				continue
			for path in (url, f"/api/method/download_file?file_url={quote(url)}"):
				answer = world.ask_api(who, path)
				assert answer.status_code in (403, 404), (name, kind, path)
				assert "content of" not in answer.text


@everybody()
def test_devices_are_seen_by_their_owners_only(world, who):
	owns = OWNS.get(who, set())
	for path in ("/service/products", "/service/products?q=UNIT", "/service/tickets/new"):
		answer = world.get(who, path)
		assert answer.status_code == (303 if who is None else 200), path
		assert world.devices_in(answer.text) == (owns if "products" in path else set()), path
		assert INTERNAL not in answer.text
	for name, device in world.devices.items():
		page = world.get(who, f"/service/products/{device.name}")
		assert page.status_code == (303 if who is None else 200 if name in owns else 404), name
		assert INTERNAL not in page.text
		form = world.get(who, f"/service/tickets/new?device={device.name}")
		assert device.serial_no not in form.text or name in owns


@everybody()
def test_a_label_tells_strangers_nothing(world, who):
	owns = OWNS.get(who, set())
	for name, device in world.devices.items():
		answer = world.get(who, f"/service/d/{device.device_token}")
		if name in owns:
			assert answer.headers["Location"] == f"/service/products/{device.name}"
			continue
		assert answer.status_code == 200
		assert not world.devices_in(answer.text)
		assert INTERNAL not in answer.text
		assert device.customer_name not in answer.text


@everybody()
def test_customers_page_is_a_dealers_own(world, who):
	answer = world.get(who, "/service/customers")
	if who not in ("dealer_1", "dealer_2"):
		assert answer.status_code == (303 if who is None else 404)
		return
	mine, other = world.of_dealers if who == "dealer_1" else reversed(world.of_dealers)
	assert answer.status_code == 200
	assert mine.customer_name in answer.text
	assert other.customer_name not in answer.text
	listed = world.get(who, f"/service/tickets?state=all&customer={other.name}")
	assert world.secrets_in(listed.text) == set()
	form = world.get(who, f"/service/tickets/new?customer={other.name}")
	assert other.customer_name not in form.text


@everybody()
def test_dealings_are_a_dealers_own(world, who):
	is_dealer = who in world.dealings
	for path in ("/service/part-orders", "/service/refurbishing", "/service/parts"):
		answer = world.get(who, path)
		assert answer.status_code == (303 if who is None else 200 if is_dealer else 404), path
		for name, numbers in world.dealings.items():
			shown = [number for number in numbers if number in answer.text]
			assert len(shown) == (name == who and path != "/service/parts"), (name, path)
		assert INTERNAL not in answer.text
	for name, (order, application) in world.dealings.items():
		status = 303 if who is None else 200 if name == who else 404
		for path in (f"part-orders/{order}", f"refurbishing/{application}"):
			answer = world.get(who, f"/service/{path}")
			assert answer.status_code == status, (name, path)
			assert INTERNAL not in answer.text


@everybody()
def test_others_dealings_cannot_be_acted_on(world, who):
	orders = frappe.get_all("Part Order", fields=["name", "status", "modified"])
	applications = frappe.db.count("Refurbish Application")
	for name, (order, _application) in world.dealings.items():
		if name == who:
			continue
		for action in ("send", "cancel", "save"):
			answer = world.post(who, f"/service/part-orders/{order}", action=action)
			assert answer.status_code == (303 if who is None else 404), (name, action)
		dealer = world.dealers[int(name[-1]) - 1]
		for path in ("part-orders", "refurbishing"):
			values = {"part-0": "x", "qty-0": "1", "serial_no": "x", "device_condition": "x"}
			answer = world.post(who, f"/service/{path}/new", dealer=dealer.name, **values)
			assert answer.status_code == (303 if who is None else 417 if who in world.dealings else 404)
			assert dealer.dealer_name not in answer.text
	frappe.db.rollback()
	assert frappe.get_all("Part Order", fields=["name", "status", "modified"]) == orders
	assert frappe.db.count("Refurbish Application") == applications


@everybody()
def test_no_ticket_for_others_customers(world, who):
	allowed = {
		"ann": [world.ann],
		"bob": [world.bob],
		"x_manager": [world.x, world.x_member],
		"x_worker": [world.x],
		"y_manager": [world.y],
		"y_worker": [world.y],
		"dealer_1": world.of_dealers[:1],
		"dealer_2": world.of_dealers[1:],
	}.get(who, [])
	everyone = [world.ann, world.bob, world.x, world.x_member, world.y, *world.of_dealers]
	before = frappe.db.count("Service Ticket")
	for customer in everyone:
		if customer in allowed:
			continue
		form = {"record_type": "Enquiry", "subject": "intruder", "customer": customer.name}
		answer = world.post(who, "/service/tickets/new", **form)
		assert answer.status_code == (303 if who is None else 417)
		assert customer.customer_name not in answer.text
	frappe.db.rollback()
	assert frappe.db.count("Service Ticket") == before


SOME = ("x_manager", "dealer_1", "newcomer", None)
OURS = sorted(Rules().doctypes)


@pytest.mark.parametrize("who", SOME)
def test_frappes_own_doors_are_closed(world, who):
	"""All DocTypes of the app and what Frappe itself gives to everybody."""
	opened = []
	doctypes = [*OURS, *FOREIGN] if who in ("x_manager", None) else ["Service Ticket", *FOREIGN]
	for doctype in doctypes:
		answer = world.ask_api(who, f"/api/resource/{quote(doctype)}?limit=5&fields=%5B%22*%22%5D")
		if answer.status_code == 200 and who:
			opened.append(doctype)
		assert not world.secrets_in(answer.text), doctype
		assert INTERNAL not in answer.text, doctype
		assert not any(user in answer.text for user in world.users.values() if user != world.users.get(who))
	assert not opened


METHODS = (
	("frappe.client.get", {"doctype": "Service Ticket"}),
	("frappe.client.get_value", {"doctype": "Service Ticket", "fieldname": "question"}),
	("frappe.client.get_count", {"doctype": "Service Ticket"}),
	("frappe.client.get_list", {"doctype": "Service Customer"}),
	("frappe.desk.search.search_link", {"doctype": "Service Customer", "txt": ""}),
	("frappe.desk.search.search_link", {"doctype": "User", "txt": ""}),
	("frappe.desk.search.search_widget", {"doctype": "Service Ticket", "txt": ""}),
	("frappe.desk.reportview.get", {"doctype": "Service Ticket", "fields": '["name","question"]'}),
	("frappe.desk.form.load.getdoc", {"doctype": "Service Ticket"}),
	("frappe.desk.form.load.getdoctype", {"doctype": "Service Ticket"}),
	("frappe.desk.form.load.get_docinfo", {"doctype": "Service Ticket"}),
	("frappe.core.doctype.user.user.user_query", {"doctype": "User", "txt": "", "searchfield": "name"}),
	("frappe.www.printview.get_html_and_style", {"doc": "Service Ticket"}),
	("frappe.utils.print_format.download_pdf", {"doctype": "Service Ticket"}),
	("run_doc_method", {"dt": "Service Ticket", "method": "customer_marks"}),
	("frappe.core.doctype.communication.email.make", {"doctype": "Service Ticket", "content": "x"}),
	("aftersales.knowledge.search.search_faqs", {"text": "x"}),
	("aftersales.portal.agent.reply_to_customer", {"text": "x"}),
	("aftersales.field_service.devices.look_up", {"serial": "UNIT"}),
	("aftersales.field_service.labels.sheet", {"devices": '["CD-000001"]'}),
	("aftersales.field_service.serial_anomalies.add_device", {"doctype": "Service Ticket"}),
	("frappe.client.get_list", {"doctype": "Customer Device"}),
	("frappe.desk.query_report.run", {"report_name": "Serial Trace", "filters": "{}"}),
	("frappe.desk.search.get_link_title", {"doctype": "Service Customer", "docname": "SC-000001"}),
	("frappe.utils.global_search.search", {"text": "x"}),
	("frappe.utils.file_manager.add_attachments", {"doctype": "Service Ticket", "attachments": "[]"}),
	(
		"frappe.templates.includes.comments.comments.add_comment",
		{
			"reference_doctype": "Service Ticket",
			"reference_name": "SC-000001",
			"comment": "x",
			"comment_email": "a@b.example",
			"comment_by": "A",
			"route": "",
		},
	),
	*(
		(
			"frappe.website.doctype.web_form.web_form.get_link_options",
			{"web_form_name": "edit-profile", "doctype": doctype, "allow_read_on_all_link_options": 1},
		)
		for doctype in ("Service Customer", "Service Ticket", "User")
	),
	("aftersales.utils.frappe_finding.get_count", {"doctype": "Service Customer"}),
	(
		"aftersales.utils.frappe_finding.search_link",
		{"doctype": "User", "txt": "", "query": "frappe.core.doctype.user.user.user_query"},
	),
)


@pytest.mark.parametrize("who", SOME)
def test_methods_are_refused(world, who):
	"""Each function with a ticket of somebody else and with one of the own, if there is any."""
	for method, arguments in METHODS:
		for name in ["bob", *sorted(SEES[who])[:1]]:
			ticket = world.tickets[name]
			named = {"name": ticket, "dn": ticket, "ticket": ticket, "filters": json.dumps({"name": ticket})}
			answer = world.post(who, f"/api/method/{method}", **{**named, **arguments})
			assert answer.status_code in (400, 401, 403, 417), (method, answer.text[:300])
			assert not world.secrets_in(answer.text.replace(ticket, ""))
			assert INTERNAL not in answer.text


def test_a_key_opens_no_more_than_a_session(world):
	"""Frappe reads keys and tokens later than the session."""
	key, secret = (frappe.generate_hash(length=15) for _ in range(2))
	user = world.users["x_manager"]
	frappe.db.set_value("User", user, "api_key", key)
	frappe.utils.password.set_encrypted_password("User", user, secret, "api_secret")
	frappe.db.commit()
	for path in ("/api/resource/User", "/api/method/frappe.client.get_list?doctype=User"):
		head = {
			**world.server.headers,
			"Authorization": f"token {key}:{secret}",
			"Accept": "application/json",
		}
		answer = requests.get(f"{world.server.url}{path}", headers=head, timeout=20)
		assert answer.status_code == 403, answer.text[:300]
		assert "customer portal" in answer.text
	answer = requests.get(
		f"{world.server.url}/api/method/frappe.auth.get_logged_user", headers=head, timeout=20
	)
	assert answer.json()["message"] == user


@pytest.mark.parametrize("who", SOME)
def test_print_view_is_closed(world, who):
	for ticket in (world.tickets["bob"], world.tickets["x_worker"]):
		answer = world.get(who, f"/printview?doctype=Service%20Ticket&name={ticket}")
		assert not world.secrets_in(answer.text.replace(ticket, ""))
		assert INTERNAL not in answer.text


def test_forms_without_the_sessions_token_are_refused(world):
	ticket = world.tickets["ann"]
	world.token("ann")  # the session has one from now on
	before = frappe.db.count("Communication")
	answer = world.sessions["ann"].post(
		f"{world.server.url}/service/tickets/{ticket}",
		data={"action": "reply", "text": "forged"},
		headers={"Accept": "application/json"},
		allow_redirects=False,
	)
	assert answer.status_code in (400, 403, 417), answer.status_code
	frappe.db.rollback()
	assert frappe.db.count("Communication") == before


def test_own_things_cannot_be_changed_past_the_portal(world):
	ticket = world.tickets["x_worker"]
	assert (
		world.post("x_worker", f"/service/tickets/{ticket}", action="reply", text="mine").status_code == 303
	)
	frappe.db.rollback()
	own = frappe.get_last_doc("Communication", {"owner": world.users["x_worker"]})
	headers = {"X-Frappe-CSRF-Token": world.token("x_worker"), "Accept": "application/json"}
	session, url = world.sessions["x_worker"], world.server.url
	for answer in (
		session.delete(f"{url}/api/resource/Communication/{own.name}", headers=headers),
		session.put(
			f"{url}/api/resource/Service Ticket/{ticket}", json={"status": "Closed"}, headers=headers
		),
		session.post(f"{url}/api/resource/File", json={"file_url": "/private/files/x"}, headers=headers),
	):
		assert answer.status_code == 403, answer.text[:200]
	frappe.db.rollback()
	assert frappe.db.exists("Communication", own.name)


def test_access_that_is_withdrawn_ends_at_once(world):
	access = frappe.get_doc("Portal Access", {"email": world.users["y_worker"]})
	path = f"/service/tickets/{world.tickets['y_worker']}"
	assert world.get("y_worker", path).status_code == 200
	access.enabled = 0
	access.save()
	frappe.db.commit()
	try:
		assert world.get("y_worker", path).status_code == 404
		listed = world.get("y_worker", "/service/tickets?state=all").text
		assert not world.secrets_in(listed)
	finally:
		access.enabled = 1
		access.save()
		frappe.db.commit()
	assert world.get("y_worker", path).status_code == 200


def test_headers(world):
	answer = world.get("ann", "/service/tickets")
	assert "no-store" in answer.headers["Cache-Control"]
	assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
	assert answer.headers["X-Frame-Options"] == "DENY"
	assert "noindex" in answer.headers["X-Robots-Tag"]
	assert "<script>" not in answer.text
