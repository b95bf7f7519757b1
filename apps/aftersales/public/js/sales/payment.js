// The dialog in which money is taken, for sales and for service; part of aftersales.bundle.js.
// The amount is text: a number field would read "12o" as 12 (A07).
frappe.provide("aftersales.sales");

const MODES = ["Cash", "Transfer", "Card", "Mobile"];

aftersales.sales.take_payment = (frm, owed) =>
	ask(frm, owed, [{ fieldname: "invoice_no", fieldtype: "Data", label: __("Invoice No.") }], (values) =>
		frappe
			.xcall("aftersales.service_network.receivables.take_payment", {
				receivable: owed.name,
				...values,
			})
			.then((answer) => done(frm, "Service Payment", answer.payment, answer.outstanding))
	);

aftersales.sales.collect = (frm) =>
	ask(frm, frm.doc, [], (values) =>
		frappe
			.xcall("aftersales.service_network.sales.take_collection", { sale: frm.doc.name, ...values })
			.then((answer) => done(frm, "Sale Collection", answer.collection, answer.outstanding))
	);

aftersales.sales.reverse = (frm) =>
	frappe.prompt(
		{ fieldname: "remarks", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
		(values) =>
			frappe
				.xcall("aftersales.service_network.sales.reverse", {
					doctype: frm.doctype,
					name: frm.doc.name,
					...values,
				})
				.then((name) => frappe.set_route("Form", frm.doctype, name)),
		__("Reverse this Entry"),
		__("Reverse")
	);

function ask(frm, owed, more, take) {
	const dialog = new frappe.ui.Dialog({
		title: __("Take Payment"),
		fields: [
			{
				fieldname: "amount",
				fieldtype: "Data",
				label: __("Amount"),
				reqd: 1,
				default: format_number(owed.outstanding),
				description: `${__("Outstanding")}: ${format_currency(owed.outstanding)}`,
			},
			{
				fieldname: "mode",
				fieldtype: "Select",
				label: __("Mode of Payment"),
				options: MODES.map((value) => ({ value, label: __(value, null, "Service Payment") })),
				default: MODES[0],
				reqd: 1,
			},
			{ fieldtype: "Column Break" },
			{ fieldname: "receipt_no", fieldtype: "Data", label: __("Receipt No.") },
			...more,
			{ fieldname: "remarks", fieldtype: "Small Text", label: __("Remarks") },
		],
		primary_action_label: __("Take Payment"),
		primary_action(values) {
			dialog.disable_primary_action();
			take(values)
				.then(() => dialog.hide())
				.catch(() => {})
				.finally(() => dialog.enable_primary_action());
		},
	});
	dialog.show();
}

function done(frm, doctype, name, outstanding) {
	frm.reload_doc();
	frappe.show_alert(
		{
			message: __("{0} is entered, {1} is still outstanding. {2}", [
				name,
				format_currency(outstanding),
				`<a href="/app/print/${encodeURIComponent(doctype)}/${encodeURIComponent(name)}">${__(
					"Print the Receipt"
				)}</a>`,
			]),
			indicator: "green",
		},
		15
	);
}
