const ORDERS = "aftersales.field_service.orders";
const CHOICE = "aftersales.service_network.outlet_choice";
const OPEN_STAGES = ["Open", "Dispatched", "Received", "In Work", "Waiting"];
const LINE_TABLES = ["items", "parts", "other_charges"];

frappe.ui.form.on("Service Order", {
	setup(frm) {
		const enabled = () => ({ filters: { enabled: 1 } });
		const in_use = () => ({ filters: { disabled: 0 } });
		frm.set_query("outlet", enabled);
		frm.set_query("technician", enabled);
		for (const field of ["service_type", "fault_cause", "inspection_template"]) frm.set_query(field, in_use);
		frm.set_query("service_item", "items", in_use);
		frm.set_query("spare_part", "parts", in_use);
		frm.set_query("device", () => (frm.doc.customer ? { filters: { customer: frm.doc.customer } } : {}));
		frm.set_query("agreement", () => (frm.doc.customer ? { filters: { customer: frm.doc.customer } } : {}));
	},

	refresh(frm) {
		show_chain(frm);
		show_serial_anomaly(frm);
		if (!frm.perm[0]?.write || frm.doc.stage === "Audited") return;
		if (!frm.is_new() && !OPEN_STAGES.includes(frm.doc.stage)) return;
		frm.add_custom_button(__("Propose Outlets"), () => propose_outlets(frm));
		frm.add_custom_button(__("Job Package"), () => take_package(frm), __("Add"));
		frm.add_custom_button(__("Times"), () => enter_times(frm), __("Add"));
	},

	outlet(frm) {
		frm.set_value("outlet_reason", "");
	},

	/** Frappe freezes the page before this and unfreezes it when the action is over. */
	before_workflow_action(frm) {
		const fields = needed_for(frm, frm.selected_workflow_action);
		if (!fields.length) return;
		frappe.dom.unfreeze();
		return ask(frm, fields).then(() => frappe.dom.freeze());
	},
});

// A line that somebody decides about keeps what was typed; the others are worked out when the order is saved.
for (const table of ["Service Order Item", "Service Order Part", "Service Order Charge"]) {
	frappe.ui.form.on(table, {
		charge_to(frm, doctype, name) {
			const row = locals[doctype][name];
			if (row.charge_to && !row.charge_by_hand) frappe.model.set_value(doctype, name, "charge_by_hand", 1);
		},
		rate(frm, doctype, name) {
			estimate(locals[doctype][name]);
			frm.refresh_field(locals[doctype][name].parentfield);
		},
		qty(frm, doctype, name) {
			estimate(locals[doctype][name]);
			frm.refresh_field(locals[doctype][name].parentfield);
		},
	});
}

function estimate(row) {
	row.amount = flt(row.qty) * flt(row.rate);
}

function needed_for(frm, action) {
	const doc = frm.doc;
	const text = (fieldname, reqd = 1) => ({
		fieldname,
		fieldtype: "Small Text",
		label: __(frappe.meta.get_label("Service Order", fieldname)),
		default: doc[fieldname],
		reqd,
	});
	if (["Refuse", "Continue Later", "Cancel"].includes(action)) {
		const fields = [{ ...text("reason"), default: "" }];
		return action === "Continue Later" && !doc.content && !doc.result ? [...fields, text("content")] : fields;
	}
	if (action === "Complete" && !doc.content && !doc.result) return [text("content"), text("result", 0)];
	if (action === "Give Feedback") return [text("feedback")];
	return [];
}

function ask(frm, fields) {
	return new Promise((resolve) => {
		frappe.prompt(
			fields,
			(values) =>
				frm
					.set_value(values)
					.then(() => frm.save())
					.then(resolve),
			__(frm.selected_workflow_action)
		);
	});
}

function show_chain(frm) {
	const link = (name) => frappe.utils.get_form_link("Service Order", name, true);
	if (frm.doc.continued_by) {
		frm.set_intro(__("Continued by {0}; both are settled together.", [link(frm.doc.continued_by)]), "blue");
	} else if (frm.doc.continued_from) {
		frm.set_intro(__("Continues {0}; both are settled together.", [link(frm.doc.continued_from)]), "blue");
	} else if (frm.doc.status === "Refused" && frm.doc.last_refusal) {
		frm.set_intro(__("Refused: {0}", [frappe.utils.escape_html(frm.doc.last_refusal)]), "red");
	}
}

// Orders whose serial number nobody knows (S24.21).
function show_serial_anomaly(frm) {
	if (frm.is_new() || !frm.doc.serial_no || frm.doc.device) return;
	frm.set_df_property(
		"serial_no",
		"description",
		__("No device has this serial number. Choose a device, or register it.")
	);
}

function propose_outlets(frm) {
	const { region, address, latitude, longitude } = frm.doc;
	frappe.xcall(`${CHOICE}.propose`, { order: { region, address, latitude, longitude } }).then((rows) => {
		if (!rows.length) {
			frappe.msgprint(__("No outlet serves this region. Enter region, address or place of the order first."));
			return;
		}
		const dialog = new frappe.ui.Dialog({
			title: __("Propose Outlets"),
			fields: [
				{
					fieldname: "outlet",
					fieldtype: "Select",
					label: __("Outlet"),
					options: rows.map((row) => ({ value: row.outlet, label: row.outlet })),
					default: rows[0].outlet,
					reqd: 1,
				},
				{ fieldname: "reasons", fieldtype: "HTML" },
			],
			primary_action_label: __("Choose"),
			primary_action({ outlet }) {
				dialog.hide();
				const { reason } = rows.find((row) => row.outlet === outlet);
				frm.set_value("outlet", outlet).then(() => frm.set_value("outlet_reason", reason));
			},
		});
		const line = (row) => `<tr><td><strong>${frappe.utils.escape_html(row.outlet)}</strong></td>
			<td>${frappe.utils.escape_html(row.reason)}</td><td class="text-right">${row.open}</td></tr>`;
		dialog.fields_dict.reasons.$wrapper.html(`<table class="table table-sm"><thead><tr>
			<th>${__("Outlet")}</th><th>${__("Reason")}</th><th class="text-right">${__("Open Orders")}</th></tr></thead>
			<tbody>${rows.map(line).join("")}</tbody></table>`);
		dialog.show();
	});
}

function take_package(frm) {
	frappe.prompt(
		{
			fieldname: "job_package",
			fieldtype: "Link",
			options: "Job Package",
			label: __("Job Package"),
			reqd: 1,
			get_query: () => ({ filters: { disabled: 0 } }),
		},
		({ job_package }) =>
			frappe
				.xcall(`${ORDERS}.package_lines`, { job_package, product_category: frm.doc.product_category })
				.then(({ items, parts, inspection_template }) => {
					items.forEach((row) => frm.add_child("items", row));
					parts.forEach((row) => frm.add_child("parts", row));
					if (inspection_template && !frm.doc.inspection_template) {
						frm.set_value("inspection_template", inspection_template);
					}
					LINE_TABLES.forEach((table) => frm.refresh_field(table));
					frm.dirty();
				}),
		__("Job Package")
	);
}

// Four digits are enough: 0900 (S24.13).
function enter_times(frm) {
	const names = ["departed_at", "arrived_at", "left_at"];
	const day = (frm.doc.arrived_at || frm.doc.planned_start || frappe.datetime.now_datetime()).slice(0, 10);
	frappe.prompt(
		[
			{ fieldname: "day", fieldtype: "Date", label: __("Day"), default: day, reqd: 1 },
			...names.map((fieldname) => ({
				fieldname,
				fieldtype: "Data",
				label: __(frappe.meta.get_label("Service Order", fieldname)),
				description: __("Four digits, for example 0900."),
				default: (frm.doc[fieldname] || "").slice(11, 16).replace(":", ""),
			})),
		],
		(values) => {
			for (const name of names) {
				const time = short_time(values[name]);
				if (time === null) {
					frappe.throw(__("{0} is no time. Enter four digits, for example 0900 for nine o'clock.", [values[name]]));
				}
				if (time) frm.set_value(name, `${values.day} ${time}`);
			}
		},
		__("Times")
	);
}

function short_time(text) {
	if (!(text || "").trim()) return "";
	const found = /^(\d{1,2}):?(\d{2})$/.exec(text.trim());
	if (!found || found[1] > 23 || found[2] > 59) return null;
	return `${found[1].padStart(2, "0")}:${found[2]}:00`;
}
