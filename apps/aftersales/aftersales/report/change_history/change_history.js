frappe.query_reports["Change History"] = {
	filters: [
		{
			fieldname: "kind",
			label: __("Kind of Record"),
			fieldtype: "Link",
			options: "DocType",
			get_query: () => ({ query: "aftersales.aftersales.own_doctypes.doctype_choices" }),
		},
		{
			fieldname: "record",
			label: __("Record No."),
			fieldtype: "Dynamic Link",
			get_options: () => frappe.query_report.get_filter_value("kind"),
		},
		{ fieldname: "from_date", label: __("From Date"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date" },
		{ fieldname: "user", label: __("Changed by"), fieldtype: "Link", options: "User" },
	],

	onload(report) {
		// Opened from the workspace without a record: the last week.
		if (frappe.route_options || report.get_filter_value("record")) return;
		report.set_filter_value({
			from_date: frappe.datetime.add_days(frappe.datetime.get_today(), -7),
			to_date: frappe.datetime.get_today(),
		});
	},
};
