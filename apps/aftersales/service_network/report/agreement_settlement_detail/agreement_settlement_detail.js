frappe.query_reports["Agreement Settlement Detail"] = {
	filters: [
		...aftersales.reports.period(12),
		{
			fieldname: "state",
			label: __("Settlement State"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Not Due", label: __("Not Due", null, "Agreement Settlement Detail") },
				{ value: "Due", label: __("Due", null, "Agreement Settlement Detail") },
				{ value: "Settled", label: __("Settled", null, "Agreement Settlement Detail") },
				{ value: "Paid", label: __("Paid", null, "Agreement Settlement Detail") },
			],
		},
		aftersales.reports.link("agreement", __("Service Agreement"), "Service Agreement"),
		aftersales.reports.link("outlet", __("Outlet"), "Service Outlet"),
		aftersales.reports.link("customer", __("Customer"), "Service Customer"),
	],
	onload(report) {
		if (!frappe.model.can_write("Service Receivable")) return;
		report.page.add_inner_button(__("Settle Due Payments"), async () => {
			const answer = await frappe.xcall("aftersales.service_network.agreement_settlement.settle_due");
			frappe.show_alert({
				message: __("Receivables made: {0}, payments still due: {1}", [answer.made.length, answer.left]),
				indicator: "green",
			});
			report.refresh();
		});
	},
};
