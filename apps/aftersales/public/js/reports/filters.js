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

// A filter that narrows figures by a field of the documents; more is what Frappe's filters take.
aftersales.reports.link = function (fieldname, label, options, more) {
	return { fieldname, label, fieldtype: "Link", options, ...more };
};

// How figures are grouped; choices are pairs of value and label, the first one is chosen.
aftersales.reports.group_by = function (choices, label = __("Group By"), fieldname = "group_by") {
	return {
		fieldname,
		label,
		fieldtype: "Select",
		options: choices.map(([value, text]) => ({ value, label: text })),
		default: choices[0][0],
		reqd: 1,
	};
};

// Steps of a row of time.
aftersales.reports.unit = function (chosen = "Month") {
	const units = [
		["Day", __("Day")],
		["Week", __("Week")],
		["Month", __("Month")],
		["Quarter", __("Quarter")],
		["Year", __("Year")],
	];
	return { ...aftersales.reports.group_by(units, __("Time Unit"), "unit"), default: chosen };
};

// Formatter of reports whose columns say with `drill` where their figures lead (utils/report.py): figures become links to the
// list of what was counted. A row may say it for itself, by column.
aftersales.reports.drill = function (value, row, column, data, default_formatter) {
	const shown = default_formatter(value, row, column, data);
	const where = data && ((data.drill || {})[column.fieldname] || column.drill);
	if (!where || !value) return shown;
	const { doctype, period, rows, fixed } = where;
	const conditions = { ...fixed };
	for (const [field, source] of Object.entries(rows)) {
		if (data[source]) conditions[field] = data[source];
	}
	if (period) {
		const filters = frappe.query_report.get_filter_values();
		const range = [data.from_date || filters.from_date, data.to_date || filters.to_date];
		conditions[period] = JSON.stringify(["Between", range]);
	}
	const texts = Object.entries(conditions).map(([field, wanted]) => [
		field,
		Array.isArray(wanted) ? JSON.stringify(wanted) : wanted,
	]);
	const address = `/app/${frappe.router.slug(doctype)}?${new URLSearchParams(texts)}`;
	return `<a href="${frappe.utils.escape_html(address)}">${shown}</a>`;
};
