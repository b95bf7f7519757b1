from frappe.model.document import Document


class DailyFigureMark(Document):
	"""Written by `aftersales.aftersales.figures.marks` only, with plain statements."""
