const ORDERS = "aftersales.spare_parts.part_orders.";

frappe.ui.form.on("Part Order", {
	setup(frm) {
		for (const field of ["source_warehouse", "target_warehouse"]) {
			frm.set_query(field, () => ({
				filters: { is_group: 0, enabled: 1, warehouse_kind: ["!=", "In Transit"] },
			}));
		}
		frm.set_query("spare_part", "items", () => ({ filters: { disabled: 0 } }));
		frm.set_query("technician", () => ({ filters: { enabled: 1 } }));
	},

	refresh(frm) {
		const draft = frm.doc.stage === "Draft" || frm.is_new();
		for (const field of ["order_kind", "outlet", "dealer", "technician"]) {
			frm.set_df_property(field, "read_only", draft ? 0 : 1);
		}
		for (const field of ["spare_part", "qty", "price"]) {
			frm.fields_dict.items.grid.update_docfield_property(field, "read_only", draft ? 0 : 1);
		}
		frm.fields_dict.items.grid.cannot_add_rows = !draft;
		frm.refresh_field("items");
		const open = ["Submitted", "Partly Delivered"].includes(frm.doc.stage);
		if (open && frappe.model.can_create("Part Stock Entry")) {
			frm.add_custom_button(__("Deliver"), () => deliver(frm)).addClass("btn-primary");
		}
	},

	order_kind(frm) {
		frm.set_value({ dealer: null, technician: null, source_warehouse: null, target_warehouse: null });
	},
});

frappe.ui.form.on("Part Order Item", {
	async spare_part(frm, doctype, name) {
		const row = locals[doctype][name];
		if (!row.spare_part) return;
		const { message } = await frappe.db.get_value("Spare Part", row.spare_part, "price");
		frappe.model.set_value(doctype, name, "price", message?.price);
	},
	qty: work_out,
	price: work_out,
	items_remove: add_up,
});

function work_out(frm, doctype, name) {
	const row = locals[doctype][name];
	frappe.model.set_value(doctype, name, "amount", flt(row.qty) * flt(row.price));
	add_up(frm);
}

function add_up(frm) {
	const sum = (field) => frm.doc.items.reduce((total, row) => total + flt(row[field]), 0);
	frm.set_value({ total_qty: sum("qty"), total_amount: sum("amount") });
}

/** One line per part that is open: what goes out now, with what is there. */
async function deliver(frm) {
	const lines = await frappe.xcall(`${ORDERS}deliverable`, { order: frm.doc.name });
	const dialog = new frappe.ui.Dialog({
		title: __("Deliver from {0}", [frm.doc.source_warehouse]),
		size: "large",
		fields: [
			{
				fieldname: "lines",
				fieldtype: "Table",
				cannot_add_rows: true,
				cannot_delete_rows: true,
				in_place_edit: true,
				data: lines,
				fields: [
					line_field("spare_part", "Data", __("Part No."), 2),
					line_field("part_name", "Data", __("Part Name"), 3),
					line_field("open_qty", "Float", __("Not Delivered"), 1),
					line_field("free", "Float", __("Free There"), 1),
					{ ...line_field("qty", "Float", __("Deliver"), 1), read_only: 0 },
					{ ...line_field("serial_nos", "Small Text", __("Serial Numbers"), 2), read_only: 0 },
				],
			},
		],
		primary_action_label: __("Deliver"),
		async primary_action({ lines: chosen }) {
			const done = await frappe.xcall(`${ORDERS}deliver`, {
				order: frm.doc.name,
				lines: chosen.map(({ spare_part, qty, serial_nos }) => ({ spare_part, qty, serial_nos })),
			});
			dialog.hide();
			await frm.reload_doc();
			frappe.show_alert({
				message: done.open_qty
					? __("Slip {0} is made. {1} pieces stay on back order.", [done.stock_entry, done.open_qty])
					: __("Slip {0} is made. The order is delivered.", [done.stock_entry]),
				indicator: "green",
			});
		},
	});
	dialog.show();
}

function line_field(fieldname, fieldtype, label, columns) {
	return { fieldname, fieldtype, label, columns, in_list_view: 1, read_only: 1 };
}
