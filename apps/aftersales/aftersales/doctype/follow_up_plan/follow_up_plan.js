const PLANS = "aftersales.aftersales.follow_up_plans.";
const CHOICES = "aftersales.aftersales.doctype.follow_up_plan.follow_up_plan.choices_of";
const KNOWN = {
	"Completed Tickets": "Service Ticket",
	"Closed Complaints": "Customer Complaint",
	"Completed Sales": "Sale Record",
	"Completed Services": "Service Order",
};

frappe.ui.form.on("Follow-up Plan", {
	setup(frm) {
		frm.set_query("document_type", () => ({ filters: { istable: 0, issingle: 0 } }));
		frm.set_query("survey_template", () => ({ filters: { enabled: 1 } }));
		for (const field of ["mode", "purpose"]) frm.set_query(field, () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		offer_fields(frm);
		if (frm.is_new() || !frm.perm[0].write) return;
		frm.add_custom_button(__("Plan Now"), () => ask_period(frm)).addClass("btn-primary");
		frm.add_custom_button(__("Draws"), () => frappe.set_route("List", "Follow-up Draw", { plan: frm.doc.name }));
		frm.add_custom_button(__("Follow-ups"), () => frappe.set_route("List", "Follow-up", { plan: frm.doc.name }));
	},

	population(frm) {
		const known = KNOWN[frm.doc.population];
		frm.set_value({ document_type: known || null, filters_json: null, person_field: null });
	},

	document_type(frm) {
		frm.set_value("filters_json", null);
		offer_fields(frm);
	},
});

function offer_fields(frm) {
	const document_type = frm.doc.document_type || KNOWN[frm.doc.population];
	if (!document_type) return;
	frappe.xcall(CHOICES, { document_type }).then((choices) => {
		for (const field of ["date_field", "customer_field", "person_field"]) {
			frm.set_df_property(field, "options", [{ value: "", label: "" }, ...choices[field]]);
		}
	});
	frappe.model.with_doctype(document_type, () => show_filters(frm, document_type));
}

function show_filters(frm, document_type) {
	const $place = frm.get_field("filters_html").$wrapper.empty();
	const group = new frappe.ui.FilterGroup({
		parent: $place,
		doctype: document_type,
		on_change: () => {
			const rows = group.get_filters().map((row) => row.slice(1, 4));
			if (JSON.stringify(rows) !== frm.doc.filters_json) frm.set_value("filters_json", JSON.stringify(rows));
		},
	});
	const rows = JSON.parse(frm.doc.filters_json || "[]");
	group.add_filters_to_filter_group(rows.map((row) => [document_type, ...row]));
}

function ask_period(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Plan Follow-ups"),
		size: "large",
		fields: [
			{ fieldname: "from_date", fieldtype: "Date", label: __("From Date"), onchange: () => preview(frm, dialog) },
			{ fieldtype: "Column Break" },
			{ fieldname: "to_date", fieldtype: "Date", label: __("To Date"), onchange: () => preview(frm, dialog) },
			{ fieldtype: "Section Break" },
			{ fieldname: "result", fieldtype: "HTML" },
		],
		primary_action_label: __("Plan Now"),
		primary_action: ({ from_date, to_date }) => {
			dialog.hide();
			frappe
				.xcall(`${PLANS}plan_now`, { plan: frm.doc.name, from_date, to_date })
				.then((answer) => tell(frm, answer));
		},
	});
	dialog.show();
	preview(frm, dialog);
}

function preview(frm, dialog) {
	const { from_date, to_date } = dialog.get_values(true) || {};
	if (Boolean(from_date) !== Boolean(to_date)) return;
	if (dialog.shown_period === `${from_date}/${to_date}` && from_date) return;
	frappe.xcall(`${PLANS}preview`, { plan: frm.doc.name, from_date, to_date }).then((answer) => {
		dialog.shown_period = `${answer.from_date}/${answer.to_date}`;
		dialog.fields_dict.result.$wrapper.html(preview_html(frm, answer));
		if (!from_date) dialog.set_values({ from_date: answer.from_date, to_date: answer.to_date });
	});
}

function preview_html(frm, answer) {
	const esc = frappe.utils.escape_html;
	const date = (value) => frappe.format(value, { fieldtype: "Date" });
	const rows = answer.rows.map(
		(row) => `<tr><td>${esc(row.name)}</td><td>${date(row.date)}</td><td>${esc(row.customer_name || "")}</td><td>${date(row.due_date)}</td></tr>`
	);
	const said = __("{0} documents in the period, {1} of them drawn, {2} without a follow-up of this plan.", [
		answer.population,
		answer.drawn,
		answer.new,
	]);
	const before = answer.drawn_before ? `<p class="text-warning">${__("This period was drawn already.")}</p>` : "";
	return `<p><b>${said}</b></p>${before}<div style="max-height: 45vh; overflow: auto">
		<table class="table table-bordered table-sm"><thead><tr>
		<th>${__("Document")}</th><th>${__("Date")}</th><th>${__("Customer")}</th><th>${__("Due Date")}</th>
		</tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

function tell(frm, answer) {
	const message = answer.background
		? __("{0} follow-ups are being made in the background.", [answer.drawn])
		: __("{0} follow-ups made.", [answer.created]);
	frappe.show_alert({ message, indicator: "green" });
	frm.reload_doc();
}
