// Settings of the reports of service outlets (field_service/dms/titles.py says which days and filters each one has).
frappe.provide("aftersales.reports");

// period: "Day", "Month", "Year", "Until" or "None"; names: those of the filters beside the days.
aftersales.reports.dms = function (period, ...names) {
	const known = filters();
	return {
		filters: [
			...days(period),
			...names.map((fieldname) => ({ fieldname, ...known[fieldname] })),
		],
		formatter,
	};
};

function formatter(value, row, column, data, default_formatter) {
	const missing = value === null || value === undefined || value === "";
	// Frappe's own row of sums has no data, and words in its first column.
	if (missing && (data || frappe.model.is_numeric_field(column))) {
		// What there is none of is not 0, and a document that is missing has words.
		return (column.fieldtype === "Link" && data && data[`${column.fieldname}_shown`]) || "";
	}
	const whole = column.fieldtype === "Float" && Number.isInteger(value);
	const head = whole ? { ...column, precision: "0" } : column;
	if (!data || !data.is_total) {
		return aftersales.reports.drill(value, row, head, data, default_formatter);
	}
	// The word for the sum is no document, though it stands where they do.
	const plain = head.fieldtype === "Link" ? { ...head, fieldtype: "Data" } : head;
	return `<b>${default_formatter(value, row, plain, data)}</b>`;
}

function days(period) {
	const today = frappe.datetime.get_today();
	const first = {
		Day: today,
		Month: frappe.datetime.month_start(),
		Year: frappe.datetime.add_months(today, -12),
	};
	const day = (fieldname, label, value) => ({
		fieldname,
		label,
		fieldtype: "Date",
		default: value,
		reqd: 1,
	});
	const until = day("to_date", __("To Date"), today);
	if (period === "None") return [];
	return period === "Until" ? [until] : [day("from_date", __("From Date"), first[period]), until];
}

function filters() {
	const link = (label, options) => ({ label, options, fieldtype: "Link" });
	const choice = (label, values) => ({
		label,
		fieldtype: "Select",
		options: [{ value: "", label: "" }, ...values],
	});
	return {
		outlet: link(__("Outlet"), "Service Outlet"),
		service_centre: link(__("Service Centre"), "Service Outlet"),
		branch: link(__("Branch"), "Service Outlet"),
		order_kind: {
			label: __("Order Kind"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("Workshop and Counter Repair") },
				{ value: "All Kinds", label: __("All Kinds") },
				{ value: "Workshop", label: __("Workshop") },
				{ value: "Counter Repair", label: __("Counter Repair") },
				{ value: "Repair", label: __("Repair") },
				{ value: "Installation", label: __("Installation") },
				{ value: "Maintenance", label: __("Maintenance") },
				{ value: "Dispatch", label: __("Dispatch") },
				{ value: "Delivery", label: __("Delivery") },
				{ value: "Pre-report", label: __("Pre-report") },
			],
		},
		service_type: link(__("Service Type"), "Service Type"),
		product_category: link(__("Product Category"), "Product Category"),
		product: link(__("Product"), "Product"),
		receiver: link(__("Receptionist"), "User"),
		received_by: link(__("Received By"), "User"),
		technician: link(__("Technician"), "Technician"),
		customer: link(__("Customer"), "Service Customer"),
		manufacturer: { label: __("Manufacturer"), fieldtype: "Data" },
		discount_level: link(__("Discount Level"), "Discount Level"),
		abc_class: choice(
			__("ABC Class"),
			["A", "B", "C"].map((value) => ({ value, label: value }))
		),
		mode: choice(__("Mode of Payment"), [
			{ value: "Cash", label: __("Cash") },
			{ value: "Transfer", label: __("Transfer") },
			{ value: "Card", label: __("Card") },
			{ value: "Mobile", label: __("Mobile") },
		]),
		months: { label: __("Not Seen for Months"), fieldtype: "Int" },
	};
}
