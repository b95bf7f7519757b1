frappe.provide("aftersales.devices");

const METHOD = "aftersales.field_service.labels.download";

/** Ask for the paper and open the labels of some devices as a PDF. */
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
			const query = new URLSearchParams({ devices: JSON.stringify(devices), paper, skip: skip || 0 });
			window.open(`/api/method/${METHOD}?${query}`);
		},
		__("Print Labels"),
		__("Print")
	);
};
