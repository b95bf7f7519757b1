frappe.query_reports["Serial Number Anomalies"] = {
	filters: [
		...aftersales.reports.period(),
		{
			fieldname: "kind",
			label: __("Anomaly"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("All") },
				{ value: "No Device", label: __("No Device") },
				{ value: "Unusual Number", label: __("Unusual Number") },
				{ value: "Several Devices", label: __("Several Devices") },
			],
		},
	],

	onload(report) {
		report.page.main.on("click", "[data-add-device]", (event) => {
			event.preventDefault();
			const button = event.currentTarget;
			add_device(report, button.dataset.doctype, button.dataset.addDevice, button.dataset.product);
		});
	},

	formatter(value, row, column, data, default_formatter) {
		if (column.fieldname !== "add") return default_formatter(value, row, column, data);
		if (data?.kind !== "No Device" || !frappe.model.can_create("Customer Device")) return "";
		const esc = frappe.utils.escape_html;
		return `<a href="#" role="button" data-add-device="${esc(data.document)}"
			data-doctype="${esc(data.doctype)}" data-product="${esc(data.product || "")}">${__("Add Device")}</a>`;
	},
};

function add_device(report, doctype, name, product) {
	frappe.prompt(
		{
			fieldname: "product",
			fieldtype: "Link",
			options: "Product",
			label: __("Product"),
			default: product,
		},
		(values) =>
			frappe
				.xcall("aftersales.field_service.serial_anomalies.add_device", {
					doctype,
					name,
					product: values.product,
				})
				.then((device) => {
					frappe.show_alert({
						message: __("Device {0} is there now.", [
							frappe.utils.get_form_link("Customer Device", device, true),
						]),
						indicator: "green",
					});
					report.refresh();
				}),
		__("Add Device"),
		__("Add")
	);
}
