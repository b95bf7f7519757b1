"""Who is whose superior: answers from Service Staff and Service Department.

A superior is the person whom somebody reports to, else the head of the department. Who left or whose account is disabled is
passed over, upwards.
"""

from dataclasses import dataclass, field

import frappe
from frappe.utils import getdate, nowdate


@dataclass
class Organisation:
	"""The whole organisation, read once: for work that asks about many people.

	:param staff: user -> row of Service Staff.
	:param departments: name -> row of Service Department.
	:param enabled: users whose account is enabled, of all who are asked about.
	"""

	staff: dict[str, dict] = field(default_factory=dict)
	departments: dict[str, dict] = field(default_factory=dict)
	enabled: set[str] = field(default_factory=set)

	@classmethod
	def load(cls) -> "Organisation":
		"""Read it in three statements, whatever its size."""
		fields = ["user", "department", "reports_to", "enabled", "left_on", "full_name"]
		staff = {row.user: row for row in frappe.get_all("Service Staff", fields=fields)}
		departments = {
			row.name: row
			for row in frappe.get_all(
				"Service Department", fields=["name", "parent_service_department", "head", "deputy"]
			)
		}
		enabled = set(
			frappe.get_all("User", filters={"enabled": 1, "user_type": "System User"}, pluck="name")
		)
		return cls(staff, departments, enabled)

	def is_available(self, user: str | None) -> bool:
		"""See `is_available`."""
		if not user or user not in self.enabled:
			return False
		row = self.staff.get(user)
		return not row or works(row)

	def department_of(self, user: str | None) -> str | None:
		"""See `department_of`."""
		row = self.staff.get(user)
		return row["department"] if row else None

	def head_of(self, department: str | None, but: str | None = None) -> str | None:
		"""See `head_of`.

		:param but: somebody who is not wanted as an answer, since it is their own superior that is looked for.
		"""
		seen = set()
		while department and department not in seen:
			seen.add(department)
			row = self.departments.get(department)
			if not row:
				return None
			for user in (row["head"], row["deputy"]):
				if user != but and self.is_available(user):
					return user
				if user == but and user:
					break  # the deputy is no superior of the head
			department = row["parent_service_department"]
		return None

	def superior_of(self, user: str | None) -> str | None:
		"""See `superior_of`."""
		seen, above = {user}, self.staff.get(user, {}).get("reports_to")
		while above and above not in seen:
			if self.is_available(above):
				return above
			seen.add(above)
			above = self.staff.get(above, {}).get("reports_to")
		return self.head_of(self.department_of(user), but=user)


def works(row: dict) -> bool:
	"""Return whether a row of Service Staff says that the person still works here."""
	return bool(row["enabled"]) and not (row["left_on"] and getdate(row["left_on"]) <= getdate(nowdate()))


def is_available(user: str | None) -> bool:
	"""Return whether work and warnings can go to a user: enabled account, and not left as far as Service Staff knows.

	:param user: name of a User; None and unknown names are not available.
	"""
	if not user or not frappe.db.get_value("User", user, "enabled"):
		return False
	row = frappe.db.get_value("Service Staff", user, ["enabled", "left_on"], as_dict=True)
	return not row or works(row)


def department_of(user: str | None) -> str | None:
	"""Return the Service Department of a user, or None."""
	return frappe.db.get_value("Service Staff", user, "department") if user else None


def head_of(department: str | None) -> str | None:
	"""Return who heads a department: its head, the deputy when the head is not available, else those of the one above it.

	:param department: name of a Service Department.
	:returns: a user who is available, or None.
	"""
	return Organisation.load().head_of(department) if department else None


def superior_of(user: str | None) -> str | None:
	"""Return whom somebody reports to, passing over who is not available; else the head of the department.

	:param user: name of a User.
	:returns: another user, who is available, or None.
	"""
	return Organisation.load().superior_of(user) if user else None


def subordinates_of(user: str | None, deep: bool = True) -> set[str]:
	"""Return who reports to somebody, and who belongs to a department that they head.

	:param user: name of a User.
	:param deep: with those below them, to any depth; else the nearest only.
	:returns: users, never `user` among them, whether available or not.
	"""
	if not user:
		return set()
	organisation = Organisation.load()
	below = _people_below(organisation)
	found, waiting = set(), [user]
	while waiting:
		nearest = below.get(waiting.pop(), set()) - found - {user}
		found |= nearest
		if deep:
			waiting += nearest
	return found


def _people_below(organisation: Organisation) -> dict[str, set[str]]:
	"""Return the people right below each person."""
	below: dict[str, set[str]] = {}
	for row in organisation.staff.values():
		department = organisation.departments.get(row["department"]) or {}
		above = row["reports_to"] or department.get("head")
		if row["user"] == department.get("head"):
			above = row["reports_to"] or _head_above(organisation, department)
		if above:
			below.setdefault(above, set()).add(row["user"])
	return below


def _head_above(organisation: Organisation, department: dict) -> str | None:
	above = organisation.departments.get(department.get("parent_service_department"))
	return above.get("head") if above else None
