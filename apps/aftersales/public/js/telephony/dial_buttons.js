// "Dial" on the documents that hold a telephone number.
for (const doctype of [
	"Service Customer",
	"Service Ticket",
	"Customer Complaint",
	"Follow-up",
	"Dealer",
	"Caller Message",
	"Contact",
]) {
	frappe.ui.form.on(doctype, {
		refresh(frm) {
			const { doc } = frm;
			const rows = [...(doc.other_phones || []), ...(doc.phone_nos || [])];
			const numbers = [doc.phone, doc.contact_phone, ...rows.map((row) => row.phone)];
			aftersales.telephony.add_dial_buttons(frm, numbers);
		},
	});
}
