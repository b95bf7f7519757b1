const PERSONAL_DATA = "aftersales.aftersales.personal_data.requests";
const PERSONAL_DATA_ROLES = ["Service Manager", "Aftersales Administrator"];

frappe.ui.form.on("Service Customer", {
	setup(frm) {
		frm.set_query("referred_by", () => ({ filters: { name: ["!=", frm.doc.name] } }));
		frm.set_query("related_customer", "relations", () => ({
			filters: { name: ["!=", frm.doc.name] },
		}));
		frm.set_query("report_type", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		frappe.dynamic_link = { doc: frm.doc, fieldname: "name", doctype: frm.doctype };
		if (frm.is_new()) {
			frappe.contacts.clear_address_and_contact(frm);
			return;
		}
		frappe.contacts.render_address_and_contact(frm);
		aftersales_show_marks(frm);
		aftersales_show_vip(frm);
		aftersales_show_relations(frm);
		aftersales_add_buttons(frm);
	},

	vip_level(frm) {
		frm.get_field("vip_html").$wrapper.empty();
	},
});

function aftersales_add_buttons(frm) {
	frm.add_custom_button(__("Customer File"), () =>
		frappe.set_route("customer-file", frm.doc.name)
	);
	if (frappe.model.can_create("Service Ticket")) {
		frm.add_custom_button(__("New Ticket"), () =>
			frappe.new_doc("Service Ticket", { customer: frm.doc.name })
		);
	}
	frm.page.add_menu_item(__("Customer Report (PDF)"), () =>
		aftersales.open_customer_report(frm.doc)
	);
	if (frm.perm[0]?.delete) {
		frm.page.add_menu_item(__("Merge into Another Customer"), () => aftersales_merge(frm));
	}
	if (PERSONAL_DATA_ROLES.some((role) => frappe.user.has_role(role))) {
		frm.page.add_menu_item(__("Export Personal Data"), () => aftersales_export_data(frm));
		if (!frm.doc.personal_data_deleted_on) {
			frm.page.add_menu_item(__("Delete Personal Data"), () => aftersales_delete_data(frm));
		}
	}
}

function aftersales_show_marks(frm) {
	if (frm.doc.personal_data_deleted_on) {
		frm.set_intro(
			__("Personal data deleted on {0}.", [
				frappe.datetime.str_to_user(frm.doc.personal_data_deleted_on),
			]),
			"gray"
		);
	} else if (frm.doc.black_listed) {
		const reason = frappe.utils.escape_html(frm.doc.black_list_reason || "");
		frm.set_intro(`<b>${__("Black-listed")}</b>: ${reason}`, "red");
	}
}

function aftersales_show_vip(frm) {
	const vip = frm.doc.__onload?.vip;
	const place = frm.get_field("vip_html").$wrapper.empty();
	if (!vip || vip.level_name !== frm.doc.vip_level) return;
	const lines = [
		vip.discount ? [__("Discount"), `${flt(vip.discount)} %`] : null,
		vip.benefits ? [__("Benefits"), vip.benefits] : null,
		vip.requirements ? [__("Basic Requirements"), vip.requirements] : null,
	].filter(Boolean);
	for (const [label, text] of lines) {
		$("<div>")
			.append($("<span class='text-muted'>").text(`${label}: `), document.createTextNode(text))
			.css("white-space", "pre-wrap")
			.appendTo(place);
	}
}

function aftersales_show_relations(frm) {
	const rows = frm.doc.__onload?.named_by || [];
	const place = frm.get_field("relations_html").$wrapper.empty();
	if (!rows.length) return;
	place.append($("<div class='control-label'>").text(__("Named by Other Customers")));
	for (const row of rows) {
		$("<div>")
			.append(
				$("<a>")
					.attr("href", `/app/service-customer/${encodeURIComponent(row.customer)}`)
					.text(row.customer_name),
				document.createTextNode(row.relation ? ` · ${row.relation}` : "")
			)
			.appendTo(place);
	}
}

function aftersales_merge(frm) {
	frappe.prompt(
		{
			fieldname: "other",
			fieldtype: "Link",
			options: "Service Customer",
			label: __("The Customer That Stays"),
			reqd: 1,
			description: __(
				"{0} vanishes. Everything that leads to it, and what only it knows, goes over to the other one. This cannot be undone.",
				[frm.doc.name]
			),
			get_query: () => ({ filters: { name: ["!=", frm.doc.name] } }),
		},
		({ other }) =>
			frappe
				.call({
					method: "frappe.client.rename_doc",
					args: {
						doctype: frm.doctype,
						old_name: frm.doc.name,
						new_name: other,
						merge: 1,
					},
					freeze: true,
				})
				.then(() => frappe.set_route("Form", frm.doctype, other)),
		__("Merge into Another Customer"),
		__("Merge")
	);
}

function aftersales_export_data(frm) {
	frappe.prompt(
		{
			fieldname: "reason",
			fieldtype: "Small Text",
			label: __("Reason"),
			description: __("Why, for example the date of the customer's letter; no personal data."),
		},
		({ reason }) =>
			frappe
				.xcall(`${PERSONAL_DATA}.request_export`, { customer: frm.doc.name, reason })
				.then((request) => frappe.set_route("Form", "Personal Data Request", request)),
		__("Export Personal Data"),
		__("Export")
	);
}

function aftersales_delete_data(frm) {
	frappe.prompt(
		[
			{
				fieldname: "warning",
				fieldtype: "HTML",
				options: `<p>${__(
					"Names, numbers, addresses, free texts, files and messages of this customer are deleted in all records, also in audited ones. Counts and amounts stay. This cannot be undone."
				)}</p>`,
			},
			{
				fieldname: "confirmation",
				fieldtype: "Data",
				reqd: 1,
				label: __("Type the Customer's Name to Confirm"),
				description: frappe.utils.escape_html(frm.doc.customer_name),
			},
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason"),
				description: __(
					"Why, for example the date of the customer's letter; no personal data."
				),
			},
		],
		({ confirmation, reason }) =>
			frappe
				.xcall(`${PERSONAL_DATA}.request_deletion`, {
					customer: frm.doc.name,
					confirmation,
					reason,
				})
				.then((request) => frappe.set_route("Form", "Personal Data Request", request)),
		__("Delete Personal Data"),
		__("Delete for Good")
	);
}
