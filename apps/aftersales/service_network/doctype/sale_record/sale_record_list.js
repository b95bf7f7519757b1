frappe.listview_settings["Sale Record"] = {
	add_fields: ["status", "outstanding", "due_date"],
	has_indicator_for_draft: 1,
	get_indicator(doc) {
		const colour =
			{ Unpaid: "red", "Partly Collected": "orange", Collected: "green", Cancelled: "red", Returned: "darkgrey" }[
				doc.status
			] || "gray";
		return [__(doc.status, null, "Sale Record"), colour, `status,=,${doc.status}`];
	},
};
