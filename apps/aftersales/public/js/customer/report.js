frappe.provide("aftersales");

/**
 * Open the customer report as PDF; says what is missing instead of opening an error page.
 * @param {{name: string, report_type: ?string}} customer
 */
aftersales.open_customer_report = (customer) => {
	if (!customer.report_type) {
		frappe.msgprint({
			title: __("Report Type Missing"),
			indicator: "orange",
			message: __(
				"Choose a report type on the customer's form first. Without it the customer report cannot be exported."
			),
		});
		return;
	}
	const method = "aftersales.aftersales.customer_report.export_report";
	window.open(`/api/method/${method}?customer=${encodeURIComponent(customer.name)}`);
};
