frappe.listview_settings["FAQ Proposal"] = {
	add_fields: ["times", "likeness"],
	hide_name_column: true,
};
