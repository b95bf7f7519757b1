frappe.provide("aftersales.devices");

const METHOD = "aftersales.field_service.labels.sheet";

/** Ask for the paper and print the labels of some devices. */
aftersales.devices.print_labels = (devices) => {
	frappe.prompt(
		[
			{
				fieldname: "paper",
				fieldtype: "Select",
				label: __("Paper"),
				reqd: 1,
				default: "Label",
				options: [
					{ value: "Label", label: __("Label printer, 50 x 30 mm") },
					{ value: "Sheet", label: __("A4 sheet with 24 labels, 70 x 37 mm") },
				],
			},
			{
				fieldname: "skip",
				fieldtype: "Int",
				label: __("Labels Used Already"),
				default: 0,
				depends_on: "eval:doc.paper === 'Sheet'",
				description: __("So many places at the beginning of the sheet stay empty."),
			},
		],
		({ paper, skip }) => {
			// At once, in answer to the click: browsers block windows that open later.
			const page = window.open("", "_blank");
			frappe
				.xcall(METHOD, { devices: JSON.stringify(devices), paper, skip: skip || 0 })
				.then((html) => {
					page.document.write(html);
					page.document.close();
					page.focus();
					page.print();
				})
				.catch(() => page.close());
		},
		__("Print Labels"),
		__("Print")
	);
};
