frappe.provide("frappe.treeview_settings");

frappe.treeview_settings["Service Region"] = {
	title: __("Service Region"),
	ignore_fields: ["parent_service_region"],
	fields: [
		{ fieldtype: "Data", fieldname: "region_name", label: __("Region Name"), reqd: 1 },
		{ fieldtype: "Data", fieldname: "area_code", label: __("Area Code") },
		{
			fieldtype: "Check",
			fieldname: "is_group",
			label: __("Is Group"),
			description: __("Only a group can have records below it."),
		},
	],
};
