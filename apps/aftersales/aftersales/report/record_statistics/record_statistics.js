frappe.query_reports["Record Statistics"] = {
	filters: [
		{
			fieldname: "mode",
			label: __("Count by"),
			fieldtype: "Select",
			options: [
				{ value: "Product Category", label: __("Product Category") },
				{ value: "Record Type", label: __("Record Type") },
				{ value: "Product", label: __("Product") },
			],
			default: "Product Category",
			reqd: 1,
		},
		{
			fieldname: "period",
			label: __("Period"),
			fieldtype: "Select",
			options: [
				{ value: "Month", label: __("Month") },
				{ value: "Year", label: __("Year") },
				{ value: "Range", label: __("Range") },
			],
			default: "Year",
			reqd: 1,
		},
		{
			fieldname: "year",
			label: __("Year"),
			fieldtype: "Int",
			default: moment(frappe.datetime.get_today()).year(),
			depends_on: "eval:doc.period !== 'Range'",
		},
		{
			fieldname: "month",
			label: __("Month"),
			fieldtype: "Select",
			options: Array.from({ length: 12 }, (_value, index) => String(index + 1)),
			default: String(moment(frappe.datetime.get_today()).month() + 1),
			depends_on: "eval:doc.period === 'Month'",
		},
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -1),
			depends_on: "eval:doc.period === 'Range'",
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			depends_on: "eval:doc.period === 'Range'",
		},
		{ fieldname: "status", label: __("Status"), fieldtype: "Link", options: "Workflow State" },
		{ fieldname: "record_type", label: __("Record Type"), fieldtype: "Data", hidden: 1 },
		{
			fieldname: "product_category",
			label: __("Product Category"),
			fieldtype: "Link",
			options: "Product Category",
		},
	],

	onload(report) {
		report.page.main.on("click", "[data-drill-down]", (e) => {
			e.preventDefault();
			frappe.query_report.set_filter_value({
				mode: "Product",
				product_category: decodeURIComponent(e.currentTarget.dataset.drillDown),
			});
		});
	},

	formatter(value, row, column, data, default_formatter) {
		const text = default_formatter(value, row, column, data);
		if (!data || data.group === undefined || data.is_total_row) return text;
		if (column.fieldname === "label") return group_cell(text, data);
		const counted = column.fieldname === "total" || column.split;
		return counted && value ? `<a href="${list_address(column, data)}">${text}</a>` : text;
	},
};

// A category leads to its products; a product or record type has no level below it but the list.
function group_cell(text, data) {
	const mode = frappe.query_report.get_filter_value("mode");
	if (mode !== "Product Category" || !data.group) return text;
	const hint = __("Show the products of this category");
	return `<a href="#" title="${hint}" data-drill-down="${encodeURIComponent(data.group)}">${text}</a>`;
}

function list_address(column, data) {
	const report = frappe.query_report;
	const group = frappe.model.scrub(report.get_filter_value("mode"));
	const filters = { creation_date: ["Between", period()] };
	for (const field of ["status", "product_category"]) {
		if (report.get_filter_value(field)) filters[field] = exactly(report.get_filter_value(field));
	}
	filters[group] = data.group ? exactly(data.group) : ["is", "not set"];
	if (column.split) {
		const done = { open: 0, completed: 1 }[column.split];
		if (done === undefined) filters.record_type = ["=", column.split];
		else filters.completed = ["=", done];
	}
	const query = Object.entries(filters).map(
		([field, condition]) => `${field}=${encodeURIComponent(JSON.stringify(condition))}`
	);
	return `/app/service-ticket/view/list?${query.join("&")}`;
}

// The list turns "=" on a category into the category with all below it, which is not what was counted.
function exactly(value) {
	return ["in", [value]];
}

function period() {
	const value = (name) => frappe.query_report.get_filter_value(name);
	if (value("period") === "Range") return [value("from_date"), value("to_date")];
	const month = value("period") === "Month" ? cint(value("month")) - 1 : 0;
	const first = moment([cint(value("year")), month, 1]);
	const last = first.clone().endOf(value("period") === "Month" ? "month" : "year");
	return [first.format("YYYY-MM-DD"), last.format("YYYY-MM-DD")];
}
