// Sampled arrangement of follow-up calls (S2.44); the rules are aftersales.aftersales.work.follow_up_tasks'.
const TASKS = "aftersales.aftersales.work.follow_up_tasks";

frappe.pages["follow-up-tasks"].on_page_load = function (wrapper) {
	wrapper.follow_up_tasks = new FollowUpTasks(wrapper);
};

class FollowUpTasks {
	constructor(wrapper) {
		this.page = frappe.ui.make_app_page({ parent: wrapper, title: __("Follow-up Tasks"), single_column: true });
		this.$body = $('<div class="follow-up-tasks" style="padding: var(--padding-md)"></div>').appendTo(
			this.page.main
		);
		this.make_filters();
		this.$result = $('<div class="follow-up-preview" role="status"></div>').appendTo(this.$body);
		this.page.set_primary_action(__("Preview"), () => this.preview());
	}

	make_filters() {
		const methods = {
			All: __("All"),
			"Every Nth": __("Every Nth"),
			Percentage: __("Percentage"),
			Count: __("Count"),
			"Random by Person": __("Random by Person"),
		};
		this.form = new frappe.ui.FieldGroup({
			parent: $("<div></div>").appendTo(this.$body),
			fields: [
				{
					fieldname: "group",
					fieldtype: "Link",
					options: "Agent Group",
					label: __("Agent Group"),
					reqd: 1,
					get_query: () => ({ filters: { disabled: 0 } }),
				},
				{ fieldname: "on_date", fieldtype: "Date", label: __("On Shift On"), default: "Today" },
				{ fieldname: "all_members", fieldtype: "Check", label: __("All members, on shift or not") },
				{ fieldtype: "Column Break" },
				{ fieldname: "due_until", fieldtype: "Date", label: __("Due Until") },
				{ fieldname: "only_unassigned", fieldtype: "Check", label: __("Only calls that nobody of the group has") },
				{ fieldtype: "Column Break" },
				{
					fieldname: "method",
					fieldtype: "Select",
					label: __("Method"),
					options: Object.entries(methods).map(([value, label]) => ({ value, label })),
					default: "All",
				},
				{
					fieldname: "size",
					fieldtype: "Float",
					label: __("Size"),
					depends_on: "eval:doc.method !== 'All'",
					description: __("A number, or a percentage, as the method asks."),
				},
				{
					fieldname: "seed",
					fieldtype: "Data",
					label: __("Seed"),
					default: frappe.datetime.get_today(),
					depends_on: "eval:doc.method !== 'All'",
					description: __("The same seed draws the same sample again."),
				},
			],
		});
		this.form.make();
	}

	preview() {
		const values = this.form.get_values();
		if (!values) return;
		return frappe.xcall(`${TASKS}.preview`, values).then(
			(plan) => this.show(plan, values),
			() => this.$result.empty() // Frappe has shown what is wrong
		);
	}

	show(plan, values) {
		const escape = frappe.utils.escape_html;
		const cell = (text) => `<td>${escape(text || "")}</td>`;
		const table = (heads, rows) => `<table class="table table-sm"><thead><tr>${heads
			.map((head) => `<th scope="col">${head}</th>`)
			.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
		const summary = __("{0} of {1} open follow-ups are in the sample.", [
			plan.sample.length,
			plan.population,
		]);
		this.$result.html(`<h5>${summary}</h5>
			<div class="row"><div class="col-md-4">${table(
				[__("Agent"), __("New Calls")],
				plan.shares.map((row) => `<tr>${cell(row.full_name)}<td>${row.share}</td></tr>`)
			)}</div><div class="col-md-8">${table(
			[__("Follow-up"), __("Customer Name"), __("Due Date"), __("Reason"), __("Now With")],
			plan.sample.map(
				(row) => `<tr><td>${frappe.utils.get_form_link("Follow-up", row.name, true)}</td>${cell(
					row.customer_name
				)}${cell(frappe.datetime.str_to_user(row.due_date))}${cell(row.reason)}${cell(
					row.planned_for && frappe.user.full_name(row.planned_for)
				)}</tr>`
			)
		)}</div></div>`);
		if (plan.sample.length) {
			$(`<button class="btn btn-primary btn-sm follow-up-assign">${__("Assign")}</button>`)
				.appendTo(this.$result)
				.on("click", () => this.assign(plan, values));
		}
	}

	assign(plan, values) {
		this.$result.find(".follow-up-assign").prop("disabled", true);
		return frappe
			.xcall(`${TASKS}.arrange`, {
				group: values.group,
				names: JSON.stringify(plan.sample.map((row) => row.name)),
				on_date: values.on_date || null,
				all_members: values.all_members,
			})
			.then((given) => {
				const shares = Object.entries(given).map(
					([user, number]) => `${frappe.utils.escape_html(frappe.user.full_name(user))}: ${number}`
				);
				this.$result.html(
					`<div class="alert alert-success">${__("Assigned.")} ${shares.join(", ")}</div>`
				);
			})
			.finally(() => this.$result.find(".follow-up-assign").prop("disabled", false));
	}
}
