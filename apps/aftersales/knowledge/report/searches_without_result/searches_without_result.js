frappe.query_reports["Searches Without Result"] = {
	filters: [
		...aftersales.reports.period(),
		{
			fieldname: "source",
			label: __("Where"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Console", label: __("Console") },
				{ value: "Ticket", label: __("Ticket") },
				{ value: "Complaint", label: __("Complaint") },
				{ value: "Search", label: __("Search") },
				{ value: "Portal", label: __("Portal") },
			],
		},
	],
	get_datatable_options(options) {
		return { ...options, checkboxColumn: true };
	},
	onload(report) {
		report.page.add_inner_button(__("Write FAQ"), () => {
			const [row] = report.datatable ? report.get_checked_items() : [];
			if (!row) frappe.msgprint(__("Tick the search that the new entry shall answer."));
			else frappe.new_doc("FAQ", { question: row.text, keywords: row.text });
		});
	},
};
