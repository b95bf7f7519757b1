frappe.provide("frappe.treeview_settings");

frappe.treeview_settings["Part Category"] = {
	title: __("Part Category"),
	ignore_fields: ["parent_part_category"],
	fields: [
		{ fieldtype: "Data", fieldname: "category_name", label: __("Category Name"), reqd: 1 },
		{
			fieldtype: "Check",
			fieldname: "is_group",
			label: __("Is Group"),
			description: __("Only a group can have records below it."),
		},
	],
};
