frappe.provide("frappe.treeview_settings");

frappe.treeview_settings["Service Customer Group"] = {
	title: __("Service Customer Group"),
	ignore_fields: ["parent_service_customer_group"],
	fields: [
		{ fieldtype: "Data", fieldname: "group_name", label: __("Group Name"), reqd: 1 },
		{
			fieldtype: "Select",
			fieldname: "basis",
			label: __("Basis"),
			options: "\nSalesperson\nRegion\nIndustry\nCustomer Level\nOther",
		},
		{
			fieldtype: "Check",
			fieldname: "is_group",
			label: __("Is Group"),
			description: __("Only a group can have records below it."),
		},
	],
};
