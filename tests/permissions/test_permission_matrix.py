"""Every role against every DocType, through the HTTP API, as the DocTypes' files say it.

Rights only add up in Frappe. So who may is asked one role at a time, and who may not is asked once with *all* roles
that lack the right taken together: if that person is refused, each of the roles is. Were they let in, the test asks
role by role and names who.

New DocTypes are taken in by themselves; one without a factory makes the test say so.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import frappe
import pytest

from aftersales import hooks
from tests.permissions.client import Client, is_allowed, is_refused, outcome
from tests.permissions.rules import DocTypeRules

# What is asked of each DocType, and the rights of which one is enough, in the order of asking: what a list
# shows is compared with what can be read. Frappe prints for whoever may read.
OPERATIONS = {
	"list": ("read", "select"),
	"read": ("read",),
	"write": ("write",),
	"export": ("export",),
	"print": ("read", "print"),
	"report": ("report",),
	"create": ("create",),
	"delete": ("delete",),
}
OF_A_SINGLE = ("read", "write")
# Documents that only some of those see who may read the DocType: list and document must agree all the same.
ROW_RULES = {*hooks.has_permission, *hooks.permission_query_conditions}
# Who makes one names themselves: DocType -> field.
OWN_WORK = {"Work Assignment": "assignee", "Work Record": "engineer", "Agent Phone State": "user"}
# Refused after the question of rights: somebody else's hours; another one is in work; the group is led by somebody else; made by a button only;
# a worker has made the messages of the batch meanwhile.
OTHER_REASONS = (
	"SnapshotRunningError",
	"NotLeaderError",
	"DialByHandError",
	"LinkExistsError",
	"OthersHoursError",
)
REPORT = "Permission Matrix of {0}"


@dataclass
class Case:
	"""A DocType with what the questions about it need."""

	rules: DocTypeRules
	name: str
	payloads: list[dict] = field(default_factory=list)
	to_delete: list[str] = field(default_factory=list)

	@property
	def doctype(self) -> str:
		return self.rules.name

	@property
	def operations(self) -> tuple[str, ...]:
		return OF_A_SINGLE if self.rules.is_single else tuple(OPERATIONS)


def may(rules: DocTypeRules, operation: str) -> frozenset[str]:
	"""Roles that may do it to everybody's documents."""
	return frozenset().union(*(rules.roles(right) for right in OPERATIONS[operation]))


def may_not(rules: DocTypeRules, operation: str) -> frozenset[str]:
	return rules.without(*OPERATIONS[operation])


def make_case(rules: DocTypeRules, documents) -> Case:
	if rules.is_single:
		return Case(rules, rules.name)
	creators = sorted(may(rules, "create") | rules.own_roles("create"))
	case = Case(rules, documents.make(rules.name))
	case.payloads = [documents.payload(rules.name) for _ in creators]
	# One more than there are people who may create: for those who may not.
	if creators:
		case.payloads.append(documents.payload(rules.name))
	case.to_delete = [documents.make(rules.name) for _ in may(rules, "delete")]
	report = frappe.get_doc(
		doctype="Report",
		name=REPORT.format(rules.name),
		report_name=REPORT.format(rules.name),
		ref_doctype=rules.name,
		report_type="Query Report",
		is_standard="No",
		module=rules.module,
		query="select 1",
	)
	report.db_insert()
	return case


@pytest.fixture(scope="module")
def cases(rules, documents, people, server) -> list[Case]:
	missing, made = [], []
	for doctype in rules.doctypes.values():
		try:
			made.append(make_case(doctype, documents))
		except LookupError as error:
			missing.append(str(error))
	assert not missing, "\n".join(missing)
	for case in made:
		for operation in case.operations:
			people.get(may_not(case.rules, operation))
			for role in may(case.rules, operation) | may_not(case.rules, operation):
				people.get({role})
			for role in case.rules.own_roles("create"):
				people.get({role})
	people.get((), user_type="Website User")
	people.save()
	frappe.db.commit()
	return made


@pytest.fixture(scope="module")
def answers(cases, people, server) -> list[str]:
	"""What was answered otherwise than the files say, one line each."""
	client = Client(server, people)
	with ThreadPoolExecutor(4) as pool:
		return [
			line
			for lines in pool.map(lambda case: Examination(case, client, people).run(), cases)
			for line in lines
		]


class Examination:
	"""All questions about one DocType, one after the other."""

	def __init__(self, case: Case, client: Client, people):
		self.case, self.client, self.people = case, client, people
		self.problems: list[str] = []
		self.rows: dict[str, int] = {}

	def run(self) -> list[str]:
		for operation in self.case.operations:
			self.examine(operation)
		return self.problems

	def examine(self, operation: str) -> None:
		refused = may_not(self.case.rules, operation)
		strangers = {"Guest": None, "a portal user": self.people.get((), user_type="Website User")}
		for who, user in strangers.items():
			self.expect_refusal(operation, who, user)
		if not self.expect_refusal(operation, "all who may not", self.people.get(refused)):
			for role in sorted(refused):
				self.expect_refusal(operation, role, self.people.get({role}))
		for role in self.asked(operation):
			self.expect_success(operation, role)
		if operation == "create":
			for role in sorted(self.case.rules.own_roles("create")):
				self.own_document(role)

	def asked(self, operation: str) -> list[str]:
		"""Roles that must succeed. Printing is reading, which is asked of each: two are enough, it takes long."""
		roles = sorted(may(self.case.rules, operation))
		return roles[:: len(roles) - 1] if operation == "print" and len(roles) > 2 else roles

	def ask(self, operation: str, user: str | None, name: str | None = None):
		case, name = self.case, name or self.case.name
		match operation:
			case "list":
				return self.client.listed(case.doctype, name, user)
			case "create":
				return self.client.create(case.doctype, case.payloads[-1] if case.payloads else {}, user)
			case "report":
				return self.client.report(REPORT.format(case.doctype), user)
			case _:
				return getattr(self.client, operation)(case.doctype, name, user)

	def expect_refusal(self, operation: str, who: str, user: str | None) -> bool:
		answer = self.ask(operation, user)
		if is_refused(answer):
			return True
		self.problem(operation, who, "must be refused", outcome(answer))
		return False

	def expect_success(self, operation: str, role: str) -> None:
		user = self.people.get({role})
		if operation == "create":
			answer = self.create(user)
		else:
			name = self.case.to_delete.pop() if operation == "delete" else None
			answer = self.ask(operation, user, name)
		if operation == "read" and not self.case.rules.is_single:
			self.compare_with_list(role, answer)
		if self.case.doctype in ROW_RULES and operation in ("read", "write", "print", "delete"):
			if is_allowed(answer) or is_refused(answer):
				return
		if any(error in answer.text for error in OTHER_REASONS):
			return
		if not is_allowed(answer):
			self.problem(operation, role, "must be allowed", outcome(answer))
		elif operation == "list":
			self.rows[role] = len(answer.json()["data"])

	def create(self, user: str):
		doctype, payload = self.case.doctype, self.case.payloads.pop(0)
		if doctype in OWN_WORK:
			payload[OWN_WORK[doctype]] = user
		return self.client.create(doctype, payload, user)

	def compare_with_list(self, role: str, document) -> None:
		"""A list shows just what can be opened."""
		rows = self.rows.get(role)
		if (rows == 1) != is_allowed(document) or not (rows or is_refused(document)):
			self.problem("list", role, f"shows {rows} rows, but the document says", outcome(document))

	def own_document(self, role: str) -> None:
		"""A right on own documents holds for these and for no others."""
		user = self.people.get({role})
		answer = self.create(user)
		if not is_allowed(answer):
			if not any(error in answer.text for error in OTHER_REASONS):
				self.problem("create", role, "must be allowed", outcome(answer))
			return
		own = answer.json()["data"]["name"]
		for operation in ("read", "write", "delete"):
			if role not in self.case.rules.own_roles(operation):
				continue
			if not is_refused(other := self.ask(operation, user)):
				self.problem(operation, role, "must be refused somebody else's", outcome(other))
			if not is_allowed(mine := self.ask(operation, user, own)):
				self.problem(operation, role, "must be allowed the own one", outcome(mine))

	def problem(self, operation: str, who: str, expected: str, answer: str) -> None:
		self.problems.append(f"{self.case.doctype}: {operation}: {who} {expected}: {answer}")


def test_every_role_may_what_the_doctypes_say(answers):
	assert not answers, f"{len(answers)} answers differ:\n" + "\n".join(answers)


def test_the_matrix_is_complete(rules, cases):
	"""The test above must not pass because it looks in the wrong place."""
	assert {case.doctype for case in cases} == set(rules.doctypes)
	assert {"Service Ticket", "Service Customer", "FAQ", "Service Call"} <= set(rules.doctypes)
	for case in cases:
		for operation in case.operations:
			assert may(case.rules, operation) | may_not(case.rules, operation)
