frappe.query_reports["Order Monitor"] = {
	filters: [
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{
			fieldname: "order_kind",
			label: __("Order Kind"),
			fieldtype: "Select",
			options: ["", ...order_kinds()],
		},
		{ fieldname: "late_after", label: __("Late after (Hours)"), fieldtype: "Int", default: 24 },
	],

	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (!data) return shown;
		if (column.fieldname === "hours" && data.late) return `<span class="text-danger">${shown}</span>`;
		const stages = monitor_stages()[column.fieldname];
		if (!stages || !value || !("outlet" in data) || data.oldest === undefined) return shown;
		const outlet = data.outlet ? data.outlet : JSON.stringify(["is", "not set"]);
		const query = new URLSearchParams({ outlet, stage: JSON.stringify(["in", stages]) });
		return `<a href="/app/service-order/view/list?${query}">${value}</a>`;
	},
};

function order_kinds() {
	return [
		"Dispatch",
		"Repair",
		"Installation",
		"Delivery",
		"Pre-report",
		"Maintenance",
		"Workshop",
		"Counter Repair",
	].map((kind) => ({ value: kind, label: __(kind) }));
}

// Column -> filter of the list that a figure leads to.
function monitor_stages() {
	return {
		not_dispatched: ["Open"],
		not_received: ["Dispatched"],
		not_visited: ["Received"],
		not_fed_back: ["In Work", "Waiting"],
		open: ["Open", "Dispatched", "Received", "In Work", "Waiting"],
	};
}
