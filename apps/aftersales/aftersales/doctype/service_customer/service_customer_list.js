frappe.listview_settings["Service Customer"] = {
	add_fields: ["black_listed", "gold_customer", "disabled"],
	// People are known by name and telephone; the record number is on the form.
	hide_name_column: true,
	filters: [["disabled", "=", 0]],

	get_indicator(doc) {
		if (doc.black_listed) {
			return [__("Black-listed"), "red", "black_listed,=,1"];
		}
		if (doc.disabled) {
			return [__("Disabled"), "gray", "disabled,=,1"];
		}
		if (doc.gold_customer) {
			return [__("Gold Customer"), "yellow", "gold_customer,=,1"];
		}
		return [__("Active"), "green", "disabled,=,0|black_listed,=,0"];
	},
};
