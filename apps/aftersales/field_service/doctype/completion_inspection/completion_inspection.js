frappe.ui.form.on("Completion Inspection", {
	setup(frm) {
		frm.set_query("service_order", () => ({
			filters: { order_kind: "Workshop", stage: ["in", ["Received", "In Work", "Waiting"]] },
		}));
	},
	onload(frm) {
		if (frm.is_new()) frm.trigger("service_order");
	},
	service_order(frm) {
		if (!frm.doc.service_order || frm.doc.lines?.some((row) => row.item)) return;
		frappe
			.xcall("aftersales.field_service.workshop_board.checks_of", { order: frm.doc.service_order })
			.then((rows) => {
				frm.clear_table("lines");
				for (const row of rows) frm.add_child("lines", row);
				frm.refresh_field("lines");
			});
	},
	refresh(frm) {
		if (!frm.is_new()) frm.disable_form();
	},
});
