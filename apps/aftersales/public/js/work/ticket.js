// What work adds to the ticket's form: who shall be in charge (S8.11), and a work record of one's own (S8.12).
const ASSIGNMENT = "aftersales.aftersales.work.ticket_assignment";

frappe.ui.form.on("Service Ticket", {
	refresh(frm) {
		if (frm.is_new()) return;
		if (!frm.doc.completed && frm.perm[0]?.write) {
			frm.add_custom_button(__("Assign to Engineer"), () => choose_engineer(frm));
		}
		if (frappe.model.can_create("Work Record")) {
			frm.add_custom_button(__("Work Record"), () => new_work_record(frm), __("Create"));
		}
	},
});

function choose_engineer(frm) {
	frappe.xcall(`${ASSIGNMENT}.candidates`, { ticket: frm.doc.name }).then((rows) => {
		const dialog = new frappe.ui.Dialog({
			title: __("Assign to Engineer"),
			size: "large",
			fields: [
				{ fieldname: "candidates", fieldtype: "HTML" },
				{
					fieldname: "user",
					fieldtype: "Link",
					options: "User",
					label: __("Somebody Else"),
					get_query: () => ({ filters: { enabled: 1, user_type: "System User" } }),
				},
			],
			primary_action_label: __("Assign"),
			primary_action({ user }) {
				const chosen = user || dialog.$wrapper.find("input[name=engineer]:checked").val() || null;
				return assign(frm, dialog, chosen);
			},
			secondary_action_label: __("Least Loaded"),
			secondary_action: () => assign(frm, dialog, null),
		});
		dialog.fields_dict.candidates.$wrapper.html(candidate_table(rows));
		dialog.show();
	});
}

function candidate_table(rows) {
	if (!rows.length) return `<p class="text-muted">${__("No agent group takes this record type.")}</p>`;
	const escape = frappe.utils.escape_html;
	const heads = ["", __("Engineer"), __("Agent Group"), __("Open Work"), __("On Duty"), __("Knows the Product")];
	const lines = rows.map(
		(row, index) => `<tr><td><input type="radio" name="engineer" value="${escape(row.user)}"
			aria-label="${escape(row.full_name)}" ${index ? "" : "checked"}></td>
			<td>${escape(row.full_name)}</td><td>${escape(row.agent_group)}</td>
			<td>${row.load}${row.limit ? ` / ${row.limit}` : ""}</td>
			<td>${row.on_duty ? __("Yes") : __("No")}</td><td>${row.expert ? __("Yes") : ""}</td></tr>`
	);
	return `<table class="table table-sm"><thead><tr>${heads
		.map((head) => `<th scope="col">${head}</th>`)
		.join("")}</tr></thead><tbody>${lines.join("")}</tbody></table>`;
}

function assign(frm, dialog, user) {
	return frappe.xcall(`${ASSIGNMENT}.assign`, { ticket: frm.doc.name, user }).then((chosen) => {
		dialog.hide();
		frm.reload_doc();
		frappe.show_alert({
			message: __("Assigned to {0}", [frappe.utils.escape_html(frappe.user.full_name(chosen))]),
			indicator: "green",
		});
	});
}

function new_work_record(frm) {
	frappe
		.xcall("aftersales.aftersales.work.records.new_from_ticket", { ticket: frm.doc.name })
		.then((record) => {
			frappe.model.sync(record);
			frappe.set_route("Form", record.doctype, record.name);
		});
}
