const COLOURS = { "In Warranty": "green", "Out of Warranty": "red", Unknown: "gray" };

frappe.ui.form.on("Customer Device", {
	setup(frm) {
		for (const field of ["customer", "product", "dealer", "discount_level"]) {
			frm.set_query(field, () => ({ filters: { disabled: 0 } }));
		}
		frm.set_query("outlet", () => ({ filters: { enabled: 1 } }));
	},

	refresh(frm) {
		if (!frappe.model.can_write("Discount Level")) frm.set_df_property("discount_level", "read_only", 1);
		if (!show_same_serial(frm)) show_warranty(frm);
		if (frm.is_new()) return;
		if (frappe.model.can_create("Service Ticket")) {
			frm.add_custom_button(__("Service Ticket"), () => make(frm, "Service Ticket"), __("Create"));
		}
		if (frappe.model.can_create("Service Order")) {
			frm.add_custom_button(__("Service Order"), () => make(frm, "Service Order"), __("Create"));
		}
		if (frappe.model.can_create("Device Update Request")) {
			frm.add_custom_button(
				__("Device Update Request"),
				() => frappe.new_doc("Device Update Request", { device: frm.doc.name }),
				__("Create")
			);
		}
		frm.add_custom_button(__("Serial Trace"), () =>
			frappe.set_route("query-report", "Serial Trace", { serial_no: frm.doc.serial_no })
		);
		frm.add_custom_button(__("Print Label"), () => aftersales.devices.print_labels([frm.doc.name]));
	},

	warranty_agreed(frm) {
		frm.refresh_field("warranty_start");
		frm.refresh_field("warranty_end");
	},
});

function make(frm, doctype) {
	frappe.new_doc(doctype, {
		device: frm.doc.name,
		serial_no: frm.doc.serial_no,
		customer: frm.doc.customer,
		product: frm.doc.product,
	});
}

function show_warranty(frm) {
	const warranty = frm.doc.__onload && frm.doc.__onload.warranty;
	frm.dashboard.clear_headline();
	if (!warranty || frm.is_new()) return;
	const text = `${__(warranty.state)}: ${warranty.reason}`;
	frm.dashboard.set_headline_alert(frappe.utils.escape_html(text), COLOURS[warranty.state]);
}

function show_same_serial(frm) {
	const same = frm.doc.__onload && frm.doc.__onload.same_serial;
	if (!same || frm.doc.stage !== "To Be Checked") return false;
	const link = frappe.utils.get_form_link("Customer Device", same.name, true);
	const owner = frappe.utils.escape_html(same.customer_name || same.customer || __("nobody"));
	frm.dashboard.set_headline_alert(__("Device {0} has this serial number; it belongs to {1}.", [link, owner]), "orange");
	if (frm.doc.customer && frm.perm[0]?.write) {
		frm.add_custom_button(__("Hand Over to This Customer"), () => hand_over(frm, same));
	}
	return true;
}

function hand_over(frm, same) {
	frappe.confirm(
		__("Device {0} then belongs to {1}, and this registration is rejected.", [
			same.name,
			frappe.utils.escape_html(frm.doc.customer_name || frm.doc.customer),
		]),
		() =>
			frappe
				.xcall("aftersales.field_service.devices.hand_over", { registration: frm.doc.name })
				.then((device) => frappe.set_route("Form", "Customer Device", device))
	);
}
