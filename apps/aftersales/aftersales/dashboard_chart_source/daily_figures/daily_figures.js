frappe.provide("frappe.dashboards.chart_sources");

frappe.dashboards.chart_sources["Daily Figures"] = {
	method: "aftersales.aftersales.figures.desk.chart",
	filters: [
		{
			fieldname: "measures",
			label: __("Figures"),
			fieldtype: "Small Text",
			description: __("One a line, as in the list of daily figures, in English"),
			reqd: 1,
		},
		{ fieldname: "dimension", label: __("Split by"), fieldtype: "Data" },
		{
			fieldname: "value",
			label: __("Value"),
			fieldtype: "Select",
			options: [
				{ value: "count", label: __("Count") },
				{ value: "amount", label: __("Amount") },
			],
			default: "count",
		},
		{ fieldname: "top", label: __("Largest Parts"), fieldtype: "Int" },
	],
};
