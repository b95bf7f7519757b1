"""Times on forms, as they are typed and shown."""

from tests.browser.desk import MANAGER

CONTROL = """
value => {
	const control = frappe.ui.form.make_control({
		df: { fieldtype: "Datetime", fieldname: "moment", label: "Moment" },
		parent: $("<div>").appendTo(document.body),
		render_input: true,
	});
	return control.set_value(value).then(() => [control.$input.val(), control.get_value()]);
}
"""


def test_a_time_keeps_its_seconds(desk):
	"""What a form shows is what is stored, so a form is not unsaved as soon as it opens."""
	page = desk(MANAGER).open("/app/service-customer-group")
	for moment in ("2026-11-22 09:30:07", "2026-11-22 23:59:59", "2026-01-01 00:00:00"):
		shown, value = page.evaluate(CONTROL, moment)
		assert shown.endswith(moment[-8:]), shown
		assert value == moment
