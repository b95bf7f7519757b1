"""The site as the matrix needs it: a web server, people of all kinds, a document of each DocType."""

import frappe
import pytest

from tests.permissions.documents import Documents
from tests.permissions.people import People
from tests.permissions.rules import Rules
from tests.web_server import WebServer


@pytest.fixture(scope="session")
def rules() -> Rules:
	return Rules()


@pytest.fixture(scope="package")
def server():
	with WebServer() as running:
		yield running


@pytest.fixture(scope="module")
def documents(rules):
	frappe.db.rollback()
	frappe.set_user("Administrator")
	# Messages of the documents that are made are nobody's here.
	frappe.flags.mute_emails = True
	made = Documents()
	yield made
	frappe.set_user("Administrator")
	made.remove(list(rules.doctypes))
	frappe.flags.mute_emails = False


@pytest.fixture(scope="module")
def people():
	everyone = People()
	yield everyone
	frappe.db.rollback()
	everyone.remove()
	frappe.db.commit()
