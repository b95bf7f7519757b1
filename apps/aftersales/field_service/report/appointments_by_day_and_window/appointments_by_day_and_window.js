frappe.query_reports["Appointments by Day and Window"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.add_days(frappe.datetime.get_today(), -14),
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.add_days(frappe.datetime.get_today(), 14),
		},
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: [
				{ value: "Day and Window", label: __("Day and Window") },
				{ value: "Weekday and Window", label: __("Weekday and Window") },
				{ value: "Kind", label: __("Kind") },
				{ value: "Channel", label: __("Channel") },
				{ value: "Region", label: __("Region") },
				{ value: "Product Category", label: __("Product Category") },
				{ value: "Appointment Plan", label: __("Appointment Plan") },
				{ value: "Outlet", label: __("Outlet") },
			],
			default: "Day and Window",
		},
		{
			fieldname: "appointment_kind",
			label: __("Kind"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "On-site Visit", label: __("On-site Visit") },
				{ value: "Workshop", label: __("Workshop") },
				{ value: "Telephone", label: __("Telephone") },
				{ value: "Shop", label: __("Shop") },
			],
		},
		{ fieldname: "plan", label: __("Appointment Plan"), fieldtype: "Link", options: "Appointment Plan" },
		{ fieldname: "region", label: __("Region"), fieldtype: "Link", options: "Service Region" },
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
	],
};
