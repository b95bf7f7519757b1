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
			frm.add_custom_button(__("Return Items"), () => return_items(frm));
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
		why_and_when(),
		(values) =>
			frappe
				.xcall("aftersales.service_network.sales.take_back", { sale: frm.doc.name, ...values })
				.then(() => frm.reload_doc()),
		__("Take Back what Was Sold"),
		__("Take Back what Was Sold")
	);
}

function why_and_when() {
	return [
		{ fieldname: "reason", fieldtype: "Small Text", label: __("Return Reason"), reqd: 1 },
		{
			fieldname: "returned_on",
			fieldtype: "Date",
			label: __("Returned On"),
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
	];
}

// Single lines that come back: of each line how many pieces, or which serial numbers.
function return_items(frm) {
	const lines = frm.doc.items.map((row) => line_left(frm, row)).filter((line) => line.qty > 0);
	const dialog = new frappe.ui.Dialog({
		title: __("Return Items"),
		fields: [
			...lines.flatMap(line_fields),
			{ fieldtype: "Section Break" },
			...why_and_when(),
		],
		primary_action_label: __("Next"),
		primary_action: (values) => confirm_return(frm, dialog, chosen_items(lines, values), values),
	});
	dialog.show();
}

function line_left(frm, row) {
	const lines = (text) => (text || "").split("\n").filter(Boolean);
	const back = (frm.doc.returns || [])
		.filter((one) => one.sale_item === row.name)
		.flatMap((one) => lines(one.serial_nos));
	return {
		row,
		qty: flt(row.qty - row.returned_qty, 6),
		serials: lines(row.serial_nos).filter((serial) => !back.includes(serial)),
		fieldname: `line_${row.idx}`,
	};
}

function line_fields(line) {
	const name = frappe.utils.escape_html(line.row.product_name || line.row.product);
	const section = { fieldtype: "Section Break", label: __("Row {0}: {1}", [line.row.idx, name]) };
	if (!line.serials.length) {
		const label = __("How Many Come Back (of {0})", [line.qty]);
		return [section, { fieldname: line.fieldname, fieldtype: "Float", label, non_negative: 1 }];
	}
	const options = line.serials.map((serial, at) => ({
		label: frappe.utils.escape_html(serial),
		value: String(at),
	}));
	const label = __("Serial Numbers");
	return [section, { fieldname: line.fieldname, fieldtype: "MultiCheck", label, options, columns: 2 }];
}

function chosen_items(lines, values) {
	const items = [];
	for (const line of lines) {
		const value = values[line.fieldname];
		if (!line.serials.length) {
			if (flt(value)) items.push({ item: line.row.name, qty: flt(value) });
		} else if (value?.length) {
			items.push({ item: line.row.name, serial_nos: value.map((at) => line.serials[cint(at)]) });
		}
	}
	return items;
}

// What follows is shown before it is done, as the server counts it.
function confirm_return(frm, dialog, items, values) {
	const sale = { sale: frm.doc.name, items };
	const returns = "aftersales.service_network.sale_returns";
	frappe.xcall(`${returns}.what_returns`, sale).then((figures) => {
		const text = [
			__("{0} comes off the total.", [format_currency(figures.amount)]),
			figures.refund && __("{0} of what was collected is refunded.", [format_currency(figures.refund)]),
			__("{0} is outstanding after that.", [format_currency(figures.outstanding)]),
		];
		frappe.confirm(text.filter(Boolean).join("<br>"), () =>
			frappe
				.xcall(`${returns}.return_items`, {
					...sale,
					reason: values.reason,
					returned_on: values.returned_on,
				})
				.then(() => {
					dialog.hide();
					frappe.show_alert({ message: __("Items were returned."), indicator: "green" });
					frm.reload_doc();
				})
		);
	});
}
