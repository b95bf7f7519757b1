frappe.provide("frappe.treeview_settings");

frappe.treeview_settings["Service Outlet"] = {
	title: __("Service Outlet"),
	ignore_fields: ["parent_service_outlet"],
	fields: [
		{ fieldtype: "Data", fieldname: "outlet_name", label: __("Outlet Name"), reqd: 1 },
		{
			fieldtype: "Select",
			fieldname: "outlet_kind",
			label: __("Outlet Kind"),
			options: ["Headquarters", "Region", "Branch", "Service Centre", "Outlet"],
			default: "Outlet",
			reqd: 1,
		},
		{ fieldtype: "Data", fieldname: "outlet_code", label: __("Outlet Code") },
		{
			fieldtype: "Check",
			fieldname: "is_group",
			label: __("Is Group"),
			description: __("Only a group can have records below it."),
		},
	],
};
