const JUDGED_IN = ["Applied", "First Audit", "Disputed"];

frappe.ui.form.on("Settlement", {
	setup(frm) {
		frm.set_query("outlet", () =>
			frm.doc.subject_kind === "Branch" ? { filters: { outlet_kind: ["in", ["Branch", "Region"]] } } : {},
		);
	},
	refresh(frm) {
		lock_lines(frm);
		if (frm.is_new()) return;
		if (frm.doc.stage === "Draft" && frm.perm[0].write) {
			frm.add_custom_button(__("Fetch Open Fees"), () => fetch(frm));
		}
		if ([...JUDGED_IN, "HQ Audit"].includes(frm.doc.stage)) {
			frm.add_custom_button(__("Missing Follow-ups"), () => show_missing(frm));
		}
		const payable = ["Confirmed", "Invoice Notice Sent"].includes(frm.doc.stage);
		if (payable && frm.doc.__onload?.may_pay) {
			frm.add_custom_button(__("Record Payment"), () => pay(frm));
		}
		show_left_out(frm);
	},
});

// What the server refuses to change in this stage is not offered either.
function lock_lines(frm) {
	const grid = frm.fields_dict.lines.grid;
	const judged = JUDGED_IN.includes(frm.doc.stage);
	for (const field of ["accepted_amount", "left_out", "excluded_reason", "accepted_reason", "answer"]) {
		grid.update_docfield_property(field, "read_only", judged ? 0 : 1);
	}
	for (const field of ["disputed", "dispute_note"]) {
		grid.update_docfield_property(field, "read_only", frm.doc.stage === "HQ Audit" ? 0 : 1);
	}
	grid.cannot_add_rows = true;
	grid.only_sortable();
	frm.set_df_property("deductions", "read_only", judged ? 0 : 1);
	frm.refresh_field("lines");
}

function show_left_out(frm) {
	if (!frm.doc.lines_left_out || frm.doc.stage === "Cancelled") return;
	frm.dashboard.add_comment(
		__("{0} lines are left out and stay open for a later settlement.", [frm.doc.lines_left_out]),
		"orange",
		true,
	);
}

function pay(frm) {
	const deposit = frm.doc.outlet ? ["Deposit Offset"] : [];
	const noticed = frm.doc.stage === "Invoice Notice Sent" || !frm.doc.outlet;
	const modes = [...(noticed ? ["Transfer", "Cash"] : []), ...deposit];
	frappe.prompt(
		[
			{
				fieldname: "amount",
				fieldtype: "Currency",
				label: __("Amount"),
				default: frm.doc.outstanding,
				reqd: 1,
			},
			{
				fieldname: "mode",
				fieldtype: "Select",
				label: __("Mode"),
				options: modes.map((value) => ({
					value,
					label: __(value, null, "Settlement Payment"),
				})),
				default: modes[0],
				reqd: 1,
			},
			{
				fieldname: "paid_on",
				fieldtype: "Date",
				label: __("Paid on"),
				default: frappe.datetime.get_today(),
				reqd: 1,
			},
			{ fieldname: "bank_reference", fieldtype: "Data", label: __("Bank Reference") },
			{ fieldname: "remarks", fieldtype: "Small Text", label: __("Remarks") },
		],
		async (values) => {
			await frappe.xcall("aftersales.service_network.settlement_payments.pay", {
				settlement: frm.doc.name,
				...values,
			});
			frm.reload_doc();
		},
		__("Record Payment"),
		__("Pay"),
	);
}

async function fetch(frm) {
	const { lines } = await frappe.xcall("aftersales.service_network.settlement_run.fetch", {
		settlement: frm.doc.name,
	});
	await frm.reload_doc();
	frappe.show_alert(__("{0} lines", [lines]));
}

async function show_missing(frm) {
	const rows = await frappe.xcall("aftersales.service_network.settlement_run.missing_follow_ups", {
		settlement: frm.doc.name,
	});
	if (!rows.length) {
		frappe.msgprint({
			title: __("Missing Follow-ups"),
			message: __("Every order was confirmed by a follow-up."),
			indicator: "green",
		});
		return;
	}
	const cells = rows.map(
		(row) => `<tr>
			<td>${link("service-order", row.service_order)}</td>
			<td>${frappe.utils.escape_html(__(row.reason))}</td>
			<td>${row.follow_up ? link("follow-up", row.follow_up) : ""}</td>
			<td class="text-right">${format_currency(row.amount)}</td>
		</tr>`,
	);
	frappe.msgprint({
		title: __("Missing Follow-ups"),
		wide: true,
		message: `<table class="table table-bordered">
			<tr><th>${__("Service Order")}</th><th>${__("Reason")}</th><th>${__("Follow-up")}</th><th class="text-right">${__("Amount")}</th></tr>
			${cells.join("")}
		</table>`,
	});
}

function link(route, name) {
	return `<a href="/app/${route}/${encodeURIComponent(name)}">${frappe.utils.escape_html(name)}</a>`;
}
