// Not a constant: Frappe runs this again for a report that a site saves from it.
var DELETION_LOG = "aftersales.aftersales.deletion_log";

frappe.query_reports["Deletion Log"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -3),
		},
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date" },
		{
			fieldname: "kind",
			label: __("Kind of Record"),
			fieldtype: "Link",
			options: "DocType",
			get_query: () => ({ query: "aftersales.aftersales.own_doctypes.doctype_choices" }),
		},
		{ fieldname: "user", label: __("Deleted by"), fieldtype: "Link", options: "User" },
		{ fieldname: "number", label: __("Record No."), fieldtype: "Data" },
	],

	formatter(value, row, column, data, default_formatter) {
		if (column.fieldname === "entry" && data && data.entry) {
			const entry = frappe.utils.escape_html(data.entry);
			return `<button class="btn btn-xs btn-default deletion-content" data-entry="${entry}">${__("Show")}</button>`;
		}
		return default_formatter(value, row, column, data);
	},

	onload(report) {
		report.page.wrapper.on("click", ".deletion-content", (event) => {
			show_content(event.currentTarget.dataset.entry, report);
		});
	},
};

function show_content(entry, report) {
	frappe.xcall(`${DELETION_LOG}.content`, { name: entry }).then((found) => {
		const dialog = new frappe.ui.Dialog({
			title: `${__(found.doctype)} ${found.document}`,
			size: "large",
			fields: [{ fieldtype: "HTML", fieldname: "content" }],
			primary_action_label: found.may_restore ? __("Restore") : null,
			primary_action: () => restore(entry, found, dialog, report),
		});
		const rows = found.fields.map((field) => {
			const value = frappe.utils.escape_html(field.translate ? __(field.value) : field.value);
			return `<tr><th style="width: 30%">${__(field.label)}</th><td style="white-space: pre-wrap">${value}</td></tr>`;
		});
		dialog.fields_dict.content.$wrapper.html(
			`<table class="table table-bordered table-sm">${rows.join("")}</table>`
		);
		if (!found.may_restore) dialog.get_primary_btn().addClass("hide");
		dialog.show();
	});
}

function restore(entry, found, dialog, report) {
	frappe.xcall(`${DELETION_LOG}.restore`, { name: entry }).then((name) => {
		dialog.hide();
		report.refresh();
		frappe.show_alert({
			message: __("{0} is back. Files that were attached to it are not.", [name.bold()]),
			indicator: "green",
		});
	});
}
