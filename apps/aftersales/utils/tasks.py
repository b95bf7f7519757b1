"""Tasks of people (Frappe's assignments, which are ToDos): made, closed and taken back by the app, whoever is logged in.

Newer releases of Frappe 15 check there whether the session's user may read the document, unless they are told not to;
15.0.0-dev neither checks nor knows the argument. A ticket that comes in through the portal shall reach somebody's list
in both.
"""

from collections.abc import Callable
from inspect import signature

from frappe.desk.form import assign_to


def add(user: str, doctype: str, name: str, description: str, **values) -> None:
	"""Put a document into a user's task list and tell them; nothing happens if it is there.

	:param description: text, with HTML escaped by the caller.
	:param values: `priority`, `date`, `assigned_by` of the ToDo.
	"""
	task = {"assign_to": [user], "doctype": doctype, "name": name, "description": description, **values}
	_freely(assign_to.add)(task)


def remove(user: str, doctype: str, name: str) -> None:
	"""Take a document off a user's task list."""
	_freely(assign_to.remove)(doctype, name, user)


def close(doctype: str, name: str) -> None:
	"""Close the tasks that everybody has with a document: it is done."""
	_freely(assign_to.close_all_assignments)(doctype, name)


def _freely(function: Callable) -> Callable:
	if "ignore_permissions" not in signature(function).parameters:
		return function
	return lambda *arguments: function(*arguments, ignore_permissions=True)
