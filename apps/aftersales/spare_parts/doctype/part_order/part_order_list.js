frappe.listview_settings["Part Order"] = {
	add_fields: ["open_qty", "stage"],

	onload(list) {
		if (frappe.model.can_create("Part Order")) {
			list.page.add_inner_button(__("Upload Order"), () => upload_order());
		}
	},
};

/** An order from a file; a file with bad lines makes none, and each of them is told. */
function upload_order() {
	const orderers = { Outlet: "Service Outlet", Dealer: "Dealer", Technician: "Technician" };
	const dialog = new frappe.ui.Dialog({
		title: __("Upload Order"),
		fields: [
			{
				fieldname: "order_kind",
				fieldtype: "Select",
				label: __("Kind"),
				options: Object.keys(orderers).map((value) => ({ value, label: __(value) })),
				default: "Outlet",
				reqd: 1,
			},
			...Object.entries(orderers).map(([kind, options]) => ({
				fieldname: kind.toLowerCase(),
				fieldtype: "Link",
				label: __(kind),
				options,
				depends_on: `eval:doc.order_kind == "${kind}"`,
			})),
			{ fieldname: "needed_by", fieldtype: "Date", label: __("Needed By") },
			{
				fieldname: "file",
				fieldtype: "Attach",
				label: __("File"),
				reqd: 1,
				description: __(
					"Excel or CSV. First line: Part No. (or Bar Code), Quantity, and if you like Price and Remark.",
				),
				options: { restrictions: { allowed_file_types: [".xlsx", ".csv"] } },
			},
			{ fieldname: "problems", fieldtype: "HTML" },
		],
		primary_action_label: __("Make Order"),
		primary_action: (values) => send_file(dialog, values),
	});
	dialog.set_secondary_action_label(__("Empty File"));
	dialog.set_secondary_action(() =>
		frappe.tools.downloadify(
			[[__("Part No."), __("Quantity"), __("Price"), __("Remark")]],
			null,
			__("Part Order"),
		),
	);
	dialog.show();
}

async function send_file(dialog, values) {
	const { message: file } = await frappe.db.get_value("File", { file_url: values.file }, "name");
	const answer = await frappe.xcall("aftersales.spare_parts.part_upload.upload", {
		file_name: file.name,
		order_kind: values.order_kind,
		orderer: values[values.order_kind.toLowerCase()] || "",
		needed_by: values.needed_by,
	});
	if (answer.order) {
		dialog.hide();
		frappe.set_route("Form", "Part Order", answer.order);
		return;
	}
	const rows = answer.problems.map(
		({ row, part, problem }) =>
			`<tr><td>${row}</td><td>${frappe.utils.escape_html(part)}</td><td>${frappe.utils.escape_html(problem)}</td></tr>`,
	);
	dialog.fields_dict.problems.$wrapper.html(`
		<p class="text-danger" role="alert">${__("Nothing was made. Mend these lines and upload the file again:")}</p>
		<div style="max-height: 40vh; overflow: auto"><table class="table table-sm table-bordered">
			<thead><tr><th>${__("Row")}</th><th>${__("Part No.")}</th><th>${__("What Is Wrong")}</th></tr></thead>
			<tbody>${rows.join("")}</tbody>
		</table></div>`);
}
