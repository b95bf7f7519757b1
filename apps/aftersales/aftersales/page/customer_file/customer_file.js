frappe.pages["customer-file"].on_page_load = function (wrapper) {
	frappe.require(["customer_file.bundle.css", "customer_file.bundle.js"]).then(() => {
		wrapper.customer_file = new aftersales.CustomerFile(wrapper);
		wrapper.customer_file.show();
	});
};

frappe.pages["customer-file"].on_page_show = function (wrapper) {
	wrapper.customer_file?.show();
};
