frappe.listview_settings["Service Receivable"] = {
	add_fields: ["status", "outstanding", "due_date"],
	get_indicator(doc) {
		const overdue = doc.outstanding > 0 && doc.due_date < frappe.datetime.get_today();
		const colour = overdue
			? "red"
			: { Unpaid: "orange", "Partly Paid": "orange", Paid: "green" }[doc.status] || "gray";
		return [__(doc.status, null, "Service Receivable"), colour, `status,=,${doc.status}`];
	},
	onload(list) {
		if (!frappe.model.can_write("Service Receivable")) return;
		list.page.add_inner_button(__("Settle Agreements"), () =>
			frappe.prompt(
				{
					fieldname: "until",
					fieldtype: "Date",
					label: __("Due until"),
					default: frappe.datetime.get_today(),
					reqd: 1,
				},
				(values) =>
					frappe
						.xcall("aftersales.service_network.agreement_settlement.settle_due", values)
						.then((answer) => {
							frappe.show_alert({
								message: __("Receivables made: {0}, payments still due: {1}", [
									answer.made.length,
									answer.left,
								]),
								indicator: "green",
							});
							list.refresh();
						}),
				__("Settle Agreements"),
				__("Make Receivables")
			)
		);
	},
};
