// "Redeem Points": one customer from the pop-up, the customer's page or the account; many from the list of customers.
frappe.provide("aftersales.points");

const METHODS = "aftersales.service_network.rewards";

/**
 * Ask which reward and how many, and redeem.
 *
 * @param {string[]} customers names of Service Customers
 * @returns {Promise} resolves after the redemptions were made
 */
aftersales.points.redeem = async function (customers) {
	const one = customers.length === 1;
	// The rewards that the first may choose; the server judges each of the others.
	const { balance, rewards } = await frappe.xcall(`${METHODS}.choices`, {
		customer: customers[0],
	});
	const offered = rewards.filter((row) => row.left !== 0 && (!one || row.points <= balance));
	if (!offered.length) {
		frappe.msgprint({
			title: __("Redeem Points"),
			message: one
				? __("{0} points: no reward can be had for them now.", [balance])
				: __("There is no reward to choose now."),
		});
		return;
	}
	return new Promise((resolve) => show(customers, one ? balance : null, offered, resolve));
};

frappe.provide("aftersales.call_actions");
aftersales.call_actions.redeem_points = ({ customer }) => aftersales.points.redeem([customer]);

function show(customers, balance, offered, done) {
	const dialog = new frappe.ui.Dialog({
		title:
			balance === null
				? __("Redeem Points of {0} Customers", [customers.length])
				: __("Redeem Points ({0} there)", [balance]),
		fields: [
			{
				fieldname: "reward",
				fieldtype: "Select",
				label: __("Reward"),
				reqd: 1,
				options: offered.map((row) => ({ value: row.name, label: describe(row) })),
				default: offered[0].name,
			},
			{
				fieldname: "qty",
				fieldtype: "Int",
				label: balance === null ? __("Quantity for Each") : __("Quantity"),
				reqd: 1,
				default: 1,
			},
		],
		primary_action_label: __("Redeem"),
		primary_action: ({ reward, qty }) => {
			dialog.disable_primary_action();
			frappe
				.xcall(`${METHODS}.redeem`, { customers: JSON.stringify(customers), reward, qty })
				.then((result) => {
					dialog.hide();
					tell(result);
					done(result);
				})
				.catch(() => {})
				.finally(() => dialog.enable_primary_action());
		},
	});
	dialog.show();
}

function describe(row) {
	const parts = [row.label, __("{0} points", [row.points])];
	if (row.left !== null) parts.push(__("{0} left", [row.left]));
	return parts.join(" · ");
}

function tell({ made, left_out }) {
	const names = Object.values(made);
	if (names.length === 1 && !Object.keys(left_out).length) {
		frappe.set_route("Form", "Reward Redemption", names[0]);
		return;
	}
	const lines = Object.entries(left_out).map(
		([customer, reason]) =>
			`<li>${frappe.utils.escape_html(customer)}: ${frappe.utils.escape_html(reason)}</li>`
	);
	frappe.msgprint({
		title: __("Redeem Points"),
		indicator: lines.length ? "orange" : "green",
		message:
			__("{0} redemptions were made.", [names.length]) +
			(lines.length ? `<p>${__("Left out:")}</p><ul>${lines.join("")}</ul>` : ""),
	});
}

frappe.ui.form.on("Service Customer", {
	refresh(frm) {
		if (frm.is_new() || !frappe.model.can_create("Reward Redemption")) return;
		frm.add_custom_button(
			__("Redeem Points"),
			() => aftersales.points.redeem([frm.doc.name]),
			__("Create")
		);
	},
});

{
	const settings = (frappe.listview_settings["Service Customer"] =
		frappe.listview_settings["Service Customer"] || {});
	const former = settings.onload;
	settings.onload = function (listview) {
		former?.call(settings, listview);
		if (!frappe.model.can_create("Reward Redemption")) return;
		listview.page.add_actions_menu_item(
			__("Redeem Points"),
			() => aftersales.points.redeem(listview.get_checked_items(true)),
			true
		);
	};
}
