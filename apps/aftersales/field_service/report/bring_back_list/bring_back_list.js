frappe.query_reports["Bring-back List"] = {
	filters: [
		{ fieldname: "months", label: __("Months without a Visit"), fieldtype: "Int", default: 12 },
		{ fieldname: "days", label: __("Warranty Ends within (Days)"), fieldtype: "Int", default: 30 },
		{
			fieldname: "reason",
			label: __("Why"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Not Seen", label: __("No visit for long") },
				{ value: "Maintenance", label: __("Maintenance overdue") },
				{ value: "Warranty", label: __("Warranty ends soon") },
			],
		},
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{ fieldname: "region", label: __("Region"), fieldtype: "Link", options: "Service Region" },
		{
			fieldname: "product_category",
			label: __("Product Category"),
			fieldtype: "Link",
			options: "Product Category",
		},
	],

	onload(report) {
		if (frappe.model.can_create("Follow-up")) {
			report.page.add_inner_button(__("Plan Follow-ups"), () => this.plan(this.chosen(report)));
		}
		if (frappe.model.can_create("Message Batch")) {
			report.page.add_inner_button(__("Send Message"), () => {
				const customers = [...new Set(this.chosen(report).map((row) => row.customer))];
				if (customers.length) aftersales.messages.send_to_many(customers);
			});
		}
	},

	chosen(report) {
		const rows = report.get_checked_items();
		if (!rows.length) frappe.show_alert({ message: __("Tick some rows first."), indicator: "orange" });
		return rows;
	},

	plan(rows) {
		if (!rows.length) return;
		frappe.prompt(
			[
				{
					fieldname: "due_date",
					fieldtype: "Date",
					label: __("Call On"),
					reqd: 1,
					default: frappe.datetime.get_today(),
				},
				{ fieldname: "user", fieldtype: "Link", options: "User", label: __("Who Calls") },
			],
			({ due_date, user }) =>
				frappe
					.xcall("aftersales.field_service.bring_back.plan_follow_ups", {
						devices: rows.map((row) => row.name),
						due_date,
						user,
					})
					.then(({ planned, waiting }) =>
						frappe.show_alert({
							message: __("Follow-ups planned: {0}. Planned before: {1}.", [planned, waiting]),
							indicator: "green",
						})
					),
			__("Plan Follow-ups")
		);
	},

	get_datatable_options(options) {
		return { ...options, checkboxColumn: true };
	},
};
