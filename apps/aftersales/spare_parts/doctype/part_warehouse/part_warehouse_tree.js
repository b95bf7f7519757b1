frappe.provide("frappe.treeview_settings");

frappe.treeview_settings["Part Warehouse"] = {
	title: __("Part Warehouse"),
	ignore_fields: ["parent_part_warehouse"],
	fields: [
		{ fieldtype: "Data", fieldname: "warehouse_name", label: __("Warehouse Name"), reqd: 1 },
		{
			fieldtype: "Select",
			fieldname: "warehouse_kind",
			label: __("Warehouse Kind"),
			options: ["Headquarters", "Branch", "Outlet", "In Transit", "Defective"].map((kind) => ({
				value: kind,
				label: __(kind),
			})),
			default: "Outlet",
			reqd: 1,
		},
		{ fieldtype: "Link", fieldname: "outlet", label: __("Outlet"), options: "Service Outlet" },
		{
			fieldtype: "Check",
			fieldname: "is_group",
			label: __("Is Group"),
			description: __("Only a group can have records below it; it holds no stock itself."),
		},
	],
};
