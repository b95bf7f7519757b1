frappe.ui.form.on("Sale Record", {
	setup(frm) {
		frm.set_query("product", "items", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		if (frm.doc.docstatus !== 1) return;
		const owed = frm.doc.outstanding > 0 && frm.doc.status !== "Returned";
		if (owed && frappe.model.can_create("Sale Collection")) {
			frm.add_custom_button(__("Take Payment"), () => aftersales.sales.collect(frm)).addClass("btn-primary");
		}
		if (frm.doc.status !== "Returned" && frm.perm[0]?.cancel) {
			frm.add_custom_button(__("Take Back what Was Sold"), () => take_back(frm));
		}
		if (owed && frm.doc.due_date && frm.doc.due_date < frappe.datetime.get_today()) {
			frm.set_intro(__("The payment has been due since {0}.", [frappe.datetime.str_to_user(frm.doc.due_date)]), "orange");
		}
	},
});

frappe.ui.form.on("Sale Record Item", {
	qty: compute,
	rate: compute,
	discount: compute,
	items_remove: (frm) => sum_up(frm),
});

function compute(frm, cdt, cdn) {
	const row = locals[cdt][cdn];
	frappe.model.set_value(cdt, cdn, "amount", flt(row.qty) * flt(row.rate) - flt(row.discount));
	sum_up(frm);
}

// As the server does on saving, so that the total is seen while typing.
function sum_up(frm) {
	const rows = frm.doc.items || [];
	frm.set_value("total", rows.reduce((sum, row) => sum + flt(row.amount, precision("amount", row)), 0));
}

function take_back(frm) {
	frappe.prompt(
		[
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Return Reason"), reqd: 1 },
			{
				fieldname: "returned_on",
				fieldtype: "Date",
				label: __("Returned On"),
				default: frappe.datetime.get_today(),
				reqd: 1,
			},
		],
		(values) =>
			frappe
				.xcall("aftersales.service_network.sales.take_back", { sale: frm.doc.name, ...values })
				.then(() => frm.reload_doc()),
		__("Take Back what Was Sold"),
		__("Take Back what Was Sold")
	);
}
