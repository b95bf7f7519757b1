// What work adds to the list of tickets: the chosen ones go to whom load, shift and expertise point to (S9.03).
(() => {
	const settings = (frappe.listview_settings["Service Ticket"] ||= {});
	const onload = settings.onload;

	settings.onload = function (listview) {
		onload?.call(this, listview);
		if (frappe.model.can_write("Service Ticket")) {
			listview.page.add_action_item(__("Assign by Load"), () => assign(listview));
		}
	};

	function assign(listview) {
		const tickets = listview.get_checked_items(true);
		frappe
			.xcall("aftersales.aftersales.work.ticket_assignment.assign_many", {
				tickets: JSON.stringify(tickets),
			})
			.then(({ assigned, left }) => {
				listview.clear_checked_items();
				listview.refresh();
				const number = Object.keys(assigned).length;
				frappe.show_alert({ message: __("{0} tickets assigned.", [number]), indicator: "green" });
				if (left.length) {
					frappe.msgprint(__("Nobody is available for {0}.", [left.join(", ")]), __("Nobody Available"));
				}
			});
	}
})();
