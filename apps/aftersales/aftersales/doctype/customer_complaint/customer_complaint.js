// What a step of the workflow asks for before it is taken; `reqd` fields are what the server demands
// (aftersales.aftersales.complaint_rules.STEPS).
const REASON = { fieldname: "opinion", fieldtype: "Small Text", label: __("Reason"), reqd: 1 };
const OPINION = { fieldname: "opinion", fieldtype: "Small Text", label: __("Opinion") };

const STEP_FIELDS = {
	"Solve on the Spot": (frm) => [
		{
			fieldname: "result",
			fieldtype: "Text",
			label: __("Handling Result"),
			reqd: 1,
			default: frm.doc.result,
		},
		{
			fieldname: "handler",
			fieldtype: "Data",
			label: __("Handler"),
			default: frappe.session.user,
			read_only: 1,
		},
	],
	Uphold: (frm) => [
		{
			fieldname: "handler",
			fieldtype: "Link",
			options: "User",
			label: __("Handler"),
			reqd: 1,
			default: frm.doc.handler,
			get_query: () => ({ filters: { enabled: 1, user_type: "System User" } }),
		},
		{
			fieldname: "handle_by",
			fieldtype: "Datetime",
			label: __("Handle By"),
			default: frm.doc.handle_by,
			description: __("Leave empty for the working hours of the route."),
		},
		OPINION,
	],
	"Do Not Uphold": () => [
		{ ...REASON, description: __("The customer is told this reason.") },
	],
	"Return to Registrar": () => [REASON],
	"Finish Handling": (frm) => [
		{ fieldname: "result", fieldtype: "Text", label: __("Handling Result"), reqd: 1, default: frm.doc.result },
		{
			fieldname: "root_cause",
			fieldtype: "Small Text",
			label: __("Root Cause"),
			default: frm.doc.root_cause,
		},
		{
			fieldname: "corrective_action",
			fieldtype: "Small Text",
			label: __("Corrective Action"),
			default: frm.doc.corrective_action,
		},
		{ fieldname: "column", fieldtype: "Column Break" },
		{
			fieldname: "compensation",
			fieldtype: "Small Text",
			label: __("Compensation"),
			default: frm.doc.compensation,
		},
		{
			fieldname: "compensation_amount",
			fieldtype: "Currency",
			label: __("Compensation Amount"),
			default: frm.doc.compensation_amount,
		},
	],
	"Send Back to Department": () => [REASON],
	"Return to Handler": () => [REASON],
	"Give Feedback": (frm) => [
		{
			fieldname: "feedback_channel",
			fieldtype: "Select",
			label: __("Feedback By"),
			options: options_of(frm, "feedback_channel"),
			default: frm.doc.feedback_channel || frm.doc.preferred_channel || "Phone",
			reqd: 1,
		},
		{
			fieldname: "feedback_on",
			fieldtype: "Datetime",
			label: __("Feedback On"),
			default: frappe.datetime.now_datetime(),
		},
		{
			fieldname: "feedback_note",
			fieldtype: "Small Text",
			label: __("What the Customer Was Told"),
			reqd: 1,
			default: frm.doc.feedback_note || frm.doc.result,
		},
		...satisfaction_fields(frm, 0),
	],
	"Handle Again": () => [REASON],
	Reopen: () => [REASON],
	Close: (frm) =>
		frm.doc.stage === "Answered"
			? [
					...satisfaction_fields(frm, 1),
					{
						...OPINION,
						label: __("Reason"),
						depends_on: "eval:(doc.satisfaction || '').includes('issatisfied')",
						description: __("Why it is closed although the customer is not satisfied."),
					},
			  ]
			: [],
};

function satisfaction_fields(frm, reqd) {
	return [
		{
			fieldname: "satisfaction",
			fieldtype: "Select",
			label: __("Satisfaction"),
			options: options_of(frm, "satisfaction"),
			default: frm.doc.satisfaction,
			reqd,
		},
		{
			fieldname: "customer_comment",
			fieldtype: "Small Text",
			label: __("What the Customer Says"),
			default: frm.doc.customer_comment,
		},
	];
}

function options_of(frm, fieldname) {
	return frm.get_docfield(fieldname).options;
}

frappe.ui.form.on("Customer Complaint", {
	setup(frm) {
		frm.set_query("complaint_type", () => ({ filters: { disabled: 0 } }));
		frm.set_query("customer", () => ({ filters: { disabled: 0 } }));
		frm.set_query("product", () => ({ filters: { disabled: 0 } }));
		frm.set_query("handler", () => ({ filters: { enabled: 1, user_type: "System User" } }));
	},

	refresh(frm) {
		lock_what_others_fill(frm);
		show_marks(frm);
		add_buttons(frm);
	},

	complaint_type(frm) {
		if (!frm.doc.complaint_type) return;
		frappe.db
			.get_value("Complaint Type", frm.doc.complaint_type, ["kind", "target_doctype", "major_event"])
			.then(({ message }) => {
				frm.set_value("kind", message.kind);
				if (!frm.doc.target_doctype) frm.set_value("target_doctype", message.target_doctype);
				if (message.major_event) frm.set_value("major_event", 1);
			});
	},

	customer(frm) {
		if (!frm.doc.customer) return;
		const fields = ["customer_name", "phone", "email", "preferred_channel"];
		frappe.db.get_value("Service Customer", frm.doc.customer, fields).then(({ message }) => {
			frm.set_value({
				customer_name: message.customer_name,
				contact_phone: message.phone,
				email: message.email,
				preferred_channel: message.preferred_channel,
			});
		});
	},

	target_doctype: (frm) => frm.set_value("target", null),

	// Frappe drops what was typed when it applies an action, so the dialog's values go with the action in one request.
	before_workflow_action(frm) {
		const action = frm.selected_workflow_action;
		const fields = STEP_FIELDS[action] ? STEP_FIELDS[action](frm) : [];
		if (!fields.length) return undefined;
		frappe.dom.unfreeze();
		ask(frm, __(action), fields, (values) => call(frm, "act", { action, values }));
		// The dialog goes on from here; Frappe's own request must not follow.
		return new Promise(() => {});
	},
});

function ask(frm, title, fields, send) {
	const dialog = new frappe.ui.Dialog({
		title,
		fields,
		primary_action_label: title,
		primary_action(values) {
			dialog.disable_primary_action();
			send(values)
				.then(() => dialog.hide())
				.catch(() => {})
				.finally(() => dialog.enable_primary_action());
		},
	});
	dialog.show();
}

function call(frm, method, args) {
	return frappe
		.xcall(`aftersales.aftersales.complaints.${method}`, { complaint: frm.doc.name, ...args })
		.then(() => frm.reload_doc());
}

// The server refuses these changes (complaint_rules.allowed_fields); here people see it before they type.
function lock_what_others_fill(frm) {
	const { stage, handler } = frm.doc;
	const user = frappe.session.user;
	const may_handle = stage === "Handling" && handler === user;
	for (const field of ["result", "root_cause", "corrective_action", "compensation", "compensation_amount"]) {
		frm.set_df_property(field, "read_only", may_handle ? 0 : 1);
	}
	const in_review = stage === "Review";
	frm.set_df_property("handler", "read_only", in_review ? 0 : 1);
	frm.set_df_property("handle_by", "read_only", in_review || stage === "Handling" ? 0 : 1);
	const may_choose_department = frm.is_new() || !stage || stage === "Registration";
	frm.set_df_property("department", "read_only", may_choose_department ? 0 : 1);
	const in_feedback = ["Handled", "Not Upheld", "Answered"].includes(stage);
	frm.set_df_property("feedback_on", "read_only", 1);
	for (const field of ["feedback_by", "feedback_note", "satisfaction", "customer_comment"]) {
		frm.set_df_property(field, "read_only", in_feedback ? 0 : 1);
	}
	frm.set_df_property("opinion", "hidden", frm.is_new() ? 1 : 0);
	if (stage === "Done" && !frappe.model.can_delete(frm.doctype)) {
		frm.set_read_only();
		frm.refresh_fields();
		frm.disable_save();
	}
}

function show_marks(frm) {
	frm.dashboard.clear_headline();
	if (frm.is_new()) return;
	const marks = [];
	if (frm.doc.major_event) marks.push(__("Major Event"));
	if (frm.doc.level) marks.push(__("Escalation Level {0}", [frm.doc.level]));
	const late = frm.doc.due_at && frm.doc.due_at < frappe.datetime.now_datetime();
	if (late) marks.push(__("Overdue"));
	if (marks.length) {
		frm.dashboard.set_headline_alert(frappe.utils.escape_html(marks.join(" · ")), "red");
	}
}

function add_buttons(frm) {
	if (frm.is_new() || !frm.perm[0] || !frm.perm[0].write) return;
	const { stage } = frm.doc;
	if (stage === "Review") frm.add_custom_button(__("Pass On"), () => pass_on(frm));
	if (stage === "Handling") frm.add_custom_button(__("Reassign"), () => reassign(frm));
	if (stage !== "Done") frm.add_custom_button(__("Escalate"), () => escalate(frm));
}

function pass_on(frm) {
	const next = frm.doc.next_department;
	const fields = [
		{
			fieldname: "department",
			fieldtype: "Link",
			options: "Service Department",
			label: __("Department"),
			default: next,
			reqd: 1,
		},
		{
			...OPINION,
			label: __("Opinion or Reason"),
			mandatory_depends_on: `eval:doc.department !== ${JSON.stringify(next || "")}`,
		},
	];
	ask(frm, __("Pass On"), fields, (values) => call(frm, "pass_on", values));
}

function reassign(frm) {
	const fields = [
		{
			fieldname: "handler",
			fieldtype: "Link",
			options: "User",
			label: __("Handler"),
			reqd: 1,
			get_query: () => ({ filters: { enabled: 1, user_type: "System User" } }),
		},
		REASON,
	];
	ask(frm, __("Reassign"), fields, (values) => call(frm, "reassign", values));
}

function escalate(frm) {
	ask(frm, __("Escalate"), [REASON], (values) => call(frm, "escalate", values));
}
