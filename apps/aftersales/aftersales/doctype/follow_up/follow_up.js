const HANDLERS = "aftersales.aftersales.follow_ups.";

frappe.ui.form.on("Follow-up", {
	setup(frm) {
		for (const field of ["mode", "purpose", "opinion", "solution_method", "place_of_handling"]) {
			frm.set_query(field, () => ({ filters: { disabled: 0 } }));
		}
		frm.set_query("survey_template", () => ({ filters: { enabled: 1 } }));
		frm.set_query("source_doctype", () => ({ filters: { istable: 0, issingle: 0 } }));
	},

	refresh(frm) {
		show_source(frm);
		show_survey(frm);
		limit_to_feedback(frm);
		add_buttons(frm);
	},

	survey_template(frm) {
		frm.set_value("survey_answers", null);
		if (!frm.doc.survey_template) return show_survey(frm);
		frappe
			.xcall("aftersales.aftersales.surveys.get_form", { template: frm.doc.survey_template })
			.then((form) => {
				(frm.doc.__onload = frm.doc.__onload || {}).survey = form;
				show_survey(frm);
			});
	},

	// Frappe's own actions ask nothing; these two need to know something first.
	before_workflow_action(frm) {
		const ask = { Cancel: ask_cancel_reason, "Call Again": ask_next_call }[frm.selected_workflow_action];
		if (!ask) return Promise.resolve();
		frappe.dom.unfreeze();
		ask(frm);
		return Promise.reject();
	},
});

const is_open = (frm) => frm.doc.stage === "Open";
const may_handle = () => frappe.model.can_create("Follow-up");
const esc = (text) => frappe.utils.escape_html(String(text ?? ""));

function show_source(frm) {
	const source = frm.doc.__onload && frm.doc.__onload.source;
	const $place = frm.get_field("source_html").$wrapper.empty();
	if (!source || frm.is_new()) return;
	const facts = source.facts.map((row) => `<span><span class="text-muted">${esc(row.label)}:</span> ${esc(row.value)}</span>`);
	const texts = source.texts.map(
		(row) => `<div><span class="text-muted">${esc(row.label)}</span><br>${esc(row.value).replace(/\n/g, "<br>")}</div>`
	);
	const href = `/app/${frappe.router.slug(frm.doc.source_doctype)}/${encodeURIComponent(frm.doc.source_name)}`;
	$place.html(`<div class="as-follow-up-source">
		<div><a href="${href}"><b>${esc(source.title)}</b></a></div>
		<div class="as-follow-up-facts">${facts.join("")}</div>
		<div class="as-follow-up-texts">${texts.join("")}</div>
	</div>`);
}

function show_survey(frm) {
	const $place = frm.get_field("survey_html").$wrapper.empty();
	const form = frm.doc.survey_template && frm.doc.__onload && frm.doc.__onload.survey;
	if (!form) return;
	const writable = is_open(frm) && may_handle() && !frm.doc.survey_response;
	const answers = frm.doc.survey_response ? form.answers : JSON.parse(frm.doc.survey_answers || "{}");
	aftersales.survey.show($place, form, answers, writable, (changed) =>
		frm.set_value("survey_answers", JSON.stringify(changed))
	);
}

// Who may write but not make follow-ups writes the own feedback and nothing else; the server refuses the rest.
function limit_to_feedback(frm) {
	frm.set_intro("");
	const mine = frm.doc.feedback_person === frappe.session.user;
	frm.set_df_property("feedback", "read_only", mine ? 0 : 1);
	if (!may_handle() && !frm.is_new()) {
		for (const field of frm.meta.fields) {
			if (field.fieldname !== "feedback" && !frappe.model.no_value_type.includes(field.fieldtype)) {
				frm.set_df_property(field.fieldname, "read_only", 1);
			}
		}
	}
	if (mine && frm.doc.stage === "Awaiting Feedback") {
		frm.set_intro(__("Your feedback is awaited: write it under Feedback and save."), "orange");
	}
	if (frm.doc.status === "Audited") {
		frm.set_read_only();
		frm.disable_save();
		frm.set_intro(__("This follow-up is audited: nothing can be changed until the audit is cancelled."), "blue");
	}
}

function add_buttons(frm) {
	if (frm.is_new() || !may_handle()) return;
	if (is_open(frm)) {
		frm.add_custom_button(__("Not Reached"), () => ask_next_call(frm));
		frm.add_custom_button(__("Cancel Follow-up"), () => ask_cancel_reason(frm), __("More"));
		if (frm.doc.phone) {
			frm.add_custom_button(__("Call"), () => window.open(`tel:${frm.doc.phone.replace(/[^\d+*#]/g, "")}`, "_self"), __("More"));
		}
	}
	if (frm.doc.customer) {
		frm.add_custom_button(
			__("History"),
			() => frappe.set_route("List", "Follow-up", { customer: frm.doc.customer }),
			__("More")
		);
	}
	if (!frm.doc.complaint && frappe.model.can_create("Customer Complaint")) {
		frm.add_custom_button(__("Open Complaint"), () => open_complaint(frm), __("More"));
	}
}

function ask_next_call(frm) {
	save_first(frm).then(() =>
		frappe.prompt(
			[
				{
					fieldname: "next_date",
					fieldtype: "Date",
					label: __("Call Again on"),
					reqd: 1,
					default: frappe.datetime.add_days(frappe.datetime.get_today(), 1),
				},
				{ fieldname: "note", fieldtype: "Small Text", label: __("Note") },
			],
			(values) =>
				frappe.xcall(`${HANDLERS}not_reached`, { follow_up: frm.doc.name, ...values }).then(() => {
					frappe.show_alert({ message: __("Noted. The follow-up is due again on that day."), indicator: "green" });
					frm.reload_doc();
				}),
			__("Not Reached"),
			__("Save")
		)
	);
}

function ask_cancel_reason(frm) {
	save_first(frm).then(() =>
		frappe.prompt(
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason for Cancelling"), reqd: 1 },
			({ reason }) =>
				frappe
					.xcall(`${HANDLERS}cancel`, { follow_up: frm.doc.name, reason })
					.then(() => frm.reload_doc()),
			__("Cancel Follow-up"),
			__("Cancel Follow-up")
		)
	);
}

function save_first(frm) {
	return frm.is_dirty() ? frm.save() : Promise.resolve();
}

function open_complaint(frm) {
	frappe.new_doc("Customer Complaint", {
		customer: frm.doc.customer,
		customer_name: frm.doc.customer_name,
		contact_phone: frm.doc.phone,
		reason: frm.doc.result || frm.doc.remaining_problem,
		source_doctype: "Follow-up",
		source_name: frm.doc.name,
	});
}
