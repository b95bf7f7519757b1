const TRANSIT = "aftersales.spare_parts.transit";

frappe.ui.form.on("Part Stock Entry", {
	setup(frm) {
		const place = () => ({ filters: { is_group: 0, enabled: 1, warehouse_kind: ["!=", "In Transit"] } });
		frm.set_query("source_warehouse", place);
		frm.set_query("target_warehouse", place);
		frm.set_query("source_warehouse", "items", place);
		frm.set_query("technician", () => ({ filters: { enabled: 1 } }));
		frm.set_query("scrap_type", () => ({ filters: { disabled: 0 } }));
		frm.set_query("spare_part", "items", () =>
			frm.doc.purpose === "Receipt" ? { filters: { disabled: 0 } } : {},
		);
	},

	refresh(frm) {
		show_rate(frm);
		if (["In Transit", "Partly Received"].includes(frm.doc.transit_state) && frm.doc.docstatus === 1) {
			frm.add_custom_button(__("Sign for Parts"), () => sign_for_parts(frm)).addClass("btn-primary");
			frm.add_custom_button(__("Settle Difference"), () => settle_difference(frm));
		}
		if (frm.doc.docstatus > 0) {
			frm.add_custom_button(
				__("Ledger"),
				() => frappe.set_route("List", "Part Ledger Entry", { voucher_no: frm.doc.name }),
				__("View"),
			);
		}
	},

	purpose: show_rate,

	/** What a technician carries is where parts that are drawn go to, and where others come from. */
	async technician(frm) {
		const field = { Issue: "target_warehouse", Return: "source_warehouse", Consumption: "source_warehouse" }[
			frm.doc.purpose
		];
		if (!field || !frm.doc.technician) return;
		const { message } = await frappe.db.get_value("Technician", frm.doc.technician, "warehouse");
		if (message?.warehouse) frm.set_value(field, message.warehouse);
	},
});

frappe.ui.form.on("Part Stock Entry Item", {
	qty: work_out,
	rate: work_out,
	items_remove: add_up,

	/** Says at once whether there is enough. */
	async spare_part(frm, doctype, name) {
		const row = locals[doctype][name];
		const source = row.source_warehouse || frm.doc.source_warehouse;
		if (!row.spare_part || frm.doc.purpose === "Receipt" || !source) return;
		const rows = await frappe.xcall("aftersales.spare_parts.order_parts.stock_of_part", {
			spare_part: row.spare_part,
		});
		const here = rows.find((one) => one.warehouse === source);
		frappe.show_alert({
			message: __("{0}: {1} free in {2}", [
				frappe.utils.escape_html(row.spare_part),
				format_number(here ? here.free : 0, null, 0),
				frappe.utils.escape_html(source),
			]),
			indicator: here && here.free > 0 ? "green" : "orange",
		});
	},
});

// Only receipts bring a cost along; what is in stock has one.
function show_rate(frm) {
	const receipt = frm.doc.purpose === "Receipt";
	frm.fields_dict.items.grid.update_docfield_property("rate", "read_only", receipt ? 0 : 1);
	frm.set_df_property("target_warehouse", "reqd", ["Receipt", "Transfer", "Return"].includes(frm.doc.purpose));
	frm.set_df_property("source_warehouse", "reqd", ["Issue", "Transfer", "Scrap"].includes(frm.doc.purpose));
}

function work_out(frm, doctype, name) {
	const row = locals[doctype][name];
	frappe.model.set_value(doctype, name, "amount", flt(row.qty) * flt(row.rate));
	add_up(frm);
}

function add_up(frm) {
	const rows = frm.doc.items || [];
	frm.set_value("total_qty", rows.reduce((sum, row) => sum + flt(row.qty), 0));
	frm.set_value("total_amount", rows.reduce((sum, row) => sum + flt(row.qty) * flt(row.rate), 0));
}

function rows_in_transit(frm) {
	return frm.doc.items
		.map((row) => ({
			row: row.name,
			part: `${row.spare_part} ${row.part_name || ""}`,
			left: flt(row.qty) - flt(row.received_qty),
			arrived: flt(row.qty) - flt(row.received_qty),
			serial_nos: row.serial_nos || "",
		}))
		.filter((row) => row.left > 0);
}

function sign_for_parts(frm) {
	const tracked = frm.doc.items.some((row) => row.serial_nos);
	const column = (fieldname, label, fieldtype, columns, read_only) => ({
		fieldname,
		label,
		fieldtype,
		columns,
		read_only,
		in_list_view: 1,
	});
	const dialog = new frappe.ui.Dialog({
		title: __("Sign for Parts"),
		size: "large",
		fields: [
			{
				fieldname: "rows",
				fieldtype: "Table",
				label: __("Spare Parts"),
				cannot_add_rows: true,
				cannot_delete_rows: true,
				in_place_edit: true,
				data: rows_in_transit(frm),
				fields: [
					column("part", __("Spare Part"), "Data", tracked ? 3 : 5, 1),
					column("left", __("In Transit"), "Float", 2, 1),
					column("arrived", __("Arrived"), "Float", 2, 0),
					...(tracked ? [column("serial_nos", __("Serial Numbers"), "Small Text", 3, 0)] : []),
				],
			},
			{
				fieldname: "note",
				fieldtype: "Small Text",
				label: __("Note"),
				description: __("What is missing or damaged; what is missing stays in transit."),
			},
		],
		primary_action_label: __("Sign"),
		async primary_action({ rows, note }) {
			const quantities = Object.fromEntries(rows.map((row) => [row.row, flt(row.arrived)]));
			const serial_nos = Object.fromEntries(
				rows.filter((row) => row.serial_nos).map((row) => [row.row, row.serial_nos]),
			);
			await frappe.xcall(`${TRANSIT}.sign_off`, { entry: frm.doc.name, quantities, serial_nos, note });
			dialog.hide();
			frm.reload_doc();
		},
	});
	dialog.show();
}

function settle_difference(frm) {
	frappe.prompt(
		[
			{
				fieldname: "way",
				fieldtype: "Select",
				label: __("What becomes of the rest"),
				options: [
					{ value: "Return to Source", label: __("Return to Source") },
					{ value: "Write Off", label: __("Write Off") },
				],
				default: "Return to Source",
				reqd: 1,
			},
			{
				fieldname: "scrap_type",
				fieldtype: "Link",
				label: __("Scrap Type"),
				options: "Part Scrap Type",
				depends_on: 'eval:doc.way === "Write Off"',
				mandatory_depends_on: 'eval:doc.way === "Write Off"',
			},
			{ fieldname: "note", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
		],
		async (values) => {
			await frappe.xcall(`${TRANSIT}.settle_difference`, { entry: frm.doc.name, ...values });
			frm.reload_doc();
		},
		__("Settle Difference"),
		__("Settle"),
	);
}
