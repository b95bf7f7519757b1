"""Every action of every workflow, applied through the HTTP API by each role that may and by all who may not.

Each question gets a document of its own, in the state where the action begins: a copy of one that the factory made,
written as rows, with what the action's condition and the DocType's own rules ask for (`FITTING`).
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import frappe
import pytest
from frappe.utils import now

from aftersales.setup.roles import ROLES
from tests.permissions.client import Client, is_allowed, is_refused, outcome
from tests.permissions.fitting import FITTING, SOMEBODY

APPLY = "frappe.model.workflow.apply_workflow"
# What it may do it does in the customer portal, never through this API.
CUSTOMERS = "Aftersales Customer"


@dataclass
class Question:
	"""One person applies one action to a document that waits for it."""

	doctype: str
	name: str
	who: str
	user: str
	action: str
	state: str
	next_state: str
	allowed: bool

	def __str__(self) -> str:
		return f"{self.doctype}: {self.state} → {self.action} → {self.next_state}: {self.who}"


def transitions(workflow: dict) -> Iterable[tuple[dict, list[str]]]:
	"""Each transition once, with the roles that may apply it under the same condition."""
	grouped: dict[tuple, list[str]] = {}
	for row in workflow["transitions"]:
		key = tuple(row.get(field) for field in ("state", "action", "next_state", "condition"))
		grouped.setdefault(key, []).append(row["allowed"])
	for (state, action, next_state, condition), roles in grouped.items():
		row = {"state": state, "action": action, "next_state": next_state, "condition": condition}
		yield row, roles


def asks_for_person(condition: str | None) -> bool:
	"""Whether a transition is for somebody whom the document names."""
	return "frappe.session.user ==" in (condition or "") or "== frappe.session.user" in (condition or "")


class Copies:
	"""Copies of a document, as rows."""

	def __init__(self, doctype: str, name: str):
		self.doctype = doctype
		self.original = frappe.get_doc(doctype, name)
		self.rows: dict[str, list[list]] = {}

	def add(self, values: dict) -> str:
		"""Return the name of a copy with other values; `save` writes it.

		:param values: field -> value; for a table, the values that all of its rows get, or a list of rows in their stead.
		"""
		name = frappe.generate_hash(length=12)
		tables = {field.fieldname for field in self.original.meta.get_table_fields()}
		own = {field: value for field, value in values.items() if field not in tables}
		self._add(self.original, {"name": name, **own})
		for table in tables:
			given = values.get(table, {})
			if isinstance(given, list):
				self._add_rows(name, table, given)
				continue
			for row in self.original.get(table):
				place = {"name": frappe.generate_hash(length=12), "parent": name}
				self._add(row, given | place)
		return name

	def _add_rows(self, name: str, table: str, rows: list[dict]) -> None:
		for values in rows:
			row = self.original.append(table, values)
			self.original.remove(row)
			self._add(row, {"name": frappe.generate_hash(length=12), "parent": name})

	def _add(self, doc, values: dict) -> None:
		columns = self.columns(doc.doctype)
		stored = doc.get_valid_dict(ignore_virtual=True) | {"creation": now()} | values
		unknown = set(values) - set(columns)
		assert not unknown, f"{doc.doctype} has no field {', '.join(unknown)}: mend FITTING"
		self.rows.setdefault(doc.doctype, []).append([stored.get(column) for column in columns])

	@staticmethod
	def columns(doctype: str) -> list[str]:
		return frappe.db.get_table_columns(doctype)

	def save(self) -> None:
		for doctype, rows in self.rows.items():
			frappe.db.bulk_insert(doctype, self.columns(doctype), rows)


def questions_of(workflow: dict, rules, documents, people) -> list[Question]:
	doctype = workflow["document_type"]
	copies = Copies(doctype, documents.make(doctype))
	updates = {
		row["state"]: {row["update_field"]: row.get("update_value")}
		for row in workflow["states"]
		if row.get("update_field")
	}
	questions = []

	def ask(row: dict, who: str, user: str, allowed: bool, named: str) -> None:
		values = {workflow["workflow_state_field"]: row["state"], **updates.get(row["state"], {})}
		name = copies.add(values | FITTING.get(doctype, lambda *_: {})(row, named, documents))
		questions.append(
			Question(doctype, name, who, user, row["action"], row["state"], row["next_state"], allowed)
		)

	writers = rules.doctypes[doctype].roles("write") & set(ROLES)
	states = set()
	for row, roles in transitions(workflow):
		# Which role writes is the other matrix's question; an action for everybody is asked with one of them.
		may = {min(writers)} if "All" in roles else set(roles)
		for role in sorted(may):
			user = people.get({role})
			ask(row, role, user, role != CUSTOMERS, user)
		if asks_for_person(row["condition"]):
			unnamed = {role for role in writers if "All" in roles or role in may}
			unnamed = {role for role in unnamed if f'"{role}"' not in row["condition"]}
			ask(
				row, "people with the right role, but not the one named", people.get(unnamed), False, SOMEBODY
			)
		named = {
			other["allowed"]
			for other in workflow["transitions"]
			if (other["state"], other["action"]) == (row["state"], row["action"])
		}
		if "All" not in named:
			user = people.get(set(ROLES) - named)
			ask(row, "all who may not", user, False, user)
		if row["state"] not in states:
			states.add(row["state"])
			ask(row, "a user without roles", people.get(()), False, SOMEBODY)
			ask(row, "a portal user", people.get((), user_type="Website User"), False, SOMEBODY)
	copies.save()
	return questions


@pytest.fixture(scope="module")
def questions(rules, documents, people, server) -> list[Question]:
	made = [
		question
		for workflow in rules.workflows
		if workflow["document_type"] in rules.doctypes
		for question in questions_of(workflow, rules, documents, people)
	]
	people.save()
	frappe.db.commit()
	return made


def examine(question: Question, client: Client) -> str | None:
	document = {"doctype": question.doctype, "name": question.name}
	answer = client.method(APPLY, question.user, doc=document, action=question.action)
	if not question.allowed:
		return None if is_refused(answer) else f"{question} must be refused: {outcome(answer)}"
	if not is_allowed(answer):
		return f"{question} must be allowed: {outcome(answer)}"
	if question.next_state not in answer.json()["message"].values():
		return f"{question} ended elsewhere: {answer.json()['message'].get('status')}"
	return None


@pytest.mark.timeout(1800)  # thousands of requests; a busy machine answers ten a second
def test_every_action_is_for_its_roles(questions, people, server):
	client = Client(server, people)
	# One after the other within a DocType: side by side they would mostly wait for each other's table locks.
	groups = {
		doctype: [q for q in questions if q.doctype == doctype] for doctype in {q.doctype for q in questions}
	}
	longest_first = sorted(groups.values(), key=len, reverse=True)
	with ThreadPoolExecutor(3) as pool:
		answers = list(
			pool.map(lambda group: [examine(question, client) for question in group], longest_first)
		)
	problems = [problem for group in answers for problem in group if problem]
	assert not problems, f"{len(problems)} of {len(questions)} answers differ:\n" + "\n".join(problems)


def test_a_visitor_applies_nothing(questions, people, server):
	client = Client(server, people)
	for question in {question.doctype: question for question in questions}.values():
		document = {"doctype": question.doctype, "name": question.name}
		assert is_refused(client.method(APPLY, None, doc=document, action=question.action)), question


def test_all_workflows_are_asked(rules, questions):
	assert {question.doctype for question in questions} >= {"Service Ticket", "FAQ"}
	for workflow in rules.workflows:
		asked = {(q.state, q.action) for q in questions if q.doctype == workflow["document_type"]}
		assert asked == {(row["state"], row["action"]) for row in workflow["transitions"]}
