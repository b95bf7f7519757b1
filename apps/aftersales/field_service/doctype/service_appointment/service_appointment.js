const APPOINTMENTS = "aftersales.field_service.appointments.";
const AHEAD = ["Requested", "Confirmed", "Moved"];

frappe.ui.form.on("Service Appointment", {
	setup(frm) {
		for (const field of ["customer", "product"]) {
			frm.set_query(field, () => ({ filters: { disabled: 0 } }));
		}
		frm.set_query("plan", () => ({ filters: { enabled: 1, appointment_kind: frm.doc.appointment_kind } }));
		frm.set_query("technician", () => ({ filters: { enabled: 1 } }));
		frm.set_query("device", () => (frm.doc.customer ? { filters: { customer: frm.doc.customer } } : {}));
	},

	refresh(frm) {
		// The time of a stored appointment changes by moving it; the server refuses the rest.
		for (const field of ["plan", "appointment_date", "from_time", "to_time"]) {
			frm.set_df_property(field, "read_only", frm.is_new() ? 0 : 1);
		}
		add_buttons(frm);
	},

	appointment_kind(frm) {
		if (frm.is_new()) frm.set_value("plan", null);
	},

	plan(frm) {
		if (frm.is_new() && frm.doc.plan) choose(frm);
	},

	// Frappe's own actions ask nothing; these two need to know something first.
	before_workflow_action(frm) {
		const ask = { Cancel: ask_cancel_reason, Reschedule: choose }[frm.selected_workflow_action];
		if (!ask) return Promise.resolve();
		frappe.dom.unfreeze();
		ask(frm);
		return Promise.reject();
	},
});

function add_buttons(frm) {
	if (frm.is_new()) {
		frm.add_custom_button(__("Choose a Window"), () => choose(frm));
		return;
	}
	if (frm.doc.stage === "Requested" || frm.doc.stage === "Moved") {
		if (frappe.model.can_create(frm.doctype)) {
			frm.add_custom_button(__("Reschedule"), () => choose(frm));
		}
	}
	if (!["Cancelled", "No Show"].includes(frm.doc.stage) && frappe.model.can_create("Service Order")) {
		frm.add_custom_button(__("Service Order"), () => make_order(frm), __("Create"));
	}
}

function make_order(frm) {
	frappe.xcall(`${APPOINTMENTS}new_order`, { appointment: frm.doc.name }).then((order) => {
		frappe.model.sync(order);
		frappe.set_route("Form", order.doctype, order.name);
	});
}

function ask_cancel_reason(frm) {
	save_first(frm).then(() =>
		frappe.prompt(
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason for Cancelling"), description: __("The customer reads this."), reqd: 1 },
			({ reason }) =>
				frappe
					.xcall(`${APPOINTMENTS}cancel`, { appointment: frm.doc.name, reason })
					.then(() => frm.reload_doc()),
			__("Cancel Appointment"),
			__("Cancel Appointment")
		)
	);
}

function save_first(frm) {
	return !frm.is_new() && frm.is_dirty() ? frm.save() : Promise.resolve();
}

// One dialog for a new appointment and for moving one: a plan's windows with their free places, or any time without a plan.
function choose(frm) {
	save_first(frm).then(() => new WindowChooser(frm));
}

class WindowChooser {
	constructor(frm) {
		this.frm = frm;
		this.moving = !frm.is_new();
		this.dialog = new frappe.ui.Dialog({
			title: this.moving ? __("Reschedule Appointment") : __("Choose a Window"),
			fields: this.fields(),
			primary_action_label: this.moving ? __("Reschedule") : __("Choose"),
			primary_action: (values) => this.done(values),
		});
		this.dialog.show();
		this.show_windows();
	}

	fields() {
		const doc = this.frm.doc;
		const no_plan = { depends_on: "eval:!doc.plan", mandatory_depends_on: "eval:!doc.plan" };
		const again = () => this.show_windows();
		return [
			{
				fieldname: "plan",
				fieldtype: "Link",
				options: "Appointment Plan",
				label: __("Appointment Plan"),
				default: doc.plan,
				onchange: again,
				get_query: () => ({ filters: { enabled: 1, appointment_kind: doc.appointment_kind } }),
			},
			{ fieldtype: "Column Break" },
			{
				fieldname: "appointment_date",
				fieldtype: "Date",
				label: __("From Day"),
				reqd: 1,
				default: doc.appointment_date || frappe.datetime.get_today(),
				onchange: again,
			},
			{ fieldtype: "Section Break" },
			{ fieldname: "windows", fieldtype: "HTML", depends_on: "plan" },
			{ fieldname: "from_time", fieldtype: "Time", label: __("From Time"), default: doc.from_time, ...no_plan },
			{ fieldname: "to_time", fieldtype: "Time", label: __("To Time"), default: doc.to_time, ...no_plan },
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason for Moving"),
				description: __("The customer reads this."),
				hidden: this.moving ? 0 : 1,
			},
		];
	}

	show_windows() {
		const plan = this.dialog.get_value("plan");
		const start = this.dialog.get_value("appointment_date");
		const asked = `${plan}/${start}`;
		if (asked === this.asked) return;
		this.asked = asked;
		this.chosen = null;
		const $place = this.dialog.fields_dict.windows.$wrapper.empty();
		if (!plan || !start) return;
		const appointment = this.moving ? this.frm.doc.name : null;
		frappe.xcall(`${APPOINTMENTS}windows`, { plan, start, days: 14, appointment }).then((windows) => {
			if (this.asked === asked) this.draw($place, windows);
		});
	}

	draw($place, windows) {
		if (!windows.length) {
			$place.html(`<p class="text-muted">${__("No windows within 14 days from that day.")}</p>`);
			return;
		}
		windows.forEach((row, index) => (row.index = index));
		const days = [...new Set(windows.map((row) => row.date))].map((date) => [
			date,
			windows.filter((row) => row.date === date),
		]);
		$place.html(
			`<div role="radiogroup" aria-label="${__("Windows")}">${days
				.map(([date, rows]) => `<div class="row align-items-center mb-2">${this.day(date, rows)}</div>`)
				.join("")}</div>`
		);
		$place.find("button").on("click", (event) => {
			$place.find("button").attr("aria-checked", "false").removeClass("btn-primary").addClass("btn-default");
			$(event.currentTarget).attr("aria-checked", "true").removeClass("btn-default").addClass("btn-primary");
			this.chosen = windows[event.currentTarget.dataset.index];
		});
	}

	day(date, rows) {
		const head = `${__(moment(date).format("dddd"))} ${frappe.datetime.str_to_user(date)}`;
		const buttons = rows.map((row) => {
			const free = row.free ? __("{0} free", [row.free]) : __("full");
			return `<button type="button" class="btn btn-xs btn-default mr-1 mb-1" role="radio" aria-checked="false"
				data-index="${row.index}" ${row.free ? "" : "disabled"}>${row.words} <span class="small">(${free})</span></button>`;
		});
		return `<div class="col-sm-4 small">${head}</div><div class="col-sm-8">${buttons.join("")}</div>`;
	}

	done(values) {
		if (values.plan && !this.chosen) {
			frappe.show_alert({ message: __("Choose one of the windows."), indicator: "orange" });
			return;
		}
		const time = values.plan ? this.chosen : { ...values, date: values.appointment_date };
		const change = {
			plan: values.plan || "",
			appointment_date: time.date,
			from_time: time.from_time,
			to_time: time.to_time,
		};
		if (!this.moving) {
			this.dialog.hide();
			// Not by set_value: the plan's own event would open this dialog again.
			const { plan, ...when } = change;
			this.frm.doc.plan = plan;
			this.frm.refresh_field("plan");
			this.frm.set_value(when);
			return;
		}
		frappe
			.xcall(`${APPOINTMENTS}move`, { appointment: this.frm.doc.name, ...change, reason: values.reason })
			.then(() => {
				this.dialog.hide();
				this.frm.reload_doc();
			});
	}
}
