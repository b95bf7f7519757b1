import frappe
import phonenumbers
from frappe import _
from frappe.model.document import Document


class DuplicateLineError(frappe.DuplicateEntryError):
	"""Another Phone Line stands for the same line of the same device."""


class AgentWithoutAccessError(frappe.ValidationError):
	"""A user of the line may not see calls."""


class PhoneLine(Document):
	def validate(self):
		self.source_line = (self.source_line or "").strip()
		self.validate_place()
		self.validate_unique()
		self.validate_agents()

	def on_update(self):
		self.adopt_calls()

	def validate_place(self) -> None:
		"""Numbers without prefix are read with the line's country and area code.

		:raises frappe.ValidationError: unknown country code, or an area code that is not digits.
		"""
		self.country_code = (self.country_code or "").strip().upper()
		if self.country_code and self.country_code not in phonenumbers.SUPPORTED_REGIONS:
			frappe.throw(
				_(
					"{0} is no country code. Type two letters, for example CN for China or DE for Germany."
				).format(frappe.bold(frappe.utils.escape_html(self.country_code)))
			)
		self.area_code = (self.area_code or "").replace(" ", "").replace("-", "")
		if self.area_code and not (self.area_code.isascii() and self.area_code.isdigit()):
			frappe.throw(
				_("{0} is no area code. Type digits only, for example 0411.").format(
					frappe.bold(frappe.utils.escape_html(self.area_code))
				)
			)

	def validate_unique(self) -> None:
		"""
		:raises DuplicateLineError: names the other Phone Line.
		"""
		other = frappe.db.get_value(
			"Phone Line",
			{"bridge": self.bridge, "source_line": self.source_line, "name": ("!=", self.name or "")},
			["name", "line_title"],
		)
		if other:
			frappe.throw(
				_("Line {0} of bridge {1} is already {2} ({3}).").format(
					frappe.utils.escape_html(self.source_line),
					self.bridge,
					frappe.bold(frappe.utils.escape_html(other[1])),
					other[0],
				),
				DuplicateLineError,
				title=_("Line Taken"),
			)

	def validate_agents(self) -> None:
		"""Each user once, and only users who may see calls.

		:raises AgentWithoutAccessError: names the user.
		"""
		agents = list(dict.fromkeys(row.user for row in self.agents))
		if len(agents) < len(self.agents):
			self.set("agents", [{"user": user} for user in agents])
		for user in agents:
			if not frappe.has_permission("Service Call", "read", user=user):
				frappe.throw(
					_(
						"{0} may not read Service Calls. Give the user a role of the service desk first."
					).format(frappe.bold(frappe.utils.escape_html(user))),
					AgentWithoutAccessError,
					title=_("Access Missing"),
				)

	def adopt_calls(self) -> None:
		"""Calls that came in before the line was set up belong to it from now on."""
		before = self.get_doc_before_save()
		if before and (before.bridge, before.source_line) == (self.bridge, self.source_line):
			return
		call = frappe.qb.DocType("Service Call")
		(
			frappe.qb.update(call)
			.set(call.phone_line, self.name)
			.where(
				(call.bridge == self.bridge)
				& (call.source_line == self.source_line)
				& (call.phone_line.isnull() | (call.phone_line == ""))
			)
		).run()


def on_doctype_update():
	"""A line of a device is one Phone Line; also the read of each incoming event."""
	frappe.db.add_unique("Phone Line", ["bridge", "source_line"])
