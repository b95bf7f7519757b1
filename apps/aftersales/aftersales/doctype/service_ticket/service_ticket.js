const CUSTOMER_VALUES = {
	customer_name: "customer_name",
	organisation: "organisation",
	contact_phone: "phone",
	email: "email",
	dealer: "dealer",
	region: "region",
};
const PRODUCT_VALUES = {
	product_name: "product_name",
	package: "package",
	product_category: "product_category",
};

frappe.ui.form.on("Service Ticket", {
	setup(frm) {
		for (const field of ["customer", "product", "dealer"]) {
			frm.set_query(field, () => ({ filters: { disabled: 0 } }));
		}
		add_shortcuts(frm);
	},

	onload(frm) {
		frm.values_of_link = {};
		remember_values(frm, "customer", CUSTOMER_VALUES);
		remember_values(frm, "product", PRODUCT_VALUES);
	},

	refresh(frm) {
		if (frm.is_new() && frm.doc.person_in_charge) {
			name_person_in_charge(frm);
		}
		lock_when_audited(frm);
		protect_handling_log(frm);
		add_originals_button(frm);
		show_customer_marks(frm);
		aftersales.deadline.show(frm, { respond_by: __("Respond by"), resolve_by: __("Resolve by") });
		aftersales.ticket.settings().then((settings) => {
			frm.ticket_settings = settings;
			require_lot_no(frm);
			aftersales.ticket.show_picture_strip(frm, settings.max_pictures);
		});
	},

	customer: (frm) => fill_from_link(frm, "customer", CUSTOMER_VALUES),
	product: (frm) => fill_from_link(frm, "product", PRODUCT_VALUES, ["product_name"]),
	person_in_charge: (frm) => name_person_in_charge(frm),
	record_type: (frm) => require_lot_no(frm),
});

// What the server does on saving (aftersales.utils.link_values), shown at once: typed values win, what the former
// link filled follows the new one.
function fill_from_link(frm, link, values, always = []) {
	const chosen = frm.doc[link];
	const found = chosen
		? frappe.db.get_value(frm.fields_dict[link].df.options, chosen, Object.values(values))
		: Promise.resolve({ message: {} });
	return found.then(({ message }) => {
		if (frm.doc[link] !== chosen) return; // chosen anew meanwhile
		const former = frm.values_of_link[link] || {};
		const changes = {};
		for (const [target, source] of Object.entries(values)) {
			const typed = frm.doc[target] && frm.doc[target] !== former[target];
			if (!typed || (chosen && always.includes(target))) {
				changes[target] = message[source] || null;
			}
		}
		frm.values_of_link[link] = Object.fromEntries(
			Object.entries(values).map(([target, source]) => [target, message[source]])
		);
		return frm.set_value(changes);
	});
}

function remember_values(frm, link, values) {
	if (frm.doc[link]) {
		frm.values_of_link[link] = Object.fromEntries(
			Object.keys(values).map((target) => [target, frm.doc[target]])
		);
	}
}

function name_person_in_charge(frm) {
	const user = frm.doc.person_in_charge;
	const known = user && frappe.boot.user_info[user];
	frm.doc.person_in_charge_name = known ? known.fullname : "";
	frm.refresh_field("person_in_charge_name");
}

function require_lot_no(frm) {
	const settings = frm.ticket_settings;
	if (settings) {
		frm.toggle_reqd("lot_no", settings.lot_no_required_for.includes(frm.doc.record_type));
	}
}

function lock_when_audited(frm) {
	frm.set_intro("");
	if (frm.doc.status === "Audited") {
		frm.set_read_only();
		frm.disable_save();
		frm.set_intro(__("This ticket is audited: nothing can be changed until the audit is cancelled."), "blue");
	}
}

function protect_handling_log(frm) {
	frm.set_df_property("handling_log", "cannot_delete_rows", !frappe.model.can_delete(frm.doctype));
}

function add_originals_button(frm) {
	if (frm.is_new()) return;
	frm.add_custom_button(__("Originals Folder"), () => open_originals(frm));
}

function open_originals(frm) {
	if (frm.is_new()) {
		frappe.show_alert(__("Save the ticket first: the folder is named after its number."));
		return;
	}
	frappe
		.xcall("aftersales.aftersales.doctype.service_ticket.service_ticket.open_originals_folder", {
			ticket: frm.doc.name,
		})
		.then((folder) => frappe.set_route("List", "File", ...folder.split("/")));
}

function show_customer_marks(frm) {
	const marks = frm.doc.__onload && frm.doc.__onload.customer_marks;
	frm.dashboard.clear_headline();
	if (!marks || frm.is_new()) return;
	if (marks.black_listed) {
		const reason = frappe.utils.escape_html(marks.black_list_reason || "");
		frm.dashboard.set_headline_alert(`${__("Black-listed")}: ${reason}`, "red");
	} else if (marks.gold_customer || marks.vip_level) {
		const level = [
			marks.vip_level && __(marks.vip_level),
			marks.gold_customer && __("Gold Customer"),
			marks.member_no,
		];
		frm.dashboard.set_headline_alert(frappe.utils.escape_html(level.filter(Boolean).join(" · ")), "yellow");
	}
}

function add_shortcuts(frm) {
	const shortcuts = [
		["alt+ctrl+q", __("Go to the question"), () => focus_field(frm, "question")],
		["alt+ctrl+h", __("Go to the handling"), () => focus_field(frm, "handling")],
		["alt+ctrl+l", __("Add an entry to the handling log"), () => add_log_entry(frm)],
		["alt+ctrl+p", __("Add pictures"), () => frm.picture_strip && frm.picture_strip.choose()],
		["alt+ctrl+o", __("Open the originals folder"), () => open_originals(frm)],
	];
	for (const [shortcut, description, action] of shortcuts) {
		frappe.ui.keys.add_shortcut({ shortcut, description, action, page: frm.page, ignore_inputs: true });
	}
}

function focus_field(frm, fieldname) {
	frm.scroll_to_field(fieldname);
	frm.fields_dict[fieldname].$input.trigger("focus");
}

function add_log_entry(frm) {
	const field = frm.fields_dict.handling_log;
	if (field.disp_status !== "Write") return;
	frm.scroll_to_field("handling_log");
	field.grid.add_new_row(null, null, true);
	// A click is how a row of a grid is put into editing; the text area is there a moment later.
	const $cell = field.grid.grid_rows.at(-1).row.find("[data-fieldname=entry]");
	$cell.trigger("click");
	setTimeout(() => $cell.find("textarea, input").first().trigger("focus"), 300);
}
