"""Check Record: the check form of one record (核查表, S1.10)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.permissions import get_role_permissions
from frappe.utils import flt, get_datetime, now_datetime

from aftersales.aftersales import check_evidence
from aftersales.utils.access import check_permission
from aftersales.utils.workflow_state import set_field_of_state

# What the checker fills in; fixed once the check is complete.
ASSESSMENT = ("information_right", "originals_complete", "conclusion", "checker", "checked_person")
FINDING_FIELDS = ("criterion", "weight", "mandatory", "finding", "remark")
PERSON_FIELDS = ("person_in_charge", "handler", "feedback_person", "planned_for", "assigned_to", "owner")


class CheckIncompleteError(frappe.ValidationError):
	"""Something was not looked at."""


class OwnRecordError(frappe.PermissionError):
	"""Nobody checks their own records."""


class CheckNoteError(frappe.PermissionError):
	"""Notes are only added."""


class ObjectionError(frappe.ValidationError):
	"""Only the person in charge objects, and says why."""


class CheckRecord(Document):
	def before_insert(self):
		self.draw = self.draw or None
		self.fill_from_record()

	def validate(self):
		if self.is_new():
			self.take_snapshot()
		self.stamp_notes()
		self.protect_notes()
		set_field_of_state(self)
		self.protect_assessment()
		self.refuse_own_check()
		self.keep_objection()
		self.complete()

	def reference(self) -> Document:
		"""Return the checked record.

		:raises frappe.DoesNotExistError: it was deleted.
		"""
		return frappe.get_doc(self.reference_doctype, self.reference_name)

	def fill_from_record(self) -> None:
		"""Take title, customer and person in charge over; a check made by hand needs the right to read the record."""
		doc = self.reference()
		if not self.flags.ignore_permissions:
			check_permission(doc.doctype, "read", doc=doc)
		self.reference_title = str(doc.get(doc.meta.get_title_field()) or doc.name)[:140]
		self.customer = doc.name if doc.doctype == "Service Customer" else doc.get("customer")
		self.customer_name = doc.get("customer_name")
		self.checked_person = self.checked_person or next(
			(doc.get(field) for field in PERSON_FIELDS if doc.get(field)), None
		)

	def take_snapshot(self) -> None:
		"""Keep the record's values, so that a later change of it shows."""
		doc = self.reference()
		self.snapshot = check_evidence.snapshot_of(doc)
		self.originals_count = len(check_evidence.originals_of(doc))

	def stamp_notes(self) -> None:
		"""Say who wrote a new note and when."""
		known = {row.name for row in self.notes_before()}
		for row in self.notes:
			if row.name not in known:
				row.user, row.note_time = frappe.session.user, now_datetime()

	def protect_notes(self) -> None:
		"""Refuse changed and removed notes.

		:raises CheckNoteError: always then, whoever the user is.
		"""
		now = {row.name: row for row in self.notes}
		for row in self.notes_before():
			if row.name not in now or note_values(now[row.name]) != note_values(row):
				frappe.throw(
					_("Notes cannot be changed or removed. Add another note instead."),
					CheckNoteError,
					title=_("Notes"),
				)

	def protect_assessment(self) -> None:
		"""What was found stays as it is while the check is complete; "Reopen" or an objection opens it again.

		:raises CheckIncompleteError: it differs.
		"""
		before = self.get_doc_before_save()
		if not (before and before.checked and self.checked):
			return
		if any(self.has_value_changed(field) for field in ASSESSMENT) or findings(self) != findings(before):
			frappe.throw(
				_("The check is complete. Reopen it before you change what was found."),
				CheckIncompleteError,
				title=_("Check Complete"),
			)

	def refuse_own_check(self) -> None:
		"""A person fills in no check form about their own work (S1.10).

		:raises OwnRecordError: the user is the person in charge and changed what was found.
		"""
		before = self.get_doc_before_save()
		# The stored person counts as well: nobody gets rid of a check by naming somebody else.
		persons = {self.checked_person, before and before.checked_person}
		if frappe.session.user not in persons or self.flags.ignore_permissions:
			return
		changed = before and (
			any(self.has_value_changed(field) for field in (*ASSESSMENT, "objection_answer"))
			or findings(self) != findings(before)
		)
		if not before or changed or (self.checked and not before.checked):
			frappe.throw(
				_("You are in charge of {0} yourself. Let somebody else check it.").format(
					frappe.bold(self.reference_name)
				),
				OwnRecordError,
				title=_("Own Record"),
			)

	def keep_objection(self) -> None:
		"""Only the person in charge objects, to a complete check, with reasons.

		:raises ObjectionError: somebody else wrote it, or there is none.
		"""
		before = self.get_doc_before_save()
		if not before:
			self.objection = None
			return
		if self.has_value_changed("objection"):
			if self.checked_person != frappe.session.user or not before.checked:
				frappe.throw(
					_("Only the person in charge can object, after the check is complete."), ObjectionError
				)
			self.objection_by, self.objection_on = frappe.session.user, now_datetime()
		objecting = before.checked and not self.checked and self.checked_person == frappe.session.user
		if objecting and not (self.objection or "").strip():
			frappe.throw(_("Fill in {0} and save first.").format(frappe.bold(_("Objection"))), ObjectionError)

	def complete(self) -> None:
		"""Work out score and result when the check becomes complete.

		:raises CheckIncompleteError: names what is missing.
		"""
		before = self.get_doc_before_save()
		if not self.checked:
			self.score, self.result, self.checked_by, self.checked_on = 0, None, None, None
			return
		if before and before.checked:
			return
		missing = self.missing()
		if missing:
			frappe.throw(
				_("The check is not complete yet:")
				+ "<ul>"
				+ "".join(f"<li>{frappe.utils.escape_html(text)}</li>" for text in missing)
				+ "</ul>",
				CheckIncompleteError,
				title=_("Not Complete"),
			)
		self.score = score_of(self.findings)
		self.result = "Passed" if self.is_passed() else "Failed"
		self.checked_by, self.checked_on = frappe.session.user, now_datetime()

	def missing(self) -> list[str]:
		"""Return what has to be filled in before the check is complete, for the user to read."""
		missing = [
			_("Fill in {0}.").format(_(self.meta.get_label(field)))
			for field in ("information_right", "originals_complete")
			if not self.get(field)
		]
		for row in self.findings:
			if not row.finding:
				missing.append(_("Row {0}: fill in the finding.").format(row.idx))
			elif row.finding == "Not OK" and not (row.remark or "").strip():
				missing.append(_("Row {0}: say in the remark what is not OK.").format(row.idx))
		return missing

	def is_passed(self) -> bool:
		"""Whether information and originals are right, every mandatory criterion is OK and the score is reached."""
		return (
			self.information_right == "Yes"
			and self.originals_complete != "No"
			and not any(row.mandatory and row.finding == "Not OK" for row in self.findings)
			and flt(self.score) >= flt(self.pass_score)
		)

	def notes_before(self) -> list[Document]:
		"""Return the notes as they are stored."""
		stored = self.get_doc_before_save()
		return stored.notes if stored else []


def score_of(rows: list[Document]) -> float:
	"""Return the share of the weights that is OK, in per cent; 100 when no criterion applies."""
	applicable = sum(flt(row.weight) for row in rows if row.finding in ("OK", "Not OK"))
	fine = sum(flt(row.weight) for row in rows if row.finding == "OK")
	return flt(100 * fine / applicable, 2) if applicable else 100.0


def findings(doc: Document) -> list[tuple]:
	"""Return what must not change of the findings, whatever type a client gave the values."""
	return [
		(row.criterion or "", flt(row.weight), int(row.mandatory or 0), row.finding or "", row.remark or "")
		for row in doc.findings
	]


def note_values(row: Document) -> tuple:
	"""Return what must stay of a note."""
	return (row.note or "", row.user or "", get_datetime(row.note_time))


def sees_all(user: str | None = None) -> bool:
	"""Whether a user sees everybody's check records: whoever may make reports of them (Role Permissions Manager)."""
	user = user or frappe.session.user
	return user == "Administrator" or bool(
		get_role_permissions(frappe.get_meta("Check Record"), user=user).get("report")
	)


def query_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""`permission_query_conditions`: others see the checks of their own work only."""
	if sees_all(user):
		return ""
	return f"`tabCheck Record`.checked_person = {frappe.db.escape(user or frappe.session.user)}"


def has_permission(doc: Document, ptype: str | None = None, user: str | None = None) -> bool | None:
	"""`has_permission`: the same for one document."""
	user = user or frappe.session.user
	return None if sees_all(user) or doc.checked_person == user else False


@frappe.whitelist(methods=["POST"])
def add_note(check_record: str, note: str) -> None:
	"""Add a note under the user's name and the present time ("Add a Note", S1.10).

	:param check_record: name of the Check Record.
	:param note: text.
	:raises frappe.PermissionError: the user may not write the check record.
	:raises CheckNoteError: the note is empty.
	:raises AuditLockError: the check is audited.
	"""
	doc = frappe.get_doc("Check Record", check_record, for_update=True)
	doc.check_permission("write")
	if not (note or "").strip():
		frappe.throw(_("Write the note first."), CheckNoteError)
	doc.append("notes", {"note": note.strip()})
	doc.save()


def on_doctype_update():
	frappe.db.add_unique("Check Record", ["draw", "reference_name"], constraint_name="once_per_draw")
	for fields in (
		("status", "modified"),
		("checked_person", "status"),
		("checker", "status"),
		("customer", "creation"),
		("reference_doctype", "reference_name"),
	):
		frappe.db.add_index("Check Record", fields)
