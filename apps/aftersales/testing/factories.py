"""Makers of test documents, one per DocType; each returns a saved document unless told otherwise.

Every maker takes keyword overrides for any field, so that a test states only what it is about.
"""

from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from unittest.mock import patch

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow

from aftersales.service_network.outlet_scope import NETWORK


def unique(prefix: str) -> str:
	"""Return a text that no other document of the run has."""
	return f"{prefix} {frappe.generate_hash(length=8)}"


def unique_phone() -> str:
	"""Return a mainland China mobile number that no other document of the run has."""
	return "199" + str(int(frappe.generate_hash(length=12), 16))[-8:].zfill(8)


def insert(doctype: str, defaults: dict, overrides: dict) -> Document:
	"""Insert a document with the rights of the test itself, whoever the session's user is."""
	return frappe.get_doc({"doctype": doctype, **defaults, **overrides}).insert(ignore_permissions=True)


def make_user(*roles: str, **fields) -> Document:
	"""Make a Desk user with the given roles; `email`, `first_name`, `language` and others can be given."""
	email = fields.pop("email", None) or f"{frappe.generate_hash(length=10)}@test.example"
	if frappe.db.exists("User", email):
		user = frappe.get_doc("User", email)
		user.add_roles(*roles)
	else:
		user = insert(
			"User",
			{
				"email": email,
				"first_name": email.split("@")[0],
				"send_welcome_email": 0,
				"language": "en",
				# Without a picture Frappe asks gravatar.com on every save.
				"user_image": "/assets/aftersales/images/aftersales.svg",
				"roles": [{"role": role} for role in roles],
			},
			fields,
		)
	return user


def user_with(*roles: str, account: str | None = None) -> str:
	"""Return the name of a user who has just these roles; the same one within a test class for the same `account`.

	Written without the events of User, which make a contact and settings and empty the caches: too slow for a test
	that only asks what a role may do.
	"""
	email = f"{account or '-'.join(frappe.scrub(role) for role in roles) or 'none'}@test.example"
	if frappe.db.exists("User", email):
		return email
	insert_plain_user(email, *roles)
	frappe.clear_cache(user=email)
	if NETWORK.intersection(roles):
		# What a role may do is asked without the limits of an outlet; see field.staff_of for those.
		put_below(email, outlet="All Outlets")
	return email


def insert_plain_user(email: str, *roles: str, **fields) -> Document:
	"""Insert a user without the events of User, within milliseconds."""
	user = frappe.get_doc(
		{
			"doctype": "User",
			"name": email,
			"email": email,
			"first_name": email,
			"full_name": email,
			"enabled": 1,
			"user_type": "System User",
			"language": "en",
			"roles": [{"role": role} for role in roles],
			**fields,
		}
	)
	user.set_parent_in_children()
	user.db_insert()
	for row in user.roles:
		row.db_insert()
	return user


def make_customer(**fields) -> Document:
	"""Make a Service Customer."""
	return insert("Service Customer", {"customer_name": unique("Customer")}, fields)


def make_customer_group(**fields) -> Document:
	"""Make a Service Customer Group."""
	return insert("Service Customer Group", {"group_name": unique("Group")}, fields)


def make_region(**fields) -> Document:
	"""Make a Service Region."""
	return insert("Service Region", {"region_name": unique("Region")}, fields)


def make_vip_level(**fields) -> Document:
	"""Make a VIP Level."""
	return insert("VIP Level", {"level_name": unique("Level"), "rank": 1}, fields)


def make_product_category(**fields) -> Document:
	"""Make a Product Category."""
	return insert("Product Category", {"category_name": unique("Category")}, fields)


def make_product(**fields) -> Document:
	"""Make a Product."""
	code = frappe.generate_hash(length=8).upper()
	return insert("Product", {"product_code": code, "product_name": f"Product {code}"}, fields)


def make_dealer(**fields) -> Document:
	"""Make a Dealer."""
	return insert("Dealer", {"dealer_name": unique("Dealer")}, fields)


def make_contact(links: list[Document], **fields) -> Document:
	"""Make a Contact of the given documents."""
	return insert(
		"Contact",
		{
			"first_name": unique("Contact"),
			"links": [{"link_doctype": doc.doctype, "link_name": doc.name} for doc in links],
		},
		fields,
	)


def make_ticket(**fields) -> Document:
	"""Make a Service Ticket."""
	return insert("Service Ticket", {"record_type": "Enquiry", "customer_name": unique("Caller")}, fields)


def act(doc: Document, *actions: str) -> Document:
	"""Apply workflow actions one after the other, as the session's user, and return the document as stored."""
	for action in actions:
		apply_workflow(frappe.get_doc(doc.doctype, doc.name), action)
	return frappe.get_doc(doc.doctype, doc.name)


def make_faq_category(**fields) -> Document:
	"""Make a FAQ Category."""
	return insert("FAQ Category", {"category_name": unique("FAQ Category")}, fields)


def make_faq(**fields) -> Document:
	"""Make a FAQ of the session's user, as a draft; `state="Published"` or another takes it through its workflow."""
	actions = {
		"Draft": (),
		"In Review": ("Submit for Review",),
		"Published": ("Submit for Review", "Publish"),
		"Retired": ("Submit for Review", "Publish", "Retire"),
	}[fields.pop("state", "Draft")]
	faq = insert(
		"FAQ",
		{
			"question": unique("Question"),
			"answer": "<p>Answer</p>",
			"faq_category": fields.get("faq_category") or make_faq_category().name,
			"audience": "Internal",
		},
		fields,
	)
	author = frappe.session.user
	try:
		frappe.set_user("Administrator")
		return act(faq, *actions)
	finally:
		frappe.set_user(author)


def make_search_synonym(**fields) -> Document:
	"""Make a Search Synonym."""
	return insert("Search Synonym", {"term": unique("Word"), "synonyms": "another word"}, fields)


def make_search_miss(**fields) -> Document:
	"""Make a Search Miss."""
	text = unique("missing")
	return insert("Search Miss", {"text": text, "text_key": text.lower(), "source": "Search"}, fields)


def make_faq_feedback(**fields) -> Document:
	"""Make a FAQ Feedback: it did not help."""
	faq = fields.pop("faq", None) or make_faq(state="Published").name
	return insert("FAQ Feedback", {"faq": faq, "helpful": "No", "reason": "Wrong"}, fields)


def make_faq_proposal(**fields) -> Document:
	"""Make a FAQ Proposal without a case behind it."""
	return insert("FAQ Proposal", {"question": unique("Question"), "answer": "<p>What was done</p>"}, fields)


def make_bridge(**fields) -> Document:
	"""Make a Caller ID Bridge, with an account of its own unless `user` is given."""
	return insert(
		"Caller ID Bridge",
		{
			"bridge_id": f"bridge-{frappe.generate_hash(length=8)}",
			"user": fields.get("user") or make_user("Aftersales Bridge").name,
		},
		fields,
	)


def make_phone_line(*agents: str, **fields) -> Document:
	"""Make a Phone Line that rings for the given users, on a bridge of its own unless `bridge` is given."""
	return insert(
		"Phone Line",
		{
			"line_title": unique("Line"),
			"bridge": fields.get("bridge") or make_bridge().name,
			"source_line": "1",
			"agents": [{"user": user} for user in agents],
		},
		fields,
	)


def make_call_event(kind: str = "ringing", **fields) -> dict:
	"""Make an event as a bridge posts it; a new call unless `call_uuid` is given."""
	return {
		"schema": 1,
		"event_id": frappe.generate_hash(length=32),
		"call_uuid": frappe.generate_hash(length=20),
		"seq": 1,
		"kind": kind,
		"line": "1",
		"direction": "in",
		"number_raw": None,
		"presentation": "allowed",
		"age_ms": 20,
		"live": True,
		**fields,
	}


def make_caller_number(**fields) -> Document:
	"""Make a Caller Number the only way there is: by a customer who has that telephone number."""
	customer = make_customer(phone=unique_phone(), **fields)
	return frappe.get_last_doc("Caller Number", {"customer": customer.name})


def make_service_call(**fields) -> Document:
	"""Make a Service Call that ended, on a line of its own unless `phone_line` is given."""
	line = fields.get("phone_line") or make_phone_line().name
	defaults = {"call_uuid": frappe.generate_hash(length=20), "phone_line": line, "state": "Ended"}
	return insert("Service Call", defaults, fields)


def make_dial_request(**fields) -> Document:
	"""Make a Dial Request of the session's user that waits for the bridge, on a line of its own unless given."""
	line = frappe.get_doc("Phone Line", fields.get("phone_line") or make_phone_line().name)
	number = unique_phone()
	request = frappe.get_doc(
		{
			"doctype": "Dial Request",
			"number": number,
			"number_display": number,
			"user": frappe.session.user,
			"open_for": frappe.generate_hash(length=10),
			"phone_line": line.name,
			"bridge": line.bridge,
			"source_line": line.source_line,
			"expires_at": frappe.utils.add_to_date(None, seconds=45, as_datetime=True),
			**fields,
		}
	)
	request.flags.by_dialling = True
	return request.insert(ignore_permissions=True)


def make_caller_message(**fields) -> Document:
	"""Make a Caller Message for the session's user unless told otherwise."""
	return insert("Caller Message", {"message": "Please call back", "for_user": frappe.session.user}, fields)


def make_agent_phone_state(**fields) -> Document:
	"""Make an Agent Phone State, of a user of its own unless `user` is given."""
	user = fields.get("user") or make_user("Service Agent").name
	return insert("Agent Phone State", {"user": user}, fields)


def make_stored_call_event(**fields) -> Document:
	"""Make a Call Event as it is stored, of a call of its own unless `service_call` is given."""
	call = fields.get("service_call") or make_service_call().name
	name = frappe.generate_hash(length=32)
	return insert("Call Event", {"name": name, "service_call": call, "kind": "ended"}, fields)


def make_check_plan(**fields) -> Document:
	"""Make a Check Plan of tickets with two criteria, of which the first must be OK."""
	return insert(
		"Check Plan",
		{
			"title": unique("Plan"),
			"reference_doctype": "Service Ticket",
			"date_field": "creation_date",
			"frequency": "Monthly",
			"method": "All",
			"criteria": [
				{"criterion": "The answer is right", "weight": 3, "mandatory": 1},
				{"criterion": "The handling is written down", "weight": 1},
			],
		},
		fields,
	)


def make_check_draw(**fields) -> Document:
	"""Make a Check Draw that drew nothing."""
	plan = fields.get("plan") or make_check_plan().name
	defaults = {"plan": plan, "reference_doctype": "Service Ticket", "method": "All"}
	return insert("Check Draw", {**defaults, "from_date": "2001-01-01", "to_date": "2001-01-31"}, fields)


def make_check_record(**fields) -> Document:
	"""Make a Check Record of a ticket of its own unless `reference_name` is given."""
	defaults = {"reference_doctype": "Service Ticket", "findings": [{"criterion": "The answer is right"}]}
	if not fields.get("reference_name"):
		defaults["reference_name"] = make_ticket().name
	return insert("Check Record", defaults, fields)


def make_emergency_snapshot(**fields) -> Document:
	"""Make an Emergency Snapshot that is waiting to be built."""
	return insert("Emergency Snapshot", {}, fields)


def make_offline_note(**fields) -> Document:
	"""Make an Offline Note on a ticket of its own unless `ticket` is given."""
	ticket = fields.get("ticket") or make_ticket().name
	return insert(
		"Offline Note", {"offline_id": unique("N"), "ticket": ticket, "note": "Called back"}, fields
	)


def put_below(user: str, superior: str | None = None, **fields) -> Document:
	"""Make the Service Staff record of a user, trained, who reports to another; of that one too if they have none."""
	if superior and not frappe.db.exists("Service Staff", superior):
		put_below(superior)
	return insert("Service Staff", {"user": user, "reports_to": superior, "trained_on": "2020-01-01"}, fields)


def make_solution_method(**fields) -> Document:
	"""Make a Solution Method."""
	return insert("Solution Method", {"method_name": unique("Method")}, fields)


def make_handling_place(**fields) -> Document:
	"""Make a Handling Place."""
	return insert("Handling Place", {"place_name": unique("Place")}, fields)


def make_work_record(**fields) -> Document:
	"""Make a Work Record of half an hour of the session's user."""
	return insert(
		"Work Record", {"engineer": frappe.session.user, "work_done": "Repaired", "minutes": 30}, fields
	)


def make_sales_opportunity(**fields) -> Document:
	"""Make a Sales Opportunity with a customer of its own unless `customer` is given."""
	customer = fields.get("customer") or make_customer().name
	return insert(
		"Sales Opportunity", {"opportunity_title": unique("Opportunity"), "customer": customer}, fields
	)


def make_agent_group(*members: str, **fields) -> Document:
	"""Make an Agent Group of the given users."""
	return insert(
		"Agent Group",
		{
			"group_name": unique("Agents"),
			"task_kind": "Other",
			"leader": "Administrator",
			"members": [{"user": user} for user in members],
		},
		fields,
	)


def make_shift(*members: str, **fields) -> Document:
	"""Make a Shift on workdays from nine to five, of a group of its members unless `agent_group` is given."""
	members = members or (user_with("Service Agent"),)
	return insert(
		"Shift",
		{
			"shift_name": unique("Shift"),
			"agent_group": fields.get("agent_group") or make_agent_group(*members).name,
			"from_time": "09:00:00",
			"to_time": "17:00:00",
			"members": [{"user": user} for user in members],
		},
		fields,
	)


def make_system_notice(**fields) -> Document:
	"""Make a System Notice that is shown now, for a day."""
	return insert(
		"System Notice",
		{
			"notice_title": unique("Notice"),
			"message": "Save your work before 20:00.",
			"show_from": frappe.utils.add_to_date(None, hours=-1),
			"show_until": frappe.utils.add_to_date(None, days=1),
		},
		fields,
	)


def make_work_assignment(**fields) -> Document:
	"""Make a Work Assignment that the Administrator has given to themselves unless told otherwise."""
	return insert(
		"Work Assignment",
		{"subject": unique("Work"), "assigned_by": "Administrator", "assignee": "Administrator"},
		fields,
	)


def make_department(**fields) -> Document:
	"""Make a Service Department."""
	return insert("Service Department", {"department_name": unique("Department")}, fields)


def make_staff(user: str | None = None, reports_to: str | None = None, **fields) -> Document:
	"""Make the Service Staff record of a user, trained; of their superior as well, if that has none.

	Without a user it is that of a new Service Agent.
	"""
	user = user or make_user("Service Agent").name
	if reports_to and not frappe.db.exists("Service Staff", reports_to):
		make_staff(reports_to)
	return insert(
		"Service Staff",
		{"user": user, "reports_to": reports_to, "trained_on": "2020-01-01", "staff_no": unique("S")},
		fields,
	)


def make_holiday_list(*days: str, **fields) -> Document:
	"""Make a Service Holiday List of days off."""
	return insert(
		"Service Holiday List",
		{"holiday_list_name": unique("Holidays"), "holidays": [{"holiday_date": day} for day in days]},
		fields,
	)


def make_working_time(*windows: tuple[str, str, str], **fields) -> Document:
	"""Make a Working Time of (weekday, from, to); office hours with a lunch break unless windows are given."""
	windows = windows or (
		("Monday to Friday", "08:30", "12:00"),
		("Monday to Friday", "13:30", "17:30"),
	)
	keys = ("weekday", "from_time", "to_time")
	rows = [dict(zip(keys, window, strict=True)) for window in windows]
	return insert("Working Time", {"working_time_name": unique("Hours"), "windows": rows}, fields)


def make_service_level(**fields) -> Document:
	"""Make a Service Level for tickets: 2 hours to respond, 8 to resolve, office hours, waiting for the customer pauses."""
	return insert(
		"Service Level",
		{
			"service_level_name": unique("Level"),
			"document_type": "Service Ticket",
			"response_hours": 2,
			"resolution_hours": 8,
			"working_time": fields.get("working_time") or make_working_time().name,
			"pause_states": [{"state": "Waiting for Customer"}],
		},
		fields,
	)


def make_deadline(**fields) -> Document:
	"""Make the Service Deadline of a ticket, the only way there is: by starting the clock."""
	from aftersales.aftersales import deadlines

	ticket = make_ticket()
	step = unique("Step")
	deadlines.start(ticket, step, fields.pop("hours", 8), fields.pop("user", frappe.session.user))
	deadline = frappe.get_last_doc("Service Deadline", {"reference_name": ticket.name, "step": step})
	if fields:
		deadline.db_set(fields)
	return deadline


@contextmanager
def import_inside_a_test():
	"""Let Frappe's Data Import run without reaching the site: it commits each good row and rolls back each bad one; here
	both go to a savepoint instead."""
	rollback = frappe.db.rollback

	def back(save_point=None, **_options):
		rollback(save_point=save_point or "import_row")

	frappe.db.savepoint("import_row")
	with (
		patch.object(frappe.db, "commit", lambda: frappe.db.savepoint("import_row")),
		patch.object(frappe.db, "rollback", back),
		patch("frappe.publish_realtime"),
	):
		yield


# Modules beside this one that hold makers, too.
AREAS = (
	"field",
	"devices",
	"appointments",
	"parts",
	"agreements",
	"network",
	"settlement",
	"sales",
	"points",
	"figures",
)
# DocTypes whose maker is not called make_<doctype>.
MAKERS = {
	"Service Customer": make_customer,
	"Service Customer Group": make_customer_group,
	"Service Region": make_region,
	"Service Ticket": make_ticket,
	"Caller ID Bridge": make_bridge,
	"Call Event": make_stored_call_event,
	"Service Department": make_department,
	"Service Staff": make_staff,
	"Service Holiday List": make_holiday_list,
	"Service Deadline": make_deadline,
}


def maker_of(doctype: str):
	"""Return the function that makes a document of a DocType without being told anything.

	:raises LookupError: says what to add; the permission matrix makes a document of each DocType.
	"""
	name = f"make_{frappe.scrub(doctype)}"
	maker = MAKERS.get(doctype) or globals().get(name) or _maker_of_area(name)
	if not maker:
		raise LookupError(
			f"{doctype} has no factory: add make_{frappe.scrub(doctype)}(**fields) to "
			"aftersales/testing/factories.py, or name its maker in MAKERS there"
		)
	return maker


def _maker_of_area(name: str):
	for area in AREAS:
		module = f"aftersales.testing.{area}"
		if find_spec(module) and (maker := getattr(import_module(module), name, None)):
			return maker
	return None


def make_report(**fields) -> Document:
	"""Make a report view of tickets."""
	return insert(
		"Report",
		{
			"report_name": unique("Report"),
			"ref_doctype": "Service Ticket",
			"report_type": "Report Builder",
			"is_standard": "No",
			"json": "{}",
		},
		fields,
	)


def make_complaint_type(*departments: str, **fields) -> Document:
	"""Make a Complaint Type whose route leads through the given departments."""
	return insert(
		"Complaint Type",
		{
			"type_name": unique("Complaint Type"),
			"route": [
				{"department": department, "review_hours": 8, "handling_hours": 24}
				for department in departments
			],
		},
		fields,
	)


def make_customer_complaint(**fields) -> Document:
	"""Make a Customer Complaint as it is registered, of a type without route unless `complaint_type` is given."""
	return insert(
		"Customer Complaint",
		{
			"complaint_type": fields.get("complaint_type") or make_complaint_type().name,
			"customer_name": unique("Caller"),
			"contact_phone": unique_phone(),
			"reason": "It leaks",
		},
		fields,
	)


def make_service_department(**fields) -> Document:
	"""Make a Service Department, without head unless `head` is given."""
	return insert("Service Department", {"department_name": unique("Department")}, fields)


def make_follow_up_mode(**fields) -> Document:
	"""Make a Follow-up Mode."""
	return insert("Follow-up Mode", {"mode_name": unique("Mode")}, fields)


def make_follow_up_purpose(**fields) -> Document:
	"""Make a Follow-up Purpose."""
	return insert("Follow-up Purpose", {"purpose_name": unique("Purpose")}, fields)


def make_customer_opinion(**fields) -> Document:
	"""Make a Customer Opinion."""
	return insert("Customer Opinion", {"opinion_name": unique("Opinion")}, fields)


def make_follow_up(**fields) -> Document:
	"""Make a planned Follow-up that is due today."""
	return insert("Follow-up", {"customer_name": unique("Caller"), "reason": "Ask how it works"}, fields)


def make_follow_up_plan(*users: str, **fields) -> Document:
	"""Make a Follow-up Plan of completed tickets, carried out by hand; its follow-ups go to the given users."""
	return insert(
		"Follow-up Plan",
		{
			"plan_title": unique("Plan"),
			"reason": "Ask how it works",
			"frequency": "Only by Hand",
			"assignees": [{"user": user} for user in users or ("Administrator",)],
		},
		fields,
	)


def make_follow_up_draw(**fields) -> Document:
	"""Make a Follow-up Draw that drew nothing, of a plan of its own unless `plan` is given."""
	plan = fields.get("plan") or make_follow_up_plan().name
	defaults = {"plan": plan, "from_date": "2001-01-01", "to_date": "2001-01-31", "state": "Done"}
	return insert("Follow-up Draw", defaults, fields)


def make_survey_template(**fields) -> Document:
	"""Make a Survey Template with a question of each kind, offered on tickets and follow-ups."""
	return insert(
		"Survey Template",
		{
			"template_title": unique("Survey"),
			"heading": "How did we do?",
			"documents": [{"document_type": "Service Ticket"}, {"document_type": "Follow-up"}],
			"questions": [
				{
					"question": "Service?",
					"kind": "Score",
					"scale": "5",
					"weight": 2,
					"required": 1,
					"low_up_to": 2,
				},
				{"question": "Solved?", "kind": "Choice", "options": "Yes\nNo", "low_options": "No"},
				{"question": "Recommend?", "kind": "NPS"},
				{"question": "Anything else?", "kind": "Text"},
			],
		},
		fields,
	)


def make_survey_response(**fields) -> Document:
	"""Make a Survey Response without answers."""
	template = fields.get("survey_template") or make_survey_template().name
	return insert("Survey Response", {"survey_template": template, "channel": "Link"}, fields)


def make_survey_link(**fields) -> Document:
	"""Make a Survey Link that nobody knows the secret of."""
	template = fields.get("survey_template") or make_survey_template().name
	return insert(
		"Survey Link", {"survey_template": template, "token_hash": frappe.generate_hash(length=64)}, fields
	)


def make_customer_report_type(**fields) -> Document:
	"""Make a Customer Report Type that prints as customers are printed anyway."""
	defaults = {"type_name": unique("Report Type"), "print_format": "Customer Report"}
	return insert("Customer Report Type", defaults, fields)


def make_personal_data_request(**fields) -> Document:
	"""Make a Personal Data Request about a customer of its own unless `customer` is given."""
	customer = fields.get("customer") or make_customer().name
	return insert("Personal Data Request", {"kind": "Export", "customer": customer}, fields)


def make_message_kind(**fields) -> Document:
	"""Make a Message Kind of greetings, without rules."""
	return insert("Message Kind", {"kind_name": unique("Kind"), "purpose": "Care", "quiet_hours": 0}, fields)


def make_message_template(**fields) -> Document:
	"""Make a Message Template for all channels, of a kind of its own unless `kind` is given."""
	return insert(
		"Message Template",
		{
			"template_title": unique("Template"),
			"kind": fields.get("kind") or make_message_kind().name,
			"channel": "Any",
			"subject": "Hello {{ customer.customer_name }}",
			"body": "Dear {{ customer.customer_name }}, hello.",
		},
		fields,
	)


def make_message_sender(**fields) -> Document:
	"""Make a Message Sender of SMS by HTTP that nothing uses, since it is disabled."""
	return insert(
		"Message Sender",
		{
			"sender_title": unique("Sender"),
			"channel": "SMS",
			"kind": "HTTP",
			"url": "http://127.0.0.1:9/send",
			"body": '{"to": {{ number | json }}, "text": {{ text | json }}}',
			"disabled": 1,
		},
		fields,
	)


def make_outgoing_message(**fields) -> Document:
	"""Make an Outgoing Message by SMS to a customer of its own unless `customer` or a document is given."""
	known = fields.get("customer") or fields.get("reference_name")
	customer = None if known else make_customer(phone=unique_phone()).name
	template = fields.get("template") or make_message_template().name
	return insert("Outgoing Message", {"template": template, "channel": "SMS", "customer": customer}, fields)


def make_message_opt_out(**fields) -> Document:
	"""Make a Message Opt-out of an address."""
	address = f"{frappe.generate_hash(length=10)}@test.example"
	return insert("Message Opt-out", {"channel": "E-mail", "recipient": address}, fields)


def make_message_batch(**fields) -> Document:
	"""Make a Message Batch to one customer."""
	customers = fields.pop("customers", None) or [make_customer(phone=unique_phone()).name]
	template = fields.get("template") or make_message_template().name
	return insert(
		"Message Batch",
		{"batch_title": unique("Batch"), "template": template, "customers": frappe.as_json(customers)},
		fields,
	)


def make_portal_access(**fields) -> Document:
	"""Make a Portal Access with a new website user; `access`, `customer` or `dealer` and `email` can be given."""
	email = fields.pop("email", None) or f"{frappe.generate_hash(length=10)}@portal.example"
	if not frappe.db.exists("User", email):
		insert_plain_user(email, "Aftersales Customer", user_type="Website User")
	if fields.get("access") == "Dealer":
		fields.setdefault("dealer", None)
		fields["dealer"] = fields["dealer"] or make_dealer().name
	else:
		fields["customer"] = fields.get("customer") or make_customer().name
	return insert(
		"Portal Access",
		{"email": email, "full_name": unique("Portal"), "access": "All Tickets", "origin": "Self Sign-up"},
		fields,
	)


def make_download_item(**fields) -> Document:
	"""Make a Download Item with a private file."""
	if not fields.get("file"):
		content = unique("Download").encode()
		file = insert(
			"File", {"file_name": f"{content.decode()}.txt", "content": content, "is_private": 1}, {}
		)
		fields["file"] = file.file_url
	return insert(
		"Download Item", {"title": unique("Download"), "audience": "Public", "published": 1}, fields
	)
