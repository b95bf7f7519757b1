frappe.listview_settings["Shift"] = {
	onload(listview) {
		listview.page.add_inner_button(__("On Duty Now"), show_on_duty);
	},
	get_indicator(doc) {
		const today = frappe.datetime.get_today();
		if (doc.disabled) return [__("Disabled"), "gray", "disabled,=,1"];
		if (doc.to_date && doc.to_date < today) return [__("Over"), "gray", `to_date,<,${today}`];
		if (doc.from_date > today) return [__("Planned"), "blue", `from_date,>,${today}`];
		return [__("Active"), "green", "disabled,=,0"];
	},
	add_fields: ["disabled", "from_date", "to_date"],
};

function show_on_duty() {
	frappe.xcall("aftersales.aftersales.work.shifts.who_is_on_duty").then((rows) => {
		const escape = frappe.utils.escape_html;
		const lines = rows.map(
			(row) => `<tr><td>${escape(row.agent_group)}</td><td>${escape(row.full_name || row.user)}</td>
				<td>${escape(row.shift_name)}</td><td>${frappe.datetime.str_to_user(row.until)}</td></tr>`
		);
		const heads = [__("Agent Group"), __("Agent"), __("Shift"), __("Until")];
		frappe.msgprint({
			title: __("On Duty Now"),
			message: rows.length
				? `<table class="table table-sm"><thead><tr>${heads
						.map((head) => `<th scope="col">${head}</th>`)
						.join("")}</tr></thead><tbody>${lines.join("")}</tbody></table>`
				: __("Nobody is on shift now."),
			wide: true,
		});
	});
}
