frappe.listview_settings["FAQ"] = {
	add_fields: ["published", "audience"],
	hide_name_column: true,
};
