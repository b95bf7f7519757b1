"""Rules of work assignments that reach beyond the document: people, the assignee's task list, deadlines, parts (S2.01)."""

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document
from frappe.utils import get_fullname

from aftersales.aftersales import deadlines
from aftersales.aftersales.work import access
from aftersales.utils import tasks
from aftersales.utils.access import check_permission

DOCTYPE = "Work Assignment"
STEP = "Work"
OPEN = ("To Do", "In Progress")
# Of an assignment that somebody else gave, the assignee and others who see it may change these.
ASSIGNEE_FIELDS = frozenset(
	{
		"status",
		"stage",
		"notes",
		"result",
		"return_reason",
		"progress",
		"accepted_on",
		"done_on",
		"closed_on",
		"due_at",
		"deadline_state",
	}
)
TODO_PRIORITY = {"Low": "Low", "Normal": "Medium", "High": "High", "Critical": "High"}


class NotSubordinateError(frappe.PermissionError):
	"""Work is given to somebody who does not report to the assigner (S2.01)."""


class NotAssignerError(frappe.PermissionError):
	"""What the assigner decided is changed by somebody else."""


class ClosedWorkError(frappe.ValidationError):
	"""Work that is confirmed or cancelled is changed."""


class OpenPartsError(frappe.ValidationError):
	"""Work is finished while a part that was delegated is open."""


def check_assignee(doc: Document) -> None:
	"""Refuse work for anybody but oneself and those who report to one, directly or not (S2.01).

	On whatever way the assignment is made or given to somebody else: form, API, import, bulk edit. Who gives it to
	another person becomes its assigner.

	:raises NotSubordinateError: the assignee is somebody else, or has no access any more.
	"""
	if not doc.is_new() and not doc.has_value_changed("assignee"):
		return
	if not doc.is_new() and not doc.flags.ignore_permissions:
		doc.assigned_by = frappe.session.user
	doc.assigned_by_name = get_fullname(doc.assigned_by)
	if doc.assignee not in access.people_of(doc.assigned_by):
		frappe.throw(
			_("You can assign work to yourself and to people who report to you. {0} does not.").format(
				frappe.bold(get_fullname(doc.assignee))
			),
			NotSubordinateError,
			title=_("Not Permitted"),
		)
	if not frappe.db.get_value("User", doc.assignee, "enabled"):
		frappe.throw(
			_("{0} cannot log in any more. Choose somebody else.").format(
				frappe.bold(get_fullname(doc.assignee))
			),
			NotSubordinateError,
		)


def check_changes(doc: Document) -> None:
	"""Keep what the assigner decided from the assignee's hands, and closed work as it is.

	:raises ClosedWorkError: the work is confirmed or cancelled, and stays so.
	:raises NotAssignerError: a field that is the assigner's was changed by somebody else.
	"""
	before = doc.get_doc_before_save()
	if not before:
		return
	changed = [
		field.fieldname
		for field in doc.meta.get("fields", {"fieldtype": ("not in", frappe.model.no_value_fields)})
		if not field.fetch_from and doc.has_value_changed(field.fieldname)
	]
	changed += ["notes"] if _notes(doc) != _notes(before) else []
	if before.stage == "Closed" and doc.stage == "Closed" and changed:
		frappe.throw(_("This work is closed. Reopen it to change anything."), ClosedWorkError)
	if doc.flags.ignore_permissions or access.directs(before.assigned_by):
		return
	if foreign := [field for field in changed if field not in ASSIGNEE_FIELDS]:
		frappe.throw(
			_("Only {0}, who assigned the work, can change {1}. Return it with a reason instead.").format(
				frappe.bold(get_fullname(before.assigned_by)),
				frappe.bold(_(doc.meta.get_label(foreign[0]))),
			),
			NotAssignerError,
			title=_("Not Permitted"),
		)


def check_parent(doc: Document) -> None:
	"""Refuse a part of work that is not the assigner's own.

	:raises NotAssignerError: somebody else has got the work that it would be a part of.
	"""
	if not doc.parent_assignment or not doc.is_new():
		return
	if frappe.db.get_value(DOCTYPE, doc.parent_assignment, "assignee") != doc.assigned_by:
		frappe.throw(_("Only who has got the work can delegate a part of it."), NotAssignerError)


def check_parts_done(doc: Document) -> None:
	"""Refuse to finish work of which delegated parts are open.

	:raises OpenPartsError: with the first of them.
	"""
	part = frappe.db.get_value(
		DOCTYPE,
		{"parent_assignment": doc.name, "stage": ("not in", ("Done", "Closed"))},
		("name", "assignee_name"),
		as_dict=True,
	)
	if part and doc.has_value_changed("stage"):
		frappe.throw(
			_("The part {0} of {1} is not done yet.").format(
				frappe.bold(part.name), frappe.bold(part.assignee_name)
			),
			OpenPartsError,
		)


def keep_todo(doc: Document) -> None:
	"""Keep the work in the assignee's task list (Frappe's ToDo), with a notification, while it is for them to do."""
	wanted = doc.assignee if doc.stage in OPEN else None
	before = doc.get_doc_before_save()
	if before and (before.assignee if before.stage in OPEN else None) == wanted:
		return
	if before:
		tasks.close(doc.doctype, doc.name)
	if wanted:
		tasks.add(
			wanted,
			doc.doctype,
			doc.name,
			frappe.utils.escape_html(doc.subject),
			priority=TODO_PRIORITY.get(doc.priority, "Medium"),
			date=frappe.utils.getdate(doc.due_on) if doc.due_on else None,
			assigned_by=doc.assigned_by,
		)


def keep_deadline(doc: Document) -> None:
	"""Keep the clock of the work: it runs while the work is for the assignee to do, and ends when it is done."""
	before = doc.get_doc_before_save()
	running = doc.stage in OPEN and doc.due_on
	ran = before and before.stage in OPEN and before.due_on
	if running and not ran:
		deadlines.start_at(doc, STEP, doc.due_on, doc.assignee)
	elif running:
		if doc.has_value_changed("due_on"):
			deadlines.set_due(doc, STEP, doc.due_on)
		if before.assignee != doc.assignee:
			deadlines.reassign(doc, STEP, doc.assignee)
	elif ran and doc.stage == "Done":
		deadlines.finish(doc, STEP)
	elif ran:
		deadlines.cancel(doc, STEP)


def tell_other_side(doc: Document) -> None:
	"""Tell the assigner that work was returned or done, and the assignee that it came back."""
	before = doc.get_doc_before_save()
	if not before or before.stage == doc.stage:
		return
	texts = {
		"Returned": (doc.assigned_by, _("{0} returned the work {1}")),
		"Done": (doc.assigned_by, _("{0} finished the work {1}")),
	}
	if before.stage == "Done" and doc.stage == "In Progress":
		texts["In Progress"] = (doc.assignee, _("{0} sent the work {1} back"))
	if doc.stage not in texts:
		return
	user, text = texts[doc.stage]
	if user and user != frappe.session.user:
		enqueue_create_notification(
			[user],
			{
				"type": "Alert",
				"document_type": doc.doctype,
				"document_name": doc.name,
				"subject": text.format(
					frappe.bold(get_fullname()), frappe.bold(frappe.utils.escape_html(doc.subject))
				),
				"from_user": frappe.session.user,
				"email_content": frappe.utils.escape_html(doc.return_reason or doc.result or ""),
			},
		)


@frappe.whitelist(methods=["POST"])
def delegate(assignment: str, assignee: str, subject: str | None = None, due_on: str | None = None) -> str:
	"""Give a part of one's work to somebody below one; the work itself stays with its assignee.

	:param assignment: name of the work, which must be the session user's own.
	:param assignee: who shall do the part: the user themselves or somebody who reports to them.
	:param subject: what the part is about; as the whole work when empty.
	:param due_on: when it must be done; as the whole work when empty.
	:returns: name of the new Work Assignment.
	:raises frappe.PermissionError: the user may not make assignments, or this one is not theirs.
	:raises NotSubordinateError: `assignee` does not report to the user.
	:raises ClosedWorkError: the work is not open.
	"""
	check_permission(DOCTYPE, "create")
	work = frappe.get_doc(DOCTYPE, assignment)
	work.check_permission("write")
	if work.assignee != frappe.session.user:
		frappe.throw(_("Only who has got the work can delegate a part of it."), frappe.PermissionError)
	if work.stage not in OPEN:
		frappe.throw(_("This work is not open any more."), ClosedWorkError)
	part = frappe.new_doc(DOCTYPE)
	part.update(
		{
			**{
				field: work.get(field)
				for field in (
					"subject",
					"kind",
					"priority",
					"due_on",
					"content",
					"reference_doctype",
					"reference_name",
					"customer",
				)
			},
			"assignee": assignee,
			"parent_assignment": work.name,
		}
	)
	part.update({key: value for key, value in (("subject", subject), ("due_on", due_on)) if value})
	return part.insert().name


@frappe.whitelist()
def my_people() -> list[str]:
	"""Return the users whom the session's user may give work to: themselves and those who report to them.

	:raises frappe.PermissionError: the user may not make assignments.
	"""
	check_permission(DOCTYPE, "create")
	return sorted(access.people_of(frappe.session.user))


@frappe.whitelist()
@frappe.validate_and_sanitize_search_inputs
def people_query(
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict | None = None
) -> list:
	"""Return those whom the session's user may give work to, for a Link field (Frappe's custom query).

	:param txt: what was typed, part of a user's name or full name.
	:param filters: `but_me`: leave the user themselves out.
	:returns: rows of user and full name, enabled users only.
	:raises frappe.PermissionError: the user may not make assignments.
	"""
	check_permission(DOCTYPE, "create")
	people = access.people_of(frappe.session.user)
	if (filters or {}).get("but_me"):
		people.discard(frappe.session.user)
	return frappe.get_all(
		"User",
		filters={"name": ("in", list(people) or [""]), "enabled": 1},
		or_filters={"name": ("like", f"%{txt}%"), "full_name": ("like", f"%{txt}%")},
		fields=["name", "full_name"],
		order_by="full_name",
		start=start,
		page_length=page_len,
		as_list=True,
	)


def _notes(doc: Document) -> list[tuple]:
	return [(row.name, row.note) for row in doc.notes]
