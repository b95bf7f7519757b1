frappe.query_reports["Combined Customer Query"] = {
	filters: [
		...[1, 2, 3, 4].flatMap((number) => [
			{
				fieldname: `measure_${number}`,
				label: __("Measure {0}", [number]),
				fieldtype: "Select",
				options: [
					{ value: "", label: "" },
					{ value: "sales_total", label: __("Purchases Receivable") },
					{ value: "sales_received", label: __("Purchases Received") },
					{ value: "sales_outstanding", label: __("Purchases Unreceived") },
					{ value: "sales", label: __("Purchases") },
					{ value: "parts_fee", label: __("Parts Fee") },
					{ value: "service_fee", label: __("Service Fee") },
					{ value: "transport_fee", label: __("Transport Fee") },
					{ value: "total_fee", label: __("Total Service Amount") },
					{ value: "services", label: __("Services") },
					{ value: "complaints", label: __("Complaints and Suggestions") },
					{ value: "follow_ups", label: __("Follow-ups") },
				],
				default: number === 1 ? "services" : "",
			},
			{
				fieldname: `operator_${number}`,
				label: __("Operator {0}", [number]),
				fieldtype: "Select",
				options: [
					{ value: ">=", label: "≥" },
					{ value: "=", label: "=" },
					{ value: "<=", label: "≤" },
				],
				default: ">=",
			},
			{
				fieldname: `value_${number}`,
				label: __("Value {0}", [number]),
				fieldtype: "Float",
				default: number === 1 ? 1 : undefined,
			},
		]),
		{ fieldname: "from_date", label: __("From Date"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date" },
		aftersales.reports.link("region", __("Region"), "Service Region"),
		aftersales.reports.link("customer_group", __("Customer Group"), "Service Customer Group"),
		aftersales.reports.link("vip_level", __("VIP Level"), "VIP Level"),
	],
};
