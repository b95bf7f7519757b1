// Opens unsaved documents with everything that is known of a caller.

// Values of the server win over the defaults given here.
async function open_new(doctype, defaults, values = {}) {
	await new Promise((resolve) => frappe.model.with_doctype(doctype, resolve));
	const doc = frappe.model.get_new_doc(doctype, null, null, true);
	const fields = new Set(frappe.get_meta(doctype).fields.map((df) => df.fieldname));
	Object.assign(doc, defaults);
	for (const [field, value] of Object.entries(values)) {
		if (fields.has(field) && value && !Array.isArray(value)) doc[field] = value;
	}
	await frappe.set_route("Form", doctype, doc.name);
}

export async function new_ticket_from_call(call, record_type = "Enquiry") {
	const { message } = await frappe.call({
		method: "aftersales.aftersales.tickets.new_ticket_from_call",
		args: { call },
	});
	await open_new("Service Ticket", {}, { ...message, record_type });
}

// A complaint has a course of its own; who may not open one makes a ticket of that kind.
export async function new_service_from_call(call, record_type) {
	if (record_type !== "Complaint" || !frappe.model.can_create("Customer Complaint")) {
		return new_ticket_from_call(call, record_type);
	}
	const complaint = await frappe.xcall("aftersales.aftersales.complaints.new_complaint", {
		source_doctype: "Service Call",
		source_name: call,
	});
	frappe.model.sync(complaint);
	await frappe.set_route("Form", complaint.doctype, complaint.name);
}

export function new_customer_from_call(call, phone, customer_name) {
	return open_new("Service Customer", { phone, customer_name, __service_call: call });
}

export function link_customer(call, customer) {
	return frappe.xcall("aftersales.telephony.api.link_customer", { call, customer });
}

// A customer made from a call becomes its caller as soon as it is saved.
frappe.ui.form.on("Service Customer", {
	before_save(frm) {
		frm.service_call_of_new = frm.is_new() ? frm.doc.__service_call : null;
	},
	after_save(frm) {
		const call = frm.service_call_of_new;
		frm.service_call_of_new = null;
		if (call) link_customer(call, frm.doc.name);
	},
});

frappe.provide("aftersales");
Object.assign(aftersales, { new_ticket_from_call, new_customer_from_call });
