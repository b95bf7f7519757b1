frappe.pages["service-console"].on_page_load = function (wrapper) {
	// the ticket's meta brings the colours of its states; the browser keeps it
	Promise.all([
		frappe.require(["service_console.bundle.css", "service_console.bundle.js"]),
		new Promise((resolve) => frappe.model.with_doctype("Service Ticket", resolve)),
	]).then(() => {
		frappe.workflow.setup("Service Ticket");
		wrapper.service_console = new aftersales.ServiceConsole(wrapper);
		wrapper.service_console.show();
	});
};

frappe.pages["service-console"].on_page_show = function (wrapper) {
	wrapper.service_console?.show();
};
