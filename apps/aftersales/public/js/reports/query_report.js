// What Frappe's page of a report gets here: "Export to Word" below Export, and common periods at one click.
const FrappeReport = frappe.views.QueryReport;
const SHARES = ["Float", "Percent", "Currency"];
const NUMBERS = [...SHARES, "Int", "Duration", "Rating", "Check"];

frappe.views.QueryReport = class QueryReport extends FrappeReport {
	get_menu_items() {
		const items = super.get_menu_items();
		const place = items.findIndex((item) => item.label === __("Export")) + 1;
		items.splice(place || items.length, 0, {
			label: __("Export to Word"),
			action: () => this.export_to_word(),
			condition: () => frappe.model.can_export(this.report_doc.ref_doctype),
			standard: true,
		});
		return items;
	}

	// Frappe writes "Total" in English, and a 0 where a share is of nothing or has no total. Its table takes an empty first
	// cell for a number and moves the heading of the whole column to the right.
	prepare_columns(columns) {
		return super.prepare_columns(columns).map((column) => {
			const format = column.format;
			if (!NUMBERS.includes(column.fieldtype)) column.align = column.align || "left";
			column.format = (value, row, col, ...more) => {
				const is_empty = value === null || value === undefined || value === "";
				if (is_empty && SHARES.includes(col.fieldtype)) return "";
				const shown = format(value, row, col, ...more);
				return col.isHeader && shown === "Total" ? __("Total") : shown;
			};
			return column;
		});
	}

	// A chart that is drawn anew while it still moves stops with an error; figures need no motion.
	render_chart(options) {
		super.render_chart({ ...options, animate: 0, disableEntryAnimation: 1 });
	}

	refresh(...args) {
		this.offer_periods();
		return super.refresh(...args);
	}

	offer_periods() {
		const names = (this.filters || []).map((filter) => filter.df && filter.df.fieldname);
		if (!names.includes("from_date") || !names.includes("to_date")) return;
		for (const [label, range] of periods()) {
			const choose = () => this.set_filter_value({ from_date: range[0], to_date: range[1] });
			this.page.add_inner_button(label, choose, __("Period"));
		}
	}

	export_to_word() {
		const shown = this.datatable && this.datatable.datamanager;
		if (!shown || !(this.data || []).length) {
			frappe.msgprint(__("The report has no rows. Choose other filters."));
			return;
		}
		const visible = new Set(this.datatable.bodyRenderer.visibleRowIndices);
		open_url_post(frappe.request.url, {
			cmd: "aftersales.utils.report_word.export_report",
			report_name: this.report_name,
			filters: JSON.stringify(this.get_filter_values(true)),
			columns: JSON.stringify(this.get_visible_columns().map((column) => column.fieldname)),
			rows: JSON.stringify(shown.rowViewOrder.filter((number) => visible.has(number))),
			notes: JSON.stringify(this.filters_in_words()),
			custom_columns: JSON.stringify(this.custom_columns || []),
		});
	}

	// Above prints and PDFs: choices by their labels; Frappe writes their values.
	get_filters_html_for_print() {
		const lines = this.filters_in_words().map((text) => `<h6>${frappe.utils.escape_html(text)}</h6>`);
		return lines.join("");
	}

	filters_in_words() {
		const values = this.get_filter_values();
		return (this.filters || [])
			.filter((filter) => filter.df && filter.df.label && filter.df.fieldname in values)
			.map(({ df }) => `${__(df.label)}: ${in_words(values[df.fieldname], df)}`);
	}
};

function in_words(value, df) {
	if (df.fieldtype === "Check") return value ? __("Yes") : __("No");
	if (df.fieldtype === "Select") {
		const option = [].concat(df.options).find((known) => known && known.value === value);
		return option ? option.label : __(value);
	}
	if (df.fieldtype === "Date") return frappe.datetime.str_to_user(value);
	return Array.isArray(value) ? value.join(", ") : String(value);
}

function periods() {
	const day = (moment_of) => moment_of.format("YYYY-MM-DD");
	const today = () => moment(frappe.datetime.get_today());
	// Weeks begin on Monday here as on the server, whatever the language says.
	const whole = (unit, ago) => {
		const one = today().subtract(ago, unit === "isoWeek" ? "week" : unit);
		return [day(one.clone().startOf(unit)), day(one.clone().endOf(unit))];
	};
	return [
		[__("Today"), whole("day", 0)],
		[__("Yesterday"), whole("day", 1)],
		[__("This Week"), whole("isoWeek", 0)],
		[__("Last Week"), whole("isoWeek", 1)],
		[__("This Month"), whole("month", 0)],
		[__("Last Month"), whole("month", 1)],
		[__("This Quarter"), whole("quarter", 0)],
		[__("Last Quarter"), whole("quarter", 1)],
		[__("This Year"), whole("year", 0)],
		[__("Last Year"), whole("year", 1)],
		[__("Last 12 Months"), [day(today().subtract(1, "year").add(1, "day")), day(today())]],
	];
}
