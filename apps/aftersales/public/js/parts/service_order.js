// Parts of a service order: where they come from, and keeping them until the visit.
(() => {
	const PARTS = "aftersales.spare_parts.order_parts";
	const OPEN = ["Open", "Dispatched", "Received", "In Work", "Waiting"];

	frappe.ui.form.on("Service Order", {
		setup(frm) {
			frm.set_query("warehouse", "parts", () => ({
				filters: { is_group: 0, enabled: 1, warehouse_kind: ["!=", "In Transit"] },
			}));
		},

		async refresh(frm) {
			const doc = frm.doc;
			if (frm.is_new() || !(doc.parts || []).length || !OPEN.includes(doc.stage)) return;
			if (!frm.perm[0]?.write) return;
			const kept = await frappe.xcall(`${PARTS}.kept_parts`, { order: doc.name });
			if (doc.name !== frm.doc.name) return;
			const wanted = doc.parts.filter((row) => !row.stock_entry && row.warehouse);
			const known = kept.reduce((sum, row) => sum + row.qty, 0);
			if (wanted.reduce((sum, row) => sum + row.qty, 0) > known) {
				frm.add_custom_button(__("Reserve Parts"), () => act(frm, "reserve_parts"), __("Parts"));
			}
			if (known) {
				frm.add_custom_button(__("Release Parts"), () => act(frm, "release_parts"), __("Parts"));
			}
		},
	});

	async function act(frm, method) {
		if (frm.is_dirty()) await frm.save();
		await frappe.xcall(`${PARTS}.${method}`, { order: frm.doc.name });
		frappe.show_alert({
			message: method === "reserve_parts" ? __("The parts are reserved.") : __("The parts are released."),
			indicator: "green",
		});
		frm.reload_doc();
	}
})();
