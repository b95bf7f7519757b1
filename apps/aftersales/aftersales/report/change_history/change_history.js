frappe.query_reports["Change History"] = {
	filters: [
		{
			fieldname: "kind",
			label: __("Kind of Record"),
			fieldtype: "Link",
			options: "DocType",
			get_query: () => ({ query: "aftersales.aftersales.own_doctypes.doctype_choices" }),
		},
		{ fieldname: "record", label: __("Record No."), fieldtype: "Data" },
		{ fieldname: "from_date", label: __("From Date"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date" },
		{ fieldname: "user", label: __("Changed by"), fieldtype: "Link", options: "User" },
	],
};
