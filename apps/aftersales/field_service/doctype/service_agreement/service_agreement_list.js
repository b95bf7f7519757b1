frappe.listview_settings["Service Agreement"] = {
	add_fields: ["stage", "end_date"],

	formatters: {
		end_date(value, _field, doc) {
			const over = doc.stage === "Active" && value < frappe.datetime.get_today();
			const text = frappe.format(value, { fieldtype: "Date" });
			return over ? `<span class="text-danger">${text}</span>` : text;
		},
	},
};
