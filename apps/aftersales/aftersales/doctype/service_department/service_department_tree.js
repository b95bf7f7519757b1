frappe.provide("frappe.treeview_settings");

frappe.treeview_settings["Service Department"] = {
	title: __("Service Department"),
	ignore_fields: ["parent_service_department"],
	fields: [
		{ fieldtype: "Data", fieldname: "department_name", label: __("Department Name"), reqd: 1 },
		{ fieldtype: "Link", fieldname: "head", label: __("Head"), options: "User" },
		{
			fieldtype: "Check",
			fieldname: "is_group",
			label: __("Is Group"),
			description: __("Only a group can have records below it."),
		},
	],
};
