"""Asks the site through its HTTP API, as one of the matrix's people."""

import json
import random
import threading
import time
from urllib.parse import quote

import requests

from tests.permissions.people import People
from tests.web_server import WebServer

ATTEMPTS = 6
ALLOWED = frozenset({200, 202})
# Frappe's report and workflow answer some refusals with 417 instead of 403, and name the error.
REFUSED = frozenset({401, 403})


class Client:
	"""One connection per thread; `user` None is a visitor who has not logged in."""

	def __init__(self, server: WebServer, people: People):
		self.server, self.people = server, people
		self._local = threading.local()

	def request(self, verb: str, path: str, user: str | None, **kwargs) -> requests.Response:
		"""Send one request and return the answer."""
		session = getattr(self._local, "session", None)
		if session is None:
			session = self._local.session = self.server.session()
		headers = {"Authorization": f"token {self.people.token(user)}"} if user else {}
		for attempt in range(ATTEMPTS):
			try:
				answer = session.request(
					verb, f"{self.server.url}{path}", headers=headers, timeout=60, **kwargs
				)
			except requests.ConnectionError:
				# The server closed the connection that was kept just as it was used again.
				if attempt == ATTEMPTS - 1:
					raise
			else:
				# Whoever gets this from the database comes again; it says nothing about rights.
				if "QueryDeadlockError" not in answer.text:
					return answer
				time.sleep(random.uniform(0.1, 0.4) * 2**attempt)
		return answer

	def method(self, method: str, user: str | None, /, **arguments) -> requests.Response:
		"""Call a whitelisted method."""
		data = {
			key: value if isinstance(value, str) else json.dumps(value, default=str)
			for key, value in arguments.items()
		}
		return self.request("POST", f"/api/method/{method}", user, data=data)

	def listed(self, doctype: str, name: str, user: str | None) -> requests.Response:
		"""Ask for the list, narrowed to one document."""
		params = {"filters": json.dumps([["name", "=", name]]), "limit": 5}
		return self.request("GET", f"/api/resource/{quote(doctype)}", user, params=params)

	def read(self, doctype: str, name: str, user: str | None) -> requests.Response:
		return self.request("GET", resource(doctype, name), user)

	def write(self, doctype: str, name: str, user: str | None, **values) -> requests.Response:
		return self.request("PUT", resource(doctype, name), user, json=values)

	def create(self, doctype: str, payload: dict, user: str | None) -> requests.Response:
		return self.request("POST", f"/api/resource/{quote(doctype)}", user, json=payload)

	def delete(self, doctype: str, name: str, user: str | None) -> requests.Response:
		return self.request("DELETE", resource(doctype, name), user)

	def export(self, doctype: str, name: str, user: str | None) -> requests.Response:
		"""Ask for the list as a CSV file, as the Desk's menu does."""
		return self.method(
			"frappe.desk.reportview.export_query",
			user,
			doctype=doctype,
			file_format_type="CSV",
			fields=[f"`tab{doctype}`.`name`"],
			filters=[[doctype, "name", "=", name]],
			view="Report",
		)

	def print(self, doctype: str, name: str, user: str | None) -> requests.Response:
		return self.method(
			"frappe.www.printview.get_html_and_style", user, doc=doctype, name=name, print_format="Standard"
		)

	def report(self, report: str, user: str | None, **filters) -> requests.Response:
		return self.method("frappe.desk.query_report.run", user, report_name=report, filters=filters)


def resource(doctype: str, name: str) -> str:
	"""Return the path of a document."""
	return f"/api/resource/{quote(doctype)}/{quote(name, safe='')}"


def is_refused(answer: requests.Response) -> bool:
	"""Whether the site said that this person may not, rather than that something is wrong."""
	if answer.status_code in REFUSED:
		return True
	if answer.status_code != 417:
		return False
	return "WorkflowTransitionError" in answer.text or "report permission" in answer.text


def is_allowed(answer: requests.Response) -> bool:
	return answer.status_code in ALLOWED


def outcome(answer: requests.Response) -> str:
	"""Return an answer in a few words, for a message."""
	try:
		content = answer.json()
	except ValueError:
		return f"{answer.status_code} {answer.text[:200]}"
	said = content.get("_server_messages") or content.get("exception") or content.get("message") or ""
	return f"{answer.status_code} {content.get('exc_type', '')} {str(said)[:300]}"
