const CHECKS = "aftersales.aftersales.checks";

frappe.ui.form.on("Check Plan", {
	setup(frm) {
		frm.set_query("reference_doctype", () => ({
			query: "aftersales.aftersales.own_doctypes.doctype_choices",
		}));
	},

	refresh(frm) {
		offer_fields(frm);
		show_filters(frm);
		if (!frm.is_new() && frm.perm[0].write) {
			frm.add_custom_button(__("Draw Sample"), () => open_draw(frm)).addClass("btn-primary");
		}
		if (!frm.is_new()) {
			frm.add_custom_button(__("Check Records"), () =>
				frappe.set_route("List", "Check Record", { plan: frm.doc.name })
			);
		}
	},

	reference_doctype(frm) {
		frm.set_value({ filters: "[]", person_field: "", date_field: "creation" });
		offer_fields(frm);
		show_filters(frm);
	},
});

function offer_fields(frm) {
	if (!frm.doc.reference_doctype || !frm.perm[0].write) return;
	frappe
		.xcall("aftersales.aftersales.doctype.check_plan.check_plan.choices", {
			reference_doctype: frm.doc.reference_doctype,
		})
		.then((found) => {
			frm.fields_dict.date_field.set_data(found.dates);
			frm.fields_dict.person_field.set_data(found.persons);
			if (!frm.doc.person_field) frm.set_value("person_field", found.person);
			frm.refresh_fields(["date_field", "person_field"]); // labels instead of names
		});
}

function show_filters(frm) {
	const $area = frm.fields_dict.filter_area.$wrapper.empty();
	if (!frm.doc.reference_doctype) return;
	const doctype = frm.doc.reference_doctype;
	frappe.model.with_doctype(doctype, () => {
		if (frm.doc.reference_doctype !== doctype) return; // chosen anew meanwhile
		$area.empty();
		const group = new frappe.ui.FilterGroup({
			parent: $area,
			doctype,
			on_change: () => {
				const filters = JSON.stringify(group.get_filters());
				if (filters !== (frm.doc.filters || "[]")) frm.set_value("filters", filters);
			},
		});
		group.add_filters_to_filter_group(JSON.parse(frm.doc.filters || "[]"));
	});
}

function open_draw(frm) {
	if (frm.is_dirty()) {
		frappe.show_alert({ message: __("Save the plan first."), indicator: "orange" });
		return;
	}
	const dialog = new frappe.ui.Dialog({
		title: __("Draw Sample"),
		size: "large",
		fields: [
			{ fieldname: "from_date", fieldtype: "Date", label: __("From Date"), change: () => preview(frm, dialog) },
			{ fieldtype: "Column Break" },
			{ fieldname: "to_date", fieldtype: "Date", label: __("To Date"), change: () => preview(frm, dialog) },
			{ fieldtype: "Section Break" },
			{ fieldname: "preview", fieldtype: "HTML" },
		],
		primary_action_label: __("Draw Sample"),
		primary_action: () => draw(frm, dialog),
	});
	dialog.show();
	preview(frm, dialog, true);
}

function period(frm, dialog) {
	const { from_date, to_date } = dialog.get_values(true) || {};
	return { plan: frm.doc.name, from_date: from_date || null, to_date: to_date || null };
}

function preview(frm, dialog, first) {
	const wanted = period(frm, dialog);
	// Not while one of the two dates is still to be chosen.
	if (!first && !(wanted.from_date && wanted.from_date <= wanted.to_date)) return;
	const asked = JSON.stringify(wanted);
	if (dialog.asked === asked) return;
	dialog.asked = asked;
	frappe.xcall(`${CHECKS}.preview`, wanted).then((found) => {
		if (first) {
			dialog.asked = JSON.stringify({ ...wanted, from_date: found.from_date, to_date: found.to_date });
			dialog.set_values({ from_date: found.from_date, to_date: found.to_date });
		}
		dialog.get_primary_btn().prop("disabled", Boolean(found.draw));
		dialog.fields_dict.preview.$wrapper.html(preview_html(frm, found));
	});
}

function preview_html(frm, found) {
	const escape = frappe.utils.escape_html;
	const sentence = found.draw
		? __("This period has been drawn: {0}", [frappe.utils.get_form_link("Check Draw", found.draw, true)])
		: __("{0} of {1} records are checked.", [found.sample, found.population]);
	const rows = found.rows.map((row) => {
		const person = row.person ? frappe.user.full_name(row.person) : "";
		const link = frappe.utils.get_form_link(frm.doc.reference_doctype, row.name, true, escape(row.name));
		return `<tr><td>${link}</td><td>${escape(row.title || "")}</td><td>${escape(person)}</td></tr>`;
	});
	const more = found.sample - rows.length;
	return `<p>${sentence}</p><table class="table table-sm table-bordered">
		<thead><tr><th>${__("Record No.")}</th><th>${__("Title")}</th><th>${__("Person in Charge")}</th></tr></thead>
		<tbody>${rows.join("")}</tbody></table>
		${more > 0 ? `<p class="text-muted">${__("and {0} more", [more])}</p>` : ""}`;
}

function draw(frm, dialog) {
	frappe.xcall(`${CHECKS}.draw_sample`, period(frm, dialog)).then((result) => {
		dialog.hide();
		if (result.queued) {
			frappe.show_alert({ message: __("{0} check records are being made.", [result.made]), indicator: "blue" });
			return;
		}
		const message = result.already
			? __("This period had been drawn by somebody else a moment ago. Nothing was made twice.")
			: __("{0} check records were made.", [result.made]);
		frappe.show_alert({ message, indicator: result.already ? "orange" : "green" });
		frappe.set_route("List", "Check Record", { draw: result.draw });
	});
}
