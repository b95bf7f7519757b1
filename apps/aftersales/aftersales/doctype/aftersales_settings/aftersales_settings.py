import frappe
import phonenumbers
from frappe import _
from frappe.model.document import Document

from aftersales.utils.text import clean_text


class UnknownCountryCodeError(frappe.ValidationError):
	"""No telephone numbering plan has this code."""


class UnknownRecordTypeError(frappe.ValidationError):
	"""Service Ticket has no such record type."""


class AftersalesSettings(Document):
	def validate(self):
		self.validate_default_region()
		self.validate_default_area_code()
		self.validate_record_types()

	def validate_default_region(self) -> None:
		"""Numbers without a country prefix are read by this country's numbering plan.

		:raises UnknownCountryCodeError: the library of numbering plans does not know the code.
		"""
		self.default_region = clean_text(self.default_region).upper()
		if self.default_region not in phonenumbers.SUPPORTED_REGIONS:
			frappe.throw(
				_(
					"{0} is no country code. Type two letters, for example CN for China or DE for Germany."
				).format(frappe.bold(frappe.utils.escape_html(self.default_region))),
				UnknownCountryCodeError,
				title=_("Unknown Country Code"),
			)

	def validate_default_area_code(self) -> None:
		"""An area code consists of digits; it may be typed with spaces and hyphens."""
		code = clean_text(self.default_area_code).replace(" ", "").replace("-", "")
		if code and not (code.isascii() and code.isdigit()):
			frappe.throw(
				_("{0} is no area code. Type digits only, for example 0411.").format(
					frappe.bold(frappe.utils.escape_html(code))
				)
			)
		self.default_area_code = code or None

	def validate_record_types(self) -> None:
		"""Each line of `lot_no_required_for` is a record type of Service Ticket (S1.26).

		:raises UnknownRecordTypeError: lists the record types that exist.
		"""
		known = frappe.get_meta("Service Ticket").get_options("record_type").split("\n")
		wanted = self.get_lot_no_record_types()
		unknown = [record_type for record_type in wanted if record_type not in known]
		if unknown:
			frappe.throw(
				_("{0} is no record type. Type one of these in each line: {1}").format(
					frappe.bold(frappe.utils.escape_html(unknown[0])), ", ".join(filter(None, known))
				),
				UnknownRecordTypeError,
				title=_("Unknown Record Type"),
			)
		self.lot_no_required_for = "\n".join(wanted)

	def get_lot_no_record_types(self) -> list[str]:
		"""Return the record types on which the lot number must be filled in."""
		lines = (clean_text(line) for line in (self.lot_no_required_for or "").splitlines())
		return list(dict.fromkeys(filter(None, lines)))
