frappe.listview_settings["Agent Phone State"] = {
	add_fields: ["do_not_disturb", "until", "in_call"],
	get_indicator(doc) {
		if (doc.in_call) return [__("In Call"), "green", "in_call,is,set"];
		const ended = doc.until && frappe.datetime.str_to_obj(doc.until) < frappe.datetime.now_datetime(true);
		return doc.do_not_disturb && !ended
			? [__("Do Not Disturb"), "red", "do_not_disturb,=,1"]
			: [__("Available"), "blue", "do_not_disturb,=,0"];
	},
};
