// Filters that several reports share.
frappe.provide("aftersales.reports");

// From Date and To Date; the period ends today.
aftersales.reports.period = function (months = 1) {
	const today = frappe.datetime.get_today();
	return [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(today, -months),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			default: today,
			reqd: 1,
		},
	];
};

// Which complaints are counted or listed.
aftersales.reports.complaints = function () {
	return [
		{
			fieldname: "complaint_type",
			label: __("Complaint Type"),
			fieldtype: "Link",
			options: "Complaint Type",
		},
		{
			fieldname: "department",
			label: __("Department"),
			fieldtype: "Link",
			options: "Service Department",
		},
		{
			fieldname: "kind",
			label: __("Kind"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Complaint", label: __("Complaint") },
				{ value: "Suggestion", label: __("Suggestion") },
				{ value: "Praise", label: __("Praise") },
			],
		},
		{ fieldname: "status", label: __("Status"), fieldtype: "Link", options: "Workflow State" },
	];
};

// Which calls are counted: those of the named fields that a report offers.
aftersales.reports.calls = function (...fields) {
	const filters = {
		phone_line: { label: __("Phone Line"), fieldtype: "Link", options: "Phone Line" },
		agent: { label: __("Agent"), fieldtype: "Link", options: "User" },
		bridge: { label: __("Caller ID Bridge"), fieldtype: "Link", options: "Caller ID Bridge" },
		customer: { label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
	};
	return fields.map((fieldname) => ({ fieldname, ...filters[fieldname] }));
};

// Which stock of spare parts is shown: all of these filters, or those that are named.
aftersales.reports.stock = function (...fields) {
	const filters = {
		warehouse: { label: __("Warehouse"), options: "Part Warehouse" },
		outlet: { label: __("Outlet"), options: "Service Outlet" },
		part_category: { label: __("Part Category"), options: "Part Category" },
		spare_part: { label: __("Spare Part"), options: "Spare Part" },
	};
	return (fields.length ? fields : Object.keys(filters)).map((fieldname) => ({
		fieldname,
		fieldtype: "Link",
		...filters[fieldname],
	}));
};

// Quantities without needless zeros; the formatter of reports on spare parts. A precision of 0 counts as none.
aftersales.reports.quantity = function (value, row, column, data, default_formatter) {
	const whole = column.fieldtype === "Float" && Number.isInteger(value);
	return default_formatter(value, row, whole ? { ...column, precision: "0" } : column, data);
};
