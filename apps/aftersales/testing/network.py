"""Makers of test documents of the service network: qualifications, applications, bank data, assessments, exams; see factories.py."""

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, add_to_date, now_datetime

from aftersales.testing.factories import insert, unique
from aftersales.testing.field import make_service_centre, make_service_outlet


def make_qualification_type(**fields) -> Document:
	"""Make a Qualification Type that nobody is asked for."""
	return insert("Qualification Type", {"qualification": unique("Licence")}, fields)


def make_outlet_application(**fields) -> Document:
	"""Make an Outlet Application for a new outlet, as a draft."""
	defaults = {"outlet_name": unique("Outlet"), "phone": "0411-83690000"}
	if "parent_service_outlet" not in fields:
		defaults["parent_service_outlet"] = make_service_centre(outlet_kind="Branch").name
	return insert("Outlet Application", defaults, fields)


def make_outlet_bank_account(**fields) -> Document:
	"""Make the Outlet Bank Account of a new outlet."""
	defaults = {"account_holder": "Repair Ltd", "bank_name": "Some Bank", "bank_account": unique("Account")}
	if "outlet" not in fields:
		defaults["outlet"] = make_service_outlet().name
	return insert("Outlet Bank Account", defaults, fields)


def make_outlet_assessment_setting(*criteria: dict, **fields) -> Document:
	"""Make an Outlet Assessment Setting of the given criteria; by default first-time fixes alone."""
	rows = list(criteria) or [{"measure": "First-time Fix", "weight": 100, "target": 90}]
	defaults = {
		"setting_name": unique("Setting"),
		"valid_from": "1970-01-01",
		"criteria": rows,
		"grades": [{"grade": "A", "from_score": 90}, {"grade": "B", "from_score": 60}, {"grade": "C"}],
	}
	return insert("Outlet Assessment Setting", defaults, fields)


def make_outlet_assessment(**fields) -> Document:
	"""Make the Outlet Assessment of a month in which a new outlet did nothing."""
	defaults = {"month": "2024-02-01"}
	if "outlet" not in fields:
		defaults["outlet"] = make_service_outlet().name
	if not frappe.db.exists("Outlet Assessment Setting", {"enabled": 1, "valid_from": ("<=", "2024-02-01")}):
		make_outlet_assessment_setting()
	return insert("Outlet Assessment", defaults, fields)


def make_outlet_exam(*questions: dict, **fields) -> Document:
	"""Make an Outlet Exam that is not published; by default of one question."""
	rows = list(questions) or [{"question": "Is it off?", "options": "Yes\nNo", "right_answers": "A"}]
	return insert("Outlet Exam", {"exam_title": unique("Exam"), "questions": rows}, fields)


def make_outlet_exam_attempt(**fields) -> Document:
	"""Make an Outlet Exam Attempt of the session's user that is over."""
	now = now_datetime()
	defaults = {
		"exam": fields.get("exam") or make_outlet_exam().name,
		"user": frappe.session.user,
		"state": "Handed In",
		"attempt_no": 1,
		"started_at": add_days(now, -1),
		"ends_at": add_to_date(now, days=-1, minutes=30),
		"finished_at": add_to_date(now, days=-1, minutes=10),
		"mark": 100,
		"passed": 1,
	}
	if "outlet" not in fields:
		defaults["outlet"] = make_service_outlet().name
	return insert("Outlet Exam Attempt", defaults, fields)
