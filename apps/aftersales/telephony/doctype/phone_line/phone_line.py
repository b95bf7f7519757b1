import frappe
import phonenumbers
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

# After that no telephone rings any more; see aftersales.telephony.calls.RINGS_AT_MOST.
LONGEST_WAIT = 300


class DuplicateLineError(frappe.DuplicateEntryError):
	"""Another Phone Line stands for the same line of the same device."""


class AgentWithoutAccessError(frappe.ValidationError):
	"""A user of the line may not see calls."""


class RingStepError(frappe.ValidationError):
	"""A step names nobody, or two at once, or comes after the ringing is over."""


class PhoneLine(Document):
	def validate(self):
		self.source_line = (self.source_line or "").strip()
		self.validate_place()
		self.validate_unique()
		self.validate_agents()
		self.validate_steps()
		self.validate_hours()

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
		check_access(agents)

	def validate_steps(self) -> None:
		"""Each step tells a user or a group, in the order of time (S7.01).

		:raises RingStepError: names the row.
		:raises AgentWithoutAccessError: names the user.
		"""
		for step in self.ring_steps:
			step.after_seconds = cint(step.after_seconds)
			if bool(step.user) == bool(step.agent_group):
				frappe.throw(
					_("Row {0} of {1}: choose a group or an agent.").format(step.idx, _("Ring Steps")),
					RingStepError,
				)
			if not 0 <= step.after_seconds <= LONGEST_WAIT:
				frappe.throw(
					_("Row {0} of {1}: choose between 0 and {2} seconds.").format(
						step.idx, _("Ring Steps"), LONGEST_WAIT
					),
					RingStepError,
				)
		self.ring_steps.sort(key=lambda step: step.after_seconds)
		for index, step in enumerate(self.ring_steps, start=1):
			step.idx = index
		check_access([step.user for step in self.ring_steps if step.user])

	def validate_hours(self) -> None:
		"""What happens outside the hours needs hours, and a group if one is to be told.

		:raises frappe.MandatoryError: the group is missing.
		"""
		if not self.working_time:
			self.outside_hours = "Ring"
		if self.outside_hours != "Ring Group":
			self.outside_group = None
		elif not self.outside_group:
			frappe.throw(_("Choose the group that is told outside the working hours."), frappe.MandatoryError)

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


def check_access(users: list[str]) -> None:
	"""Refuse users who would be told of calls that they may not see.

	:raises AgentWithoutAccessError: names the first of them.
	"""
	for user in users:
		if not frappe.has_permission("Service Call", "read", user=user):
			frappe.throw(
				_("{0} may not read Service Calls. Give the user a role of the service desk first.").format(
					frappe.bold(frappe.utils.escape_html(user))
				),
				AgentWithoutAccessError,
				title=_("Access Missing"),
			)


def on_doctype_update():
	"""A line of a device is one Phone Line; also the read of each incoming event."""
	frappe.db.add_unique("Phone Line", ["bridge", "source_line"])
