// Aftersales Settings that the ticket form needs, asked for once per page load.
frappe.provide("aftersales.ticket");

let settings = null;

aftersales.ticket.settings = function () {
	settings =
		settings ||
		frappe
			.xcall("aftersales.aftersales.doctype.service_ticket.service_ticket.form_settings")
			.catch((error) => {
				settings = null; // ask again next time
				throw error;
			});
	return settings;
};
