frappe.provide("frappe.treeview_settings");

frappe.treeview_settings["Product Category"] = {
	title: __("Product Category"),
	ignore_fields: ["parent_product_category"],
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
