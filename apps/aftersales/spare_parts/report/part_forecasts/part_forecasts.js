frappe.query_reports["Part Forecasts"] = {
	filters: [
		{
			fieldname: "warehouse",
			label: __("Warehouse"),
			fieldtype: "Link",
			options: "Part Warehouse",
			get_query: () => ({ filters: { is_group: 0 } }),
		},
		{
			fieldname: "spare_part",
			label: __("Spare Part"),
			fieldtype: "Link",
			options: "Spare Part",
		},
		{
			fieldname: "demand_pattern",
			label: __("Pattern"),
			fieldtype: "Select",
			options: ["", "Smooth", "Erratic", "Intermittent", "Lumpy"].map((value) => ({
				value,
				label: value && __(value),
			})),
		},
		{
			fieldname: "only_proposals",
			label: __("Only Where the Safety Stock Would Change"),
			fieldtype: "Check",
		},
	],
	get_datatable_options: (options) => Object.assign(options, { checkboxColumn: true }),
	onload(report) {
		const api = "aftersales.spare_parts.part_forecasts.";
		if (frappe.model.can_create("Part Demand Plan")) {
			report.page.add_inner_button(__("Compute Now"), () => {
				const warehouse = report.get_filter_value("warehouse");
				if (!warehouse) {
					frappe.msgprint(__("Choose the warehouse first."));
					return;
				}
				frappe
					.call({ method: `${api}compute_now`, args: { warehouse }, freeze: true })
					.then(({ message }) => {
						frappe.show_alert(__("{0} parts were forecast.", [message.parts]));
						report.refresh();
					});
			});
		}
		if (frappe.model.can_write("Part Safety Stock")) {
			report.page.add_inner_button(__("Accept Proposals"), () => {
				const checked = report.datatable.rowmanager.getCheckedRows();
				const names = checked.map((index) => report.data[index] && report.data[index].name);
				if (!names.filter(Boolean).length) {
					frappe.msgprint(__("Tick the parts whose proposed safety stock shall count."));
					return;
				}
				frappe
					.call({
						method: `${api}accept_proposals`,
						args: { names: names.filter(Boolean) },
						freeze: true,
					})
					.then(({ message }) => {
						frappe.show_alert(__("{0} safety stocks were changed.", [message.changed]));
						report.refresh();
					});
			});
		}
	},
};
